"""Pages and files of people that programs open, too: with a token where somebody else has a session."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import SimpleTemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from apps.accounts.api import authenticate_request, carries_token, demanded, refusal
from apps.accounts.choices import Scope
from apps.accounts.errors import Refused, RefusedCode
from apps.common.errors import BadQuery

READING = ("GET", "HEAD")


def tokens_too(scope: Scope) -> Callable:
    """Above ``role_required``, which goes on asking for the roles. A token opens the view for reading alone.

    Without a token all is as it was. With one, what is refused is JSON (``code``, ``detail``), and no cookie is set.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in READING or not carries_token(request):
                return view(request, *args, **kwargs)
            response = _opened(request, scope, view, args, kwargs)
            patch_vary_headers(response, ["Authorization"])
            if "Cache-Control" not in response:
                response["Cache-Control"] = "no-store"
            return response

        return wrapped

    return decorate


def _opened(
    request: HttpRequest, scope: Scope, view: Callable[..., HttpResponse], args: tuple, kwargs: dict
) -> HttpResponse:
    try:
        access = demanded(authenticate_request(request), scope)
        request.access, request.user = access, access.user
        response = view(request, *args, **kwargs)
    except Refused as error:
        return refusal(error)
    except PermissionDenied:
        return refusal(Refused(RefusedCode.ROLE, gettext("This person has no role that may do that."), 403))
    except BadQuery as error:
        return JsonResponse({"code": "bad-query", "detail": str(error)}, status=400)
    except Http404:
        return JsonResponse({"code": "not-found", "detail": gettext("There is nothing here.")}, status=404)
    if isinstance(response, SimpleTemplateResponse):

        def without_cookie(_: HttpResponse) -> None:
            # A page with a form asks for the cookie that guards it, which no program sends back.
            request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)

        response.add_post_render_callback(without_cookie)
    return response
