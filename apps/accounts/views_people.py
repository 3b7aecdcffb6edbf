"""Who may do what here, and the record of what they did. For system administrators."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import services
from apps.accounts.access import role_required
from apps.accounts.acts import said
from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.forms import NewPasswordForm, NewPersonForm, PersonForm
from apps.accounts.lists import AUDIT, PEOPLE
from apps.accounts.models import AuditEvent, User
from apps.common import notices
from apps.common.display import moment
from apps.common.lists import show_list
from apps.common.pages import Action, Fact, Head, Link, Side

FORM = "accounts/form.html"
CHANGED = ("first_name", "last_name", "email", "roles", "is_active")


@require_safe
@role_required(Role.SYSTEM)
def people(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("People"),
        gettext("Who may sign in at this node, and what each may do."),
        actions=[
            Action(gettext("Audit record"), resolve_url("accounts:audit")),
            Action(gettext("Add a person"), resolve_url("accounts:person-new"), primary=True),
        ],
    )
    return show_list(
        request,
        table=PEOPLE,
        rows=User.objects.all(),
        template="accounts/list_page.html",
        context={"head": head},
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.SYSTEM)
def person_new(request: HttpRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user = services.create_user(
                username=data["username"],
                password=data["password1"],
                roles=data["roles"],
                by=request.user,
                **{name: data[name] for name in ("first_name", "last_name", "email")},
            )
        except AccountError as error:
            form.add_error("username", str(error))
        else:
            notices.leave(request, gettext("%s may sign in from now on.") % user.display_name)
            return HttpResponseRedirect(resolve_url("accounts:people"))
    head = Head(gettext("Add a person"), trail=[_to_people()])
    context = {"form": form, "head": head, "button": gettext("Add")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.SYSTEM)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, initial={name: getattr(someone, name) for name in CHANGED})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_person(
                person=someone, by=request.user, **{n: form.cleaned_data[n] for n in CHANGED}
            )
        except AccountError as error:
            form.add_error("roles" if error.code == AccountCode.LAST_ADMINISTRATOR else None, str(error))
        else:
            notices.leave(request, gettext("%s is changed.") % someone.username)
            return HttpResponseRedirect(resolve_url("accounts:people"))
    head = Head(
        someone.username,
        someone.get_full_name(),
        trail=[_to_people()],
        actions=[
            Action(gettext("What they changed"), f"{resolve_url('accounts:audit')}?who={someone.username}"),
            Action(gettext("Set a password"), resolve_url("accounts:person-password", pk=pk)),
        ],
    )
    context = {"form": form, "head": head, "button": gettext("Save")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.SYSTEM)
def person_password(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    form = NewPasswordForm(request.POST or None, person=someone)
    if request.method == "POST" and form.is_valid():
        services.set_password(person=someone, password=form.cleaned_data["password1"], by=request.user)
        if someone.pk == request.user.pk:
            update_session_auth_hash(request, someone)
        notices.leave(
            request, gettext("%s has a new password and is signed out everywhere.") % someone.username
        )
        return HttpResponseRedirect(resolve_url("accounts:person", pk=pk))
    trail = [_to_people(), Link(someone.username, resolve_url("accounts:person", pk=pk))]
    head = Head(
        gettext("Set a password"), gettext("Tell it to %s in person.") % someone.username, trail=trail
    )
    context = {"form": form, "head": head, "button": gettext("Set it")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@require_safe
@role_required(Role.SYSTEM)
def audit_record(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Audit record"),
        gettext("What was changed here, by whom. It only grows."),
        trail=[_to_people()],
    )
    return show_list(
        request,
        table=AUDIT,
        rows=AuditEvent.objects.all(),
        template="accounts/list_page.html",
        context={"head": head},
    )


@require_safe
@role_required(Role.SYSTEM)
def audit_event(request: HttpRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(AuditEvent, pk=pk)
    who = event.username or gettext("the node itself")
    facts = [
        Fact(gettext("When"), moment(event.at)),
        Fact(gettext("Who"), who),
        Fact(gettext("Of what"), event.subject),
        Fact(gettext("Request"), event.request_id or "–"),
    ]
    trail = [_to_people(), Link(gettext("Audit record"), resolve_url("accounts:audit"))]
    context = {
        "head": Head(f"{who} {said(event.action)}", event.action, code=True, trail=trail),
        "facts": facts,
        "sides": _sides(event),
    }
    return TemplateResponse(request, "accounts/audit_event.html", context)


def _sides(event: AuditEvent) -> list[Side]:
    """Before and after, field by field; what differs is marked. Empty where an act has neither."""
    before, after = _lines(event.before), _lines(event.after)
    both = event.before is not None and event.after is not None
    names = [*before, *(name for name in after if name not in before)]
    if not names:
        return []
    return [
        Side(title, [(_line(name, side), both and before.get(name) != after.get(name)) for name in names])
        for title, side in ((gettext("Before"), before), (gettext("After"), after))
    ]


def _lines(value: object) -> dict[str, object]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"": value}


def _line(name: str, side: dict[str, object]) -> str:
    if name not in side:
        return "–"
    return f"{name}: {side[name]}" if name else str(side[name])


def _to_people() -> Link:
    return Link(gettext("People"), resolve_url("accounts:people"))
