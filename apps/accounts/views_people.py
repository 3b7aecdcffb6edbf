"""Who may do what here. For system administrators."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import services
from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.forms import ChangedPersonForm, NewPasswordForm, NewPersonForm
from apps.accounts.lists import PEOPLE
from apps.accounts.models import User
from apps.common import notices
from apps.common.lists import show_list
from apps.common.pages import Action, Confirm, Head, Link, confirm_page, is_confirmed
from apps.common.words import Tone

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
            said = gettext("%s may sign in from now on.")
            if not user.roles:
                said = gettext(
                    "%s may sign in from now on, without a role: reads every page, changes nothing."
                )
            notices.leave(request, said % user.display_name, tone=Tone.SAFE if user.roles else Tone.CARE)
            return HttpResponseRedirect(resolve_url("accounts:people"))
    head = Head(gettext("Add a person"), trail=[to_people()])
    context = {"form": form, "head": head, "button": gettext("Add")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.SYSTEM)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    form = ChangedPersonForm(request.POST if request.method == "POST" else None, person=someone)
    if request.method == "POST" and form.is_valid():
        if _closes_own(request, someone, form.cleaned_data) and not is_confirmed(request):
            return confirm_page(request, _closing(form.cleaned_data, someone))
        try:
            own = request.session.session_key if pk == request.user.pk else ""
            changed = services.change_person(
                person=someone,
                by=request.user,
                keep_session=own,
                seen=form.cleaned_data["seen"],
                **{n: form.cleaned_data[n] for n in CHANGED},
            )
        except AccountError as error:
            if error.code == AccountCode.MEANWHILE:
                form.renew(User.objects.get(pk=pk), str(error))
            else:
                form.add_error("roles" if error.code == AccountCode.LAST_ADMINISTRATOR else None, str(error))
        else:
            if own:
                update_session_auth_hash(request, changed)
            notices.leave(request, _what_became(someone, changed) % someone.username)
            stays = not own or changed.has_role(Role.SYSTEM)
            return HttpResponseRedirect(resolve_url("accounts:people") if stays else "/")
    head = Head(
        someone.username,
        someone.get_full_name(),
        trail=[to_people()],
        actions=[
            Action(gettext("What they changed"), f"{resolve_url('accounts:audit')}?who={someone.username}"),
            Action(gettext("Sessions and tokens"), resolve_url("accounts:person-access", pk=pk)),
            Action(gettext("Set a password"), resolve_url("accounts:person-password", pk=pk)),
            Action(
                gettext("Make a link for a new password"),
                resolve_url("accounts:person-link", pk=pk),
                post=True,
            ),
            Action(gettext("Take second factors away"), resolve_url("accounts:person-factors-reset", pk=pk)),
        ],
    )
    context = {"form": form, "head": head, "button": gettext("Save")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


def _closes_own(request: HttpRequest, someone: User, data: dict) -> bool:
    """Whether who asks takes from themselves what nobody but another administrator can give back.

    The last administrator is not asked: the service refuses them.
    """
    if someone.pk != request.user.pk or not User.objects.administrators().exclude(pk=someone.pk).exists():
        return False
    return not data["is_active"] or (Role.SYSTEM in someone.roles and Role.SYSTEM not in data["roles"])


def _closing(data: dict, someone: User) -> Confirm:
    fields = {name: data[name] for name in CHANGED if name != "is_active"} | {"seen": data["seen"]}
    if data["is_active"]:
        title = gettext("Give your own role as system administrator away?")
        happens = gettext("You can change nobody's roles any more, your own neither.")
        button = gettext("Give it away")
        fields["is_active"] = "on"
    else:
        title = gettext("Close your own account?")
        happens = gettext("You are signed out at once, and cannot sign in any more.")
        button = gettext("Close it")
    return Confirm(
        title=title,
        happens=happens,
        consequences=[gettext("Only another system administrator can take this back.")],
        stays=gettext("What you changed keeps your name."),
        button=button,
        back=resolve_url("accounts:person", pk=someone.pk),
        fields=fields,
    )


def _what_became(before: User, after: User) -> str:
    """With a place for the name."""
    if before.is_active and not after.is_active:
        return gettext("%s is changed, and cannot sign in any more.")
    if before.roles and not after.roles and after.is_active:
        return gettext("%s is changed, and has no role now: reads every page, changes nothing.")
    return gettext("%s is changed.")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.SYSTEM)
def person_password(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    form = NewPasswordForm(request.POST or None, person=someone)
    if request.method == "POST" and form.is_valid():
        own = request.session.session_key if someone.pk == request.user.pk else ""
        services.set_password(
            person=someone, password=form.cleaned_data["password1"], by=request.user, keep_session=own
        )
        if someone.pk == request.user.pk:
            update_session_auth_hash(request, someone)
        notices.leave(
            request, gettext("%s has a new password and is signed out everywhere.") % someone.username
        )
        return HttpResponseRedirect(resolve_url("accounts:person", pk=pk))
    trail = [to_people(), Link(someone.username, resolve_url("accounts:person", pk=pk))]
    head = Head(
        gettext("Set a password"), gettext("Tell it to %s in person.") % someone.username, trail=trail
    )
    context = {"form": form, "head": head, "button": gettext("Set it")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


def to_people() -> Link:
    return Link(gettext("People"), resolve_url("accounts:people"))
