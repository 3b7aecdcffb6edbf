"""Who may open a page: decorators for views, permissions for REST."""

from collections.abc import Callable
from copy import copy
from functools import partial, wraps
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts import unsaved
from apps.accounts.choices import Role, Scope
from apps.accounts.factors import needs_second_factor
from apps.accounts.programs import asks_by_token, by_token
from apps.common import notices
from apps.common.referer import page_in, page_of_form
from apps.common.text import path_in
from apps.common.words import Tone

View = Callable[..., HttpResponse]
READS = ("GET", "HEAD")


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
                if request.method not in READS:
                    _say_unsaved(request)
                return to_sign_in(request)
            if roles and not request.user.has_role(*roles):
                raise PermissionDenied
            if not before_factor and needs_second_factor(request.user):
                return _to_factors(request)
            return view(request, *args, **kwargs)

        wrapped.required_roles = roles
        return wrapped

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """htmx would put the sign-in page into a part of this one, so it is told to leave; back to the page, not the part.
    Who sent a form comes back to the page that held it."""
    return _leave_for(request, f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _way_back(request)})}")


def _to_factors(request: HttpRequest) -> HttpResponse:
    """To where a second factor is set up; who sent a form is told there that nothing of it was saved."""
    if request.method not in READS:
        unsaved.keep(request, _way_back(request))
    return _leave_for(request, resolve_url("me:factors"))


def _leave_for(request: HttpRequest, page: str) -> HttpResponse:
    return HttpResponseClientRedirect(page) if _of_a_part(request) else HttpResponseRedirect(page)


def _way_back(request: HttpRequest) -> str:
    if _of_a_part(request):
        return page_in(request.headers.get("HX-Current-URL", "")) or "/"
    return request.get_full_path() if request.method in READS else _page_of_form(request)


def _of_a_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _say_unsaved(request: HttpRequest) -> None:
    said = gettext("You were not signed in any more when you sent a form: nothing of it was saved.")
    notices.leave(request, said, tone=Tone.CARE, past_doors=True)


def _page_of_form(request: HttpRequest) -> str:
    """Own paths alone: where the form was sent from, else where it was sent to, else Home."""
    sent_from = page_of_form(request)
    if sent_from and _is_page(request, path_in(sent_from)):
        return sent_from
    return request.get_full_path() if _is_page(request, request.path) else "/"


def _is_page(request: HttpRequest, path: str) -> bool:
    """Whether a view of ours answers a visit there. It is asked as nobody would ask it: it looks at the method and
    leads to the sign-in page, and does nothing."""
    try:
        found = resolve(path)
    except Resolver404:
        return False
    if not hasattr(found.func, "required_roles"):
        return path == request.path
    visit = copy(request)
    visit.method, visit.user = READS[0], AnonymousUser()
    answer = found.func(visit, *found.args, **found.kwargs)
    return answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED
