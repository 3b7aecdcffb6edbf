"""The second factor after the password, and the passkey instead of both."""

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import pending, services
from apps.accounts.addresses import client_address
from apps.accounts.choices import Door
from apps.accounts.entering import enter
from apps.accounts.forms import CodeForm, pause_text
from apps.accounts.passkeys import AnswerForm, may_have_passkeys, passkey_address
from apps.accounts.services import factors as second_factors
from apps.accounts.views import goal_of
from apps.common import notices
from apps.common.words import Tone

# No name that anybody could sign in with: answers of passkeys are counted under it.
PASSKEYS = ":passkey"
# With no more recovery codes than these it is time for new ones.
FEW_CODES = 3


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Who has given the right password gives the code, or shows a passkey; ten minutes for it."""
    waiting = pending.find(request)
    if waiting is None or request.user.is_authenticated:
        return HttpResponseRedirect(resolve_url("accounts:sign-in"))
    form = CodeForm(request.POST if "code" in request.POST else None)
    answer = AnswerForm(request.POST if "answer" in request.POST else None)
    before = second_factors.recovery_codes_left(waiting.user) if form.is_bound else 0
    if request.method == "POST" and _is_second(request, waiting, form, answer):
        pending.end(request)
        left = second_factors.recovery_codes_left(waiting.user)
        enter(request, waiting.user, waiting.door)
        if left < before:
            notices.leave(request, codes_left_said(left), tone=Tone.SAFE if left > FEW_CODES else Tone.CARE)
        return HttpResponseRedirect(waiting.goal)
    keys = second_factors.factors_of(waiting.user).filter(type=Authenticator.Type.WEBAUTHN).exists()
    context = {
        "form": form,
        "answer": AnswerForm(),
        "options": webauthn.begin_authentication(waiting.user)
        if keys and may_have_passkeys(request)
        else None,
        "trouble": [*form.non_field_errors(), *answer.non_field_errors(), *answer.errors.get("answer", [])],
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "accounts/second.html", context, status=status)


def codes_left_said(left: int) -> str:
    """For who has just used one."""
    said = (
        ngettext("You used a recovery code. %d is left.", "You used a recovery code. %d are left.", left)
        % left
    )
    more = gettext("Make new ones under You, Second factor.")
    return said if left > FEW_CODES else f"{said} {more}"


def _is_second(request: HttpRequest, waiting: pending.Pending, form: CodeForm, answer: AnswerForm) -> bool:
    """Counted under the same name as the password: guessing codes becomes slow as guessing passwords does."""
    given = answer if answer.is_bound else form
    if not given.is_valid():
        return False
    name, address = waiting.user.username, client_address(request)
    wait = services.begin_attempt(username=name, address=address)
    if wait:
        given.add_error(None, pause_text(wait))
        return False
    if given is answer:
        right = (
            second_factors.use_passkey(response=answer.cleaned_data["answer"], user=waiting.user) is not None
        )
        said = gettext("This passkey does not belong to your account.")
    else:
        right = second_factors.use_code(user=waiting.user, code=form.cleaned_data["code"])
        said = gettext(
            "This is neither the code of now, which is good once and for about a minute, nor a recovery code that is "
            "still unused."
        )
    if not right:
        given.add_error(None, said)
        return False
    services.end_attempt(username=name, address=address)
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """A passkey says who it is and that its owner unlocked it: name, password and second factor in one."""
    goal = goal_of(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(goal)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (user := _owner(request, form)):
        enter(request, user, Door.PASSKEY)
        return HttpResponseRedirect(goal)
    context = {
        "form": form,
        "answer": AnswerForm(),
        "next": goal,
        "options": webauthn.begin_authentication(None) if may_have_passkeys(request) else None,
        "passkey_address": passkey_address(request),
    }
    return TemplateResponse(request, "accounts/passkey.html", context, status=422 if form.is_bound else 200)


def _owner(request: HttpRequest, form: AnswerForm):
    address = client_address(request)
    wait = services.begin_attempt(username=PASSKEYS, address=address)
    if wait:
        form.add_error(None, pause_text(wait))
        return None
    user = second_factors.use_passkey(response=form.cleaned_data["answer"])
    if user is None:
        form.add_error(None, gettext("No account here knows this passkey."))
        return None
    services.end_attempt(username=PASSKEYS, address=address)
    return user
