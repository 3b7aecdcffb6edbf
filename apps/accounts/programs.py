"""Pages and files of people that programs open, too: with a token where somebody else has a session."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import SimpleTemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from apps.accounts.choices import Scope
from apps.accounts.doors import Access, authenticate_request, carries_token, demanded, refusal
from apps.accounts.errors import Refused, RefusedCode
from apps.common.errors import BadQuery, NotThere

READING = ("GET", "HEAD")


def tokens_too(scope: Scope) -> Callable:
    """Above ``role_required``, which goes on asking for the roles. A token opens the view for reading alone.

    Without a token all is as it was. With one, what is refused is JSON (``code``, ``detail``), and no cookie is set.
    What everybody here may see is open to the scope of status, too.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        scopes = (scope,) if view.required_roles else (scope, Scope.STATUS)

        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in READING or not carries_token(request):
                return view(request, *args, **kwargs)
            return by_token(request, scopes, partial(view, request, *args, **kwargs))

        return wrapped

    return decorate


def asks_by_token(request: HttpRequest) -> bool:
    """Whether a token has to be looked at: none was let in yet, and no session sends the form."""
    if isinstance(getattr(request, "access", None), Access) or not carries_token(request):
        return False
    return request.method in READING or not request.user.is_authenticated


def by_token(
    request: HttpRequest, scopes: tuple[Scope, ...], view: Callable[[], HttpResponse]
) -> HttpResponse:
    """What ``view`` answers for whoever's token it is, if it has one of ``scopes``; without any, nothing but a refusal."""
    response = _opened(request, scopes, view)
    patch_vary_headers(response, ["Authorization"])
    if "Cache-Control" not in response:
        response["Cache-Control"] = "no-store"
    return response


def _let_in(request: HttpRequest, scopes: tuple[Scope, ...]) -> Access:
    access = authenticate_request(request)
    if request.method not in READING:
        raise Refused(RefusedCode.READS, gettext("A token only reads. To act, sign in to the portal."), 403)
    if not scopes:
        raise Refused(RefusedCode.SCOPE, gettext("No token opens this address. Sign in to the portal."), 403)
    held = access.token.scopes if access and access.token else []
    return demanded(access, next((scope for scope in scopes if scope in held), scopes[0]))


def _opened(
    request: HttpRequest, scopes: tuple[Scope, ...], view: Callable[[], HttpResponse]
) -> HttpResponse:
    try:
        access = _let_in(request, scopes)
        request.access, request.user = access, access.user
        response = view()
    except Refused as error:
        return refusal(error)
    except PermissionDenied:
        return refusal(Refused(RefusedCode.ROLE, gettext("This person has no role that may do that."), 403))
    except BadQuery as error:
        return JsonResponse({"code": "bad-query", "detail": str(error)}, status=400)
    except Http404 as error:
        said = str(error) if isinstance(error, NotThere) else gettext("There is nothing here.")
        return JsonResponse({"code": "not-found", "detail": said}, status=404)
    if isinstance(response, SimpleTemplateResponse):

        def without_cookie(_: HttpResponse) -> None:
            # A page with a form asks for the cookie that guards it, which no program sends back.
            request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)

        response.add_post_render_callback(without_cookie)
    return response
