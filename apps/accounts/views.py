"""Signing in and out, one's own password, and the first visit."""

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import oidc, pending, services
from apps.accounts.access import role_required
from apps.accounts.addresses import client_address
from apps.accounts.choices import Door
from apps.accounts.entering import enter
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.forms import OwnPasswordForm, SetupForm, SignInForm, pause_text
from apps.accounts.passkeys import may_have_passkeys
from apps.common import notices
from apps.common.pages import Head

# No name that anybody could sign in with: guesses of the set-up word are counted under it.
SETUP = ":setup"
# The rest of the guided set-up; its page knows all rooms and lies above this one.
FIRST_STEPS = "/first-steps/"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    goal = goal_of(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(goal)
    if services.setup_is_open():
        return HttpResponseRedirect(resolve_url("accounts:setup"))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (answer := _answer(request, form, goal)):
            return answer
    context = {
        "form": form,
        "next": goal,
        "passkeys": may_have_passkeys(request),
        "oidc": oidc.provider_name(),
    }
    return TemplateResponse(request, "accounts/sign_in.html", context, status=status)


def _answer(request: HttpRequest, form: SignInForm, goal: str) -> HttpResponse | None:
    """On to where the person wanted, or to the second factor; None: the form says why not."""
    name, address = form.cleaned_data["username"], client_address(request)
    wait = services.begin_attempt(username=name, address=address)
    if wait:
        form.add_error(None, pause_text(wait))
        return None
    user = auth.authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, gettext("Name and password do not belong together."))
        return None
    if user.second_factor:
        # Nothing is given back to the count yet, or the password would buy new guesses of the code.
        pending.begin(request, user, goal, Door.SECOND)
        return HttpResponseRedirect(resolve_url("accounts:second"))
    services.end_attempt(username=name, address=address)
    enter(request, user, Door.FORM)
    return HttpResponseRedirect(goal)


def goal_of(request: HttpRequest) -> str:
    """Where to go after signing in: a page of this portal, nothing else."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    if wanted and url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    notices.leave(request, gettext("You are signed out."))
    return HttpResponseRedirect(resolve_url("accounts:sign-in"))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first visit: makes the first administrator. There is no such page once somebody has an account."""
    if not services.setup_is_open():
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _set_up(request, form):
        notices.leave(request, gettext("You are the first administrator of this node."))
        return HttpResponseRedirect(FIRST_STEPS)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "accounts/setup.html", {"form": form}, status=status)


def _set_up(request: HttpRequest, form: SetupForm) -> bool:
    data, address = form.cleaned_data, client_address(request)
    wait = services.begin_attempt(username=SETUP, address=address)
    if wait:
        form.add_error("token", pause_text(wait))
        return False
    try:
        user = services.create_first_admin(
            username=data["username"], password=data["password1"], token=data["token"]
        )
    except AccountError as error:
        field = {AccountCode.SETUP_TOKEN: "token", AccountCode.BAD_VALUE: "username"}.get(error.code)
        form.add_error(field, str(error))
        return False
    services.end_attempt(username=SETUP, address=address)
    enter(request, user, Door.FORM)
    return True


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(before_factor=True)
def password(request: HttpRequest) -> HttpResponse:
    form = OwnPasswordForm(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST":
        name, address = request.user.username, client_address(request)
        # Before the form looks at the password: what it finds during a pause nobody learns.
        form.pause = services.begin_attempt(username=name, address=address)
        if "old_password" not in form.errors:
            services.end_attempt(username=name, address=address)
        if form.is_valid():
            services.set_password(
                person=request.user,
                password=form.cleaned_data["password1"],
                by=request.user,
                keep_session=request.session.session_key,
            )
            update_session_auth_hash(request, request.user)
            notices.leave(
                request,
                gettext(
                    "Your password is changed. Elsewhere you are signed out, and your tokens open nothing any more."
                ),
            )
            return HttpResponseRedirect(resolve_url("me:home"))
    context = {"form": form, "head": Head(gettext("Change password")), "button": gettext("Change password")}
    return TemplateResponse(request, "accounts/form.html", context, status=422 if form.is_bound else 200)
