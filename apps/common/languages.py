"""The languages that pages can speak: English, which is the text itself, and those with a catalogue under locale/."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header


def offered_languages() -> list[tuple[str, str]]:
    """Pairs of code and the name that its speakers give it."""
    return [(code, get_language_info(code)["name_local"]) for code, _ in settings.LANGUAGES]


def asked_language(request: HttpRequest) -> str:
    """``?language=es`` of pages that keep no cookie; empty: what is offered by that name is none."""
    code = request.GET.get("language", "")
    return code if code in dict(settings.LANGUAGES) else ""


def accepted_language(accepted: str) -> str:
    """Of an ``Accept-Language`` the first that is offered, in the order of its weights; else the node's own."""
    for code, weight in parse_accept_lang_header(accepted[:500]):
        if not weight:
            # Refused, not wished.
            continue
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
