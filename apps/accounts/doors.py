"""The doors of programs beside a session: a token, or (for old clients) name and password. See ``api``."""

import base64
import math
from dataclasses import dataclass

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

from apps.accounts import services
from apps.accounts.addresses import client_address
from apps.accounts.choices import SCOPE_ROLES, Door, Role, Scope
from apps.accounts.errors import Refused, RefusedCode
from apps.accounts.factors import needs_second_factor
from apps.accounts.models import ApiToken, User

CHALLENGE = 'Basic realm="LOCKSS node", charset="UTF-8"'
# Wrong tokens are counted under a name that nobody can sign in with.
TOKENS = ":token"
LONGEST_HEADER = 4096


@dataclass(frozen=True, slots=True)
class Access:
    """A person, by a door; with a token no more than its scopes."""

    user: User
    door: Door
    token: ApiToken | None = None

    def may(self, scope: Scope, *roles: Role) -> bool:
        """Whether scope, what the scope wants of its person, and one of ``roles`` (if any) are all there."""
        wanted = SCOPE_ROLES[scope]
        return (
            self.user.is_active
            and (self.token is None or scope in self.token.scopes)
            and (not wanted or self.user.has_role(*wanted))
            and (not roles or self.user.has_role(*roles))
        )


def authenticate_request(request: HttpRequest) -> Access | None:
    """A header counts before a session. ``Refused``: wrong, too often, or without a second factor that is demanded."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header:
        access = _by_header(request, header)
        if access is not None:
            return access
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    _demand_second_factor(user)
    return Access(user, Door.FORM)


def carries_token(request: HttpRequest) -> bool:
    """Whether a header brings a token, good or not; a password is none."""
    kind, _, value = request.META.get("HTTP_AUTHORIZATION", "")[:LONGEST_HEADER].partition(" ")
    if kind.lower() != "basic":
        return kind.lower() == "bearer"
    told = _name_and_password(value)
    return told is not None and told[1].startswith(services.TOKEN_PREFIX)


def _name_and_password(value: str) -> tuple[str, str] | None:
    """What stands behind "Basic"; None where it is no pair (RFC 7617)."""
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        # Not base 64, not even ASCII, or no UTF-8.
        return None
    # The database knows no NUL, so neither is anybody's.
    return (name, password) if colon and "\0" not in name + password else None


def refusal(error: Refused) -> HttpResponse:
    response = JsonResponse({"code": error.code, "detail": str(error)}, status=error.status)
    if error.status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    response["Cache-Control"] = "no-store"
    return response


def demanded(access: Access | None, scope: Scope, roles: tuple[Role, ...] = ()) -> Access:
    """``access``, if it reaches as far as this; Refused otherwise."""
    if access is None:
        raise Refused(RefusedCode.NOBODY, gettext("Sign in, or send a token."), 401)
    if access.token is not None and scope not in access.token.scopes:
        raise Refused(
            RefusedCode.SCOPE, gettext("This token is not made for that; it lacks: %s.") % scope, 403
        )
    if not access.may(scope, *roles):
        raise Refused(RefusedCode.ROLE, gettext("This person has no role that may do that."), 403)
    return access


def _by_header(request: HttpRequest, header: str) -> Access | None:
    kind, _, value = header[:LONGEST_HEADER].partition(" ")
    if kind.lower() == "bearer":
        return _by_token(request, value.strip())
    if kind.lower() != "basic":
        return None
    told = _name_and_password(value)
    if told is None:
        raise _wrong()
    name, password = told
    if password.startswith(services.TOKEN_PREFIX):
        return _by_token(request, password, name)
    return _by_password(request, name, password)


def _by_token(request: HttpRequest, text: str, name: str | None = None) -> Access:
    """A right one costs one look-up and waits for nobody; only wrong ones are counted, as at every door."""
    address = client_address(request)
    token = services.find_token(text)
    if token is None or (name is not None and name.casefold() != token.user.username.casefold()):
        _count(TOKENS, address)
        raise _wrong()
    _demand_second_factor(token.user)
    services.note_use(token=token, address=address)
    return Access(token.user, Door.TOKEN, token)


def count_wrong(request: HttpRequest) -> None:
    """For secrets of other rooms: a wrong one is counted as a wrong token is. Refused: too many lately."""
    _count(TOKENS, client_address(request))


def _by_password(request: HttpRequest, name: str, password: str) -> Access:
    """Whoever has, or must have, a second factor gets the answer of a wrong password: it must not tell which it was."""
    address = client_address(request)
    _count(name, address)
    user = auth.authenticate(request, username=name, password=password)
    if user is None or user.second_factor or needs_second_factor(user):
        raise _wrong()
    services.end_attempt(username=name, address=address)
    return Access(user, Door.BASIC)


def _count(name: str, address: str) -> None:
    wait = services.begin_attempt(username=name, address=address)
    if wait:
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise Refused(RefusedCode.SLOWED, gettext("Too many wrong attempts. Wait a while."), 429, seconds)


def _wrong() -> Refused:
    said = gettext(
        "Name and password do not belong together, the token is not good (any more), "
        "or this account has a second factor and needs a token here."
    )
    return Refused(RefusedCode.WRONG, said, 401)


def _demand_second_factor(user: User) -> None:
    if needs_second_factor(user):
        said = gettext("This account needs a second factor first. Sign in to the portal and set one up.")
        raise Refused(RefusedCode.SECOND_FACTOR, said, 403)
