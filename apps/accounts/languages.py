"""Languages that pages can speak: those of the settings that have a catalogue here, and English, which is the text itself."""

from pathlib import Path

from django.conf import settings


def offered_languages() -> list[tuple[str, str]]:
    """Pairs of code and name."""
    return [
        (code, name)
        for code, name in settings.LANGUAGES
        if code == settings.LANGUAGE_CODE or _has_catalogue(code)
    ]


def _has_catalogue(code: str) -> bool:
    folder = code.replace("-", "_")
    return any(
        (Path(place) / folder / "LC_MESSAGES" / "django.mo").is_file() for place in settings.LOCALE_PATHS
    )
