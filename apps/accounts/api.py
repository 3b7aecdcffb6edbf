"""Who asks, whatever the door: session, token or (for old clients) name and password.

``authenticate_request(request)`` gives an ``Access`` or None (nobody says who they are), and raises ``Refused``.
``@access_required(Scope.REPORTS, Role.REPORTS)`` is for plain views, ``PortalAuthentication`` with
``HasScope.of(Scope.STATUS)`` for REST. A token goes as ``Authorization: Bearer TOKEN`` or as the password of Basic.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission

from apps.accounts.choices import SCOPE_ROLES, Door, Role, Scope
from apps.accounts.doors import (
    CHALLENGE,
    Access,
    authenticate_request,
    carries_token,
    count_wrong,
    demanded,
    refusal,
)
from apps.accounts.errors import Refused
from apps.accounts.models import ApiToken

__all__ = [
    "CHALLENGE",
    "Access",
    "HasRole",
    "HasScope",
    "PortalAuthentication",
    "access_required",
    "authenticate_request",
    "carries_token",
    "count_wrong",
    "demanded",
    "refusal",
]
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


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
