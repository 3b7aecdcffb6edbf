"""Who may open a page: decorators for views, permissions for REST."""

from collections.abc import Callable
from functools import partial, wraps
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.choices import Role, Scope
from apps.accounts.factors import needs_second_factor
from apps.accounts.programs import asks_by_token, by_token
from apps.common.text import path_in

View = Callable[..., HttpResponse]


def role_required(*roles: Role, before_factor: bool = False, own: bool = False) -> Callable[[View], View]:
    """``@role_required(Role.LIBRARIAN, Role.NETWORK)``: one of them, or system administrator; without roles,
    anybody who is signed in. Nobody: to the sign-in page and back. The wrong person: 403. Who lacks a second factor
    that their role needs is led to setting it up; ``before_factor``: this page is on that way.

    What anybody sees is read with a token of the scope of status, too, unless it is the person's ``own``; a token
    opens nothing else here, and does nothing.
    """
    scopes = () if roles or before_factor or own else (Scope.STATUS,)

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if asks_by_token(request):
                return by_token(request, scopes, partial(wrapped, request, *args, **kwargs))
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if roles and not request.user.has_role(*roles):
                raise PermissionDenied
            if not before_factor and needs_second_factor(request.user):
                return HttpResponseRedirect(resolve_url("me:factors"))
            return view(request, *args, **kwargs)

        wrapped.required_roles = roles
        return wrapped

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """htmx would put the sign-in page into a part of this one, so it is told to leave; back to the page, not the part."""
    page = resolve_url(settings.LOGIN_URL)
    if request.headers.get("HX-Request") == "true":
        back = path_in(request.headers.get("HX-Current-URL", ""), query=True)
        return HttpResponseClientRedirect(f"{page}?{urlencode({'next': back or '/'})}")
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return HttpResponseRedirect(f"{page}?{urlencode({'next': back})}")
