"""One's second factors: set up, looked at, taken away; and taken away by an administrator when all are lost."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import unsaved
from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.errors import AccountError
from apps.accounts.factors import demanded_of, needs_second_factor
from apps.accounts.forms import CodeForm, ProofForm
from apps.accounts.models import User
from apps.accounts.passkeys import AnswerForm, may_have_passkeys, passkey_address
from apps.accounts.proving import proved
from apps.accounts.qr import square
from apps.accounts.services import factors as second_factors
from apps.accounts.views_me import to_me
from apps.accounts.views_people import to_people
from apps.common import notices
from apps.common.pages import Confirm, Head, Link, confirm_page, is_confirmed
from apps.common.words import Tone

SECRET = "_totp_secret"  # noqa: S105 - where it lies, not what it is
METHODS = ["GET", "HEAD", "POST"]


class TotpForm(ProofForm, CodeForm):
    field_order = ("code", "proof")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("The six digits that the app shows now.")


class PasskeyForm(ProofForm, AnswerForm):
    name = forms.CharField(
        label=_("What you call it"),
        max_length=60,
        help_text=_("The device or the key, so that you know it again."),
    )
    field_order = ("name", "proof")


@require_safe
@role_required(before_factor=True)
def factors(request: HttpRequest) -> HttpResponse:
    user = request.user
    rows = list(second_factors.factors_of(user))
    waits = needs_second_factor(user)
    context = {
        "head": Head(
            gettext("Second factor"),
            gettext("What you have beside what you know: a password alone opens nothing then."),
            trail=[to_me()],
        ),
        "factors": [(row, second_factors.factor_name(row)) for row in rows],
        "has_app": any(row.type == Authenticator.Type.TOTP for row in rows),
        "codes_left": second_factors.recovery_codes_left(user),
        "demanded": demanded_of(user),
        "passkeys": may_have_passkeys(request),
        "passkey_address": passkey_address(request),
        "waits": waits,
        "unsaved": unsaved.page_of(request) if waits else unsaved.take(request),
    }
    return TemplateResponse(request, "accounts/factors.html", context)


@sensitive_post_parameters()
@require_http_methods(METHODS)
@role_required(before_factor=True)
def totp(request: HttpRequest) -> HttpResponse:
    """The secret waits in the session until the app has shown that it has it."""
    secret = request.session.get(SECRET)
    if secret is None:
        secret = request.session[SECRET] = generate_totp_secret()
    form = TotpForm(request.POST or None, person=request.user)
    if request.method == "POST" and proved(request, form):
        try:
            first = second_factors.add_totp(user=request.user, secret=secret, code=form.cleaned_data["code"])
        except AccountError as error:
            form.add_error("code", str(error))
        else:
            del request.session[SECRET]
            return _after_adding(request, first)
    address = get_adapter().build_totp_url(request.user, secret)
    context = {
        "head": Head(gettext("Authenticator app"), trail=[to_me(), _to_factors()]),
        "form": form,
        "square": square(address, gettext("Square for the authenticator app")),
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
    }
    return TemplateResponse(request, "accounts/totp.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@require_http_methods(METHODS)
@role_required(before_factor=True)
def passkey_new(request: HttpRequest) -> HttpResponse:
    form = PasskeyForm(request.POST or None, person=request.user)
    if request.method == "POST" and proved(request, form):
        try:
            first = second_factors.add_passkey(
                user=request.user, name=form.cleaned_data["name"], credential=form.cleaned_data["answer"]
            )
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            return _after_adding(request, first)
    can = may_have_passkeys(request)
    context = {
        "head": Head(gettext("Passkey"), trail=[to_me(), _to_factors()]),
        "form": form,
        "options": webauthn.begin_registration(request.user, passwordless=True) if can else None,
        "passkey_address": passkey_address(request),
    }
    return TemplateResponse(
        request, "accounts/passkey_new.html", context, status=422 if form.is_bound else 200
    )


def _after_adding(request: HttpRequest, first: bool) -> HttpResponse:
    if first:
        codes = second_factors.new_recovery_codes(user=request.user)
        return _codes_page(request, codes)
    notices.leave(request, gettext("It is set up."))
    return HttpResponseRedirect(resolve_url("me:factors"))


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    head = Head(gettext("Recovery codes"), trail=[to_me(), _to_factors()])
    context = {"head": head, "codes": codes, "unsaved": unsaved.take(request)}
    return TemplateResponse(request, "accounts/recovery_codes.html", context)


@sensitive_post_parameters()
@require_http_methods(METHODS)
@role_required(before_factor=True)
def recovery_codes(request: HttpRequest) -> HttpResponse:
    form = ProofForm(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST" and proved(request, form):
        try:
            return _codes_page(request, second_factors.new_recovery_codes(user=request.user))
        except AccountError as error:
            form.add_error(None, str(error))
    head = Head(
        gettext("New recovery codes"),
        gettext("Ten codes, each good once; those you have now are good no more."),
        trail=[to_me(), _to_factors()],
    )
    context = {"form": form, "head": head, "button": gettext("Make them")}
    return TemplateResponse(request, "accounts/form.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@require_http_methods(METHODS)
@role_required(before_factor=True)
def factor_remove(request: HttpRequest, factor: int) -> HttpResponse:
    row = get_object_or_404(second_factors.factors_of(request.user), pk=factor)
    form = ProofForm(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST" and proved(request, form):
        try:
            name = second_factors.remove_factor(
                user=request.user, pk=factor, demanded=demanded_of(request.user)
            )
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            notices.leave(request, gettext("%s is taken away.") % name)
            return HttpResponseRedirect(resolve_url("me:factors"))
    head = Head(
        gettext("Take %s away") % second_factors.factor_name(row),
        gettext("It opens nothing any more. With the last one your recovery codes go too."),
        trail=[to_me(), _to_factors()],
    )
    context = {"form": form, "head": head, "button": gettext("Take it away")}
    return TemplateResponse(request, "accounts/form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(METHODS)
@role_required(Role.SYSTEM)
def person_factors_reset(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    if not is_confirmed(request):
        confirm = Confirm(
            gettext("Take all second factors of %s away") % someone.username,
            gettext(
                "For somebody who lost telephone, keys and recovery codes. Make sure that it is them who asks."
            ),
            gettext("Take them away"),
            resolve_url("accounts:person", pk=pk),
            consequences=[
                gettext("A password alone lets them in, until they set up a factor again."),
                gettext("Their sessions and tokens end."),
            ],
            stays=gettext("The audit record keeps that you did it."),
        )
        return confirm_page(request, confirm)
    try:
        second_factors.reset_factors(person=someone, by=request.user)
    except AccountError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
    else:
        notices.leave(request, gettext("%s has no second factor now.") % someone.username)
    return HttpResponseRedirect(resolve_url("accounts:person", pk=pk))


def to_person(someone: User) -> list[Link]:
    return [to_people(), Link(someone.username, resolve_url("accounts:person", pk=someone.pk))]


def _to_factors() -> Link:
    return Link(gettext("Second factor"), resolve_url("me:factors"))
