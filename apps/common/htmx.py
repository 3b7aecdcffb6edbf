"""One page, one view, one template: htmx gets the part it asked for, everybody else the whole page.

A part is a template of its own that the page includes; the page's context is made once, for both.
"""

from collections.abc import Callable, Mapping
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers

View = Callable[..., HttpResponse]


def wanted_part(request: HttpRequest) -> str:
    """The id of the element that htmx is going to replace; empty when the whole page is wanted."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return ""
    return headers.get("HX-Target", "")


def for_htmx(parts: Mapping[str, str]) -> Callable[[View], View]:
    """``@for_htmx({"jobs": "nodes/jobs.html"})``: who replaces ``#jobs`` is sent that template alone.

    The view answers with a TemplateResponse, or with something that is no page (a redirect, an error);
    a finished page is refused with TypeError, because no part can be cut out of it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["HX-Request", "HX-Target"])
            template = parts.get(wanted_part(request))
            if template is None or response.status_code != 200:
                return response
            if not isinstance(response, TemplateResponse):
                raise TypeError(f"{view.__name__} must answer with a TemplateResponse")
            response.template_name = template
            return response

        return wrapped

    return decorate
