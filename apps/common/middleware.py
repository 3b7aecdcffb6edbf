"""What every answer of the portal carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404, resolve
from django.utils.cache import has_vary_header

from apps.common import request_id
from apps.common.errors import BadQuery
from apps.common.views import bad_request, only_a_form

# No inline script or style, no frames, nothing from anywhere else.
SOURCES = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "worker-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
POLICY = "; ".join(f"{name} {source}" for name, source in SOURCES.items())
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


METHODS = ("GET", "HEAD", "POST", "OPTIONS", "TRACE")


class SecurityHeaders:
    """Sets the headers that a view did not set itself, and gives the request a name.

    Pages are not stored by browsers: a library's computer is used by many.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = name = request_id.begin()
        try:
            response = self.get_response(request)
        finally:
            request_id.end()
        for header, value in HEADERS.items():
            response.headers.setdefault(header, value)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store")
        elif has_vary_header(response, "Cookie"):
            # A file for who is signed in: it is theirs alone.
            response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers["X-Request-Id"] = name
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """An address that somebody mistyped is no error of the portal: one line of the log, and no traceback."""
        return bad_request(request, exception) if isinstance(exception, BadQuery) else None


class KnownMethods:
    """Nothing here is put, patched or deleted: each address says so itself (405, and what it takes), before anybody asks
    such a request for the secret of a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            # tests/foundation/test_answers.py asks every address, so that none does anything then.
            request._dont_enforce_csrf_checks = True  # noqa: SLF001 - Django's own name for it
        return self.get_response(request)


class FormAddress:
    """Who visits an address that only takes a form gets a page with the way back, never a blank; a program a sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        visit = request.method in ("GET", "HEAD")
        # What some view said itself stays as it is.
        if not visit or not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = only_a_form(request, nearest(request.path))
        page.headers["Allow"] = response.headers["Allow"]
        return page


def nearest(path: str) -> str:
    """The closest address above ``path`` that is one of the portal's."""
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return "/"
