"""Who asks, whatever the door: session, token or (for old clients) name and password.

``authenticate_request(request)`` gives an ``Access`` or None (nobody says who they are), and raises ``Refused``.
``@access_required(Scope.REPORTS, Role.REPORTS)`` is for plain views, ``PortalAuthentication`` with
``HasScope.of(Scope.STATUS)`` for REST. A token goes as ``Authorization: Bearer TOKEN`` or as the password of Basic.
"""

import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission

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
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


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
    try:
        _, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return password.startswith(services.TOKEN_PREFIX)


def access_required(scope: Scope, *roles: Role) -> Callable:
    """For plain views that programs ask too: 401 with a challenge, 403 or 429 as JSON; ``request.access`` else.

    A session is guarded against forged posts as everywhere; a header cannot be forged.
    """

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                access = demanded(authenticate_request(request), scope, roles)
            except Refused as error:
                return refusal(error)
            if access.door == Door.FORM and (forged := _forged(request, view, args, kwargs)):
                return forged
            request.access, request.user = access, access.user
            return view(request, *args, **kwargs)

        wrapped.required_roles = roles or SCOPE_ROLES[scope]
        wrapped.csrf_exempt = True
        return wrapped

    return decorate


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
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _wrong() from None
    if not colon:
        raise _wrong()
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


def _by_password(request: HttpRequest, name: str, password: str) -> Access:
    """Whoever has, or must have, a second factor gets the answer of a wrong password: it must not tell which it was."""
    address = client_address(request)
    _count(name, address)
    user = auth.authenticate(request, username=name, password=password) if "\0" not in name else None
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


def _forged(request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
    if request.method in SAFE:
        return None
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, view, args, kwargs)


class PortalAuthentication(SessionAuthentication):
    """For REST views; ``request.auth`` is the Access."""

    def authenticate(self, request):
        try:
            access = authenticate_request(request._request)  # noqa: SLF001 - REST's own classes do so
        except Refused as error:
            raise _as_rest(error) from None
        if access is None:
            return None
        if access.door == Door.FORM:
            self.enforce_csrf(request)
        return access.user, access

    def authenticate_header(self, request) -> str:
        return CHALLENGE


def _as_rest(error: Refused) -> Exception:
    if error.status == 429:
        return Throttled(wait=error.retry_after, detail=str(error), code=error.code)
    kind = AuthenticationFailed if error.status == 401 else PermissionDenied
    return kind(str(error), code=error.code)


class HasScope(BasePermission):
    """``permission_classes = [HasScope.of(Scope.STATUS)]``, with roles where the scope alone says too little."""

    scope: Scope = Scope.STATUS
    roles: tuple[Role, ...] = ()

    @classmethod
    def of(cls, scope: Scope, *roles: Role) -> type["HasScope"]:
        return type("HasScope", (cls,), {"scope": scope, "roles": roles})

    def has_permission(self, request, view) -> bool:
        if not isinstance(request.auth, Access):
            return False
        return request.auth.may(self.scope, *self.roles)


class HasRole(BasePermission):
    """One of ``roles``, or system administrator; without roles, anybody who is signed in.

    With a token, the scope of that role (``status`` without roles) is wanted too.
    """

    roles: tuple[Role, ...] = ()

    @classmethod
    def of(cls, *roles: Role) -> type["HasRole"]:
        return type("HasRole", (cls,), {"roles": roles})

    def has_permission(self, request, view) -> bool:
        user = request.user
        if user is None or not user.is_authenticated or not user.is_active:
            return False
        access = getattr(request, "auth", None)
        token = access.token if isinstance(access, Access) else None
        if token is not None and not self._covers(token):
            return False
        return not self.roles or user.has_role(*self.roles)

    def _covers(self, token: ApiToken) -> bool:
        scopes = [ROLE_SCOPE[role] for role in (*self.roles, Role.SYSTEM)] if self.roles else [Scope.STATUS]
        return any(scope in token.scopes for scope in scopes)


ROLE_SCOPE = {
    Role.SYSTEM: Scope.SYSTEM,
    Role.NETWORK: Scope.NETWORK,
    Role.LIBRARIAN: Scope.LIBRARIAN,
    Role.REPORTS: Scope.REPORTS,
    Role.READER: Scope.CONTENT,
}
