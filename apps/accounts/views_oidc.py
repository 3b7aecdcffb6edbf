"""Single sign-on: off to the identity provider, back from it, and binding an identity to one's account."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import oidc, pending, services
from apps.accounts.access import role_required
from apps.accounts.addresses import client_address
from apps.accounts.choices import Door
from apps.accounts.entering import enter
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.forms import ProofForm, pause_text
from apps.accounts.proving import proved
from apps.accounts.services import identities
from apps.accounts.views import goal_of
from apps.accounts.views_me import to_me
from apps.common import notices
from apps.common.clock import now
from apps.common.pages import Head
from apps.common.words import Tone

log = logging.getLogger(__name__)
# No name that anybody could sign in with: what comes in the provider's name is counted under it.
SSO, STRAYS = ":sso", ":sso-stray"
BIND = "_bind_until"
BIND_SECONDS = 300


@require_safe
def sso(request: HttpRequest) -> HttpResponse:
    """A link, no form: a page's form may lead nowhere but here (form-action)."""
    _there_is_one()
    bind = 0
    if request.user.is_authenticated:
        if request.session.pop(BIND, 0) < now().timestamp():
            return HttpResponseRedirect(resolve_url("me:home"))
        bind = request.user.pk
    try:
        return oidc.begin(request, goal=goal_of(request), bind=bind)
    except oidc.ProviderFault as fault:
        log.warning("identity provider: %s", fault)
        said = gettext("The identity provider does not answer as it should just now. Nothing was changed.")
        return _trouble(request, said, 502)


@require_safe
def sso_back(request: HttpRequest) -> HttpResponse:
    _there_is_one()
    address = client_address(request)
    begun = oidc.was_begun(request)
    # A page of another site can send browsers here, never with a state of theirs: that slows nobody who began.
    name = SSO if begun else STRAYS
    wait = services.begin_attempt(username=name, address=address, forgeable=not begun)
    if wait:
        return _trouble(request, pause_text(wait), 429)
    try:
        said = oidc.finish(request)
        answer = _bound(request, said) if said.bind else _entered(request, said)
    except oidc.ProviderFault as fault:
        log.warning("identity provider: %s", fault)
        return _trouble(request, gettext("This sign-in did not come to its end. Begin again."), 403)
    except AccountError as error:
        return _trouble(request, str(error), 403)
    services.end_attempt(username=name, address=address)
    return answer


def _entered(request: HttpRequest, said: oidc.Said) -> HttpResponse:
    user = identities.person_of(said)
    if user.second_factor:
        pending.begin(request, user, said.goal, Door.OIDC)
        return HttpResponseRedirect(resolve_url("accounts:second"))
    enter(request, user, Door.OIDC)
    return HttpResponseRedirect(said.goal)


def _bound(request: HttpRequest, said: oidc.Said) -> HttpResponse:
    if not request.user.is_authenticated or request.user.pk != said.bind:
        raise AccountError(
            AccountCode.BAD_VALUE, gettext("You are signed in as somebody else now. Nothing was bound.")
        )
    identities.bind_identity(user=request.user, said=said)
    notices.leave(request, gettext("From now on you can sign in with %s.") % oidc.provider_name())
    return HttpResponseRedirect(resolve_url("me:home"))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(own=True)
def identity_bind(request: HttpRequest) -> HttpResponse:
    """First the password, then a link: whoever only sits at this browser must not bind their own identity here."""
    _there_is_one()
    form = ProofForm(request.POST if request.method == "POST" else None, person=request.user)
    ready = request.method == "POST" and proved(request, form)
    if ready:
        request.session[BIND] = int(now().timestamp()) + BIND_SECONDS
    context = {
        "head": Head(gettext("Single sign-on"), oidc.provider_name(), trail=[to_me()]),
        "form": form,
        "ready": ready,
        "name": oidc.provider_name(),
    }
    status = 422 if form.is_bound and not ready else 200
    return TemplateResponse(request, "accounts/identity_bind.html", context, status=status)


@require_POST
@role_required(own=True)
def identity_release(request: HttpRequest, identity: int) -> HttpResponse:
    try:
        if not identities.release_identity(user=request.user, pk=identity, by=request.user):
            raise Http404
    except AccountError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
    else:
        notices.leave(request, gettext("That identity is nobody here any more."))
    return HttpResponseRedirect(resolve_url("me:home"))


def _there_is_one() -> None:
    if not oidc.provider_name():
        raise Http404


def _trouble(request: HttpRequest, text: str, status: int) -> HttpResponse:
    return TemplateResponse(request, "accounts/sso_trouble.html", {"text": text}, status=status)
