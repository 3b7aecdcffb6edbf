"""Only the portal's own host names are answered; anything else is 421 (RFC 9110 §15.5.20)."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

MISDIRECTED = 421


class KnownHostMiddleware:
    """Stands before all that looks at a request: nothing of a misdirected one is read, and no cookie is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return HttpResponse(
                "This host name is not served here.\n",
                status=MISDIRECTED,
                content_type="text/plain; charset=utf-8",
            )
        return self.get_response(request)
