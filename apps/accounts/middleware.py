"""What follows from who asks: when they were seen, and the language and the time zone of their pages."""

from collections.abc import Callable
from contextlib import nullcontext
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from apps.accounts.sessions import note_seen


class PersonMiddleware:
    """After AuthenticationMiddleware. A page without a session asks for no person and costs nothing here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        note_seen(request)
        zone = _zone(request.user.time_zone)
        language = request.user.language if request.user.language in dict(settings.LANGUAGES) else ""
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone) if zone else nullcontext():
            response = self.get_response(request)
            # Pages that are rendered later (TemplateResponse) have been by now; streams bring their own zone.
        if language:
            patch_vary_headers(response, ["Cookie"])
        return response


def _zone(name: str) -> ZoneInfo | None:
    """None: the node's own. A zone that this machine no longer knows is passed over."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
