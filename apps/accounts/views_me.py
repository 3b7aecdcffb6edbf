"""The person's own pages: who am I, my tokens, my sessions, how pages speak to me."""

import uuid

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import oidc, other_keys, services
from apps.accounts.access import role_required
from apps.accounts.api import access_required
from apps.accounts.choices import Role, Scope
from apps.accounts.errors import AccountError
from apps.accounts.factors import demanded_of
from apps.accounts.forms import TokenForm, WaysForm, opened_text
from apps.accounts.lists import role_names, session_list, token_list
from apps.accounts.models import ApiToken, PortalSession
from apps.accounts.proving import proved
from apps.accounts.services import identities
from apps.common import notices
from apps.common.display import moment
from apps.common.pages import Action, Confirm, Fact, Head, Link, confirm_page, is_confirmed

FORM = "accounts/form.html"


@require_safe
@role_required(own=True)
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    tokens = ApiToken.objects.filter(user=user).order_by("-pk")
    sessions = services.sessions_of(user).order_by("-seen_at")
    context = {
        "head": Head(
            user.display_name,
            gettext("Your account at this node."),
            actions=[
                Action(gettext("Change password"), resolve_url("accounts:password")),
                Action(gettext("Sign out"), resolve_url("accounts:sign-out"), post=True),
            ],
        ),
        "facts": _facts(request),
        "tokens": token_list(tokens, "/me/tokens/", request),
        "others": other_keys.keys_of(user, request),
        "sessions": session_list(sessions, "/me/sessions/", request),
        "opened": opened_text(user, {scope for token in tokens for scope in token.scopes}),
        "reads_reports": services.may_have(user, Scope.REPORTS),
        "identities": [
            (row, row.extra_data.get("name") or row.uid) for row in identities.identities_of(user)
        ],
        "oidc": oidc.provider_name(),
        "administers": user.has_role(Role.SYSTEM),
    }
    return TemplateResponse(request, "accounts/me.html", context)


def _facts(request: HttpRequest) -> list[Fact]:
    user = request.user
    return [
        Fact(gettext("Signs in as"), user.username),
        Fact(gettext("Roles"), role_names(user.roles) or gettext("none: may look, not change")),
        Fact(gettext("E-mail"), user.email or "–"),
        Fact(gettext("Second factor"), _factor_text(user)),
        Fact(
            gettext("Language"), dict(WaysForm().fields["language"].choices).get(user.language, user.language)
        ),
        Fact(gettext("Time zone"), user.time_zone or gettext("as the node has it")),
        Fact(gettext("Last sign-in"), moment(user.last_login)),
    ]


def _factor_text(user) -> str:
    if user.second_factor:
        return gettext("set up")
    return gettext("missing; your role needs one") if demanded_of(user) else gettext("none")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(own=True)
def ways(request: HttpRequest) -> HttpResponse:
    initial = {"language": request.user.language, "time_zone": request.user.time_zone}
    form = WaysForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.set_own_ways(person=request.user, **form.cleaned_data)
        notices.leave(request, gettext("Pages are shown to you like this from now on."))
        return HttpResponseRedirect(resolve_url("me:home"))
    context = {
        "form": form,
        "head": Head(gettext("Language and time zone"), trail=[to_me()]),
        "button": gettext("Save"),
    }
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@require_safe
@access_required(Scope.STATUS)
def whoami(request: HttpRequest) -> HttpResponse:
    """For programs that try their token."""
    access = request.access
    token = access.token
    response = JsonResponse(
        {
            "name": access.user.username,
            "roles": access.user.roles,
            "door": access.door,
            "scopes": token.scopes if token else None,
            "expires_at": token.expires_at.isoformat() if token else None,
        }
    )
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(own=True)
def token_new(request: HttpRequest) -> HttpResponse:
    """The token stands on the answer to the form, and nowhere afterwards; it outlives the session, so it needs proof."""
    form = TokenForm(
        request.POST if request.method == "POST" else None,
        person=request.user,
        initial={"scopes": request.GET.getlist("scopes")},
    )
    if request.method == "POST" and proved(request, form):
        given = {name: value for name, value in form.cleaned_data.items() if name != "proof"}
        try:
            row, text = services.make_token(user=request.user, **given)
        except AccountError as error:
            form.add_error("scopes", str(error))
        else:
            if not text:
                notices.leave(
                    request, gettext("This form was sent twice. The token was made and shown the first time.")
                )
                return HttpResponseRedirect(_wanted_from(request))
            return _made(request, row, text)
    head = Head(
        gettext("A token for a program"),
        gettext("It lets a program in as you, for what you tick here and no further than your roles reach."),
        trail=[to_me()],
    )
    context = {"form": form, "head": head, "button": gettext("Make it")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


def _wanted_from(request: HttpRequest) -> str:
    """The page of this portal that the token was wanted from (``next``), else one's own."""
    page = request.GET.get("next", "")
    return page if url_has_allowed_host_and_scheme(page, None) else resolve_url("me:home")


def _made(request: HttpRequest, row: ApiToken, text: str) -> HttpResponse:
    """What is preserved is read in the audit proxy alone, which wants a unit as the name and knows no header."""
    context = {
        "head": Head(row.name, trail=[to_me()]),
        "text": text,
        "header": f"Authorization: Bearer {text}" if set(row.scopes) - {Scope.CONTENT} else "",
        "audits": Scope.CONTENT in row.scopes,
        "back": _wanted_from(request),
    }
    return TemplateResponse(request, "accounts/token.html", context)


@require_POST
@role_required(own=True)
def token_revoke(request: HttpRequest, token: int) -> HttpResponse:
    row = get_object_or_404(ApiToken, pk=token, user=request.user)
    services.revoke_token(token=row, by=request.user)
    notices.leave(request, gettext("The token %s opens nothing any more.") % row.name)
    return HttpResponseRedirect(resolve_url("me:home"))


@require_POST
@role_required(own=True)
def session_end(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(PortalSession, number=session, user=request.user)
    if row.pk == request.session.session_key:
        notices.leave(request, gettext("That is this session: sign out to end it."))
        return HttpResponseRedirect(resolve_url("me:home"))
    services.end_session(session=row, by=request.user)
    notices.leave(request, gettext("That session is over."))
    return HttpResponseRedirect(resolve_url("me:home"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(own=True)
def end_all(request: HttpRequest) -> HttpResponse:
    if not is_confirmed(request):
        confirm = Confirm(
            gettext("Sign out everywhere else"),
            gettext("All your other sessions end, and all your tokens and open links open nothing any more."),
            gettext("End them all"),
            resolve_url("me:home"),
            stays=gettext("You stay signed in here."),
        )
        return confirm_page(request, confirm)
    services.end_all(person=request.user, by=request.user, keep_session=request.session.session_key)
    update_session_auth_hash(request, request.user)
    notices.leave(request, gettext("You are signed in here and nowhere else."))
    return HttpResponseRedirect(resolve_url("me:home"))


def to_me() -> Link:
    return Link(gettext("You"), resolve_url("me:home"))
