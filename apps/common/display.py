"""Numbers, times and sizes as people read them (design, "Voice").

Functions that end in ``_text`` give plain text; ``moment`` and ``age`` give a ``<time>`` with the exact time in it.
"""

import datetime as dt
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from itertools import pairwise

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import get_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from apps.common.clock import now

NOTHING = "\N{EN DASH}"
GAP = "\N{NO-BREAK SPACE}"
UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")
MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400


def moment_text(at: dt.datetime | None) -> str:
    """``21 Nov 2026, 06:12``, in the node's time zone."""
    return (
        NOTHING
        if at is None
        else date_format(timezone.localtime(at), pgettext("form of a date", "j M Y, H:i"))
    )


def day_text(day: dt.date | dt.datetime | None) -> str:
    """``21 Nov 2026``; of a moment, its day in the node's time zone."""
    if day is None:
        return NOTHING
    return date_format(
        timezone.localtime(day) if isinstance(day, dt.datetime) else day, pgettext("form of a date", "j M Y")
    )


def short_day_text(day: dt.date) -> str:
    """``21 Nov``, where the year is plain."""
    return date_format(day, pgettext("form of a date", "j M"))


def exact_text(at: dt.datetime) -> str:
    """To the second, with the zone: ``Saturday 21 November 2026, 06:12:31 UTC``."""
    return _exact(get_language(), timezone.localtime(at))


def _exact(language: str | None, local: dt.datetime) -> str:
    return f"{_long_day(language, local.date())}, {local:%H:%M:%S} {local.tzname()}"


@lru_cache(maxsize=512)
def _long_day(_language: str | None, day: dt.date) -> str:
    """A table names few days in very many cells."""
    return date_format(day, pgettext("form of a date", "l j F Y"))


def moment(at: dt.datetime | None, seconds: bool = False) -> SafeString:
    """``seconds``: also these, where the minute alone would not tell an order."""
    text = second_text(at) if seconds else moment_text(at)
    return SafeString(escape(text)) if at is None else _time(get_language(), at, text)


def second_text(at: dt.datetime | None) -> str:
    """``21 Nov 2026, 06:12:31``, in the node's time zone."""
    return moment_text(at) if at is None else f"{moment_text(at)}:{timezone.localtime(at):%S}"


def in_one_minute(moments: Sequence[dt.datetime]) -> list[bool]:
    """Of each, in their order, whether a neighbour falls into the same minute."""
    minutes = [at.replace(second=0, microsecond=0) for at in moments]
    same = [first == second for first, second in pairwise(minutes)]
    return [before or after for before, after in zip([False, *same], [*same, False], strict=True)][
        : len(minutes)
    ]


def age(at: dt.datetime | None) -> SafeString:
    if at is None:
        return SafeString(escape(age_text(at)))
    # A table has hundreds of these, and each look at the language in force costs as much as the rest.
    language = get_language()
    return _time(language, at, _age(language, at, now()))


def _time(language: str | None, at: dt.datetime, text: str) -> SafeString:
    exact = escape(_exact(language, timezone.localtime(at)))
    return SafeString(f'<time datetime="{at.isoformat()}" title="{exact}">{escape(text)}</time>')


def age_text(at: dt.datetime | None, reference: dt.datetime | None = None) -> str:
    """``2 hours ago``, ``yesterday``, ``in 9 days``; whole units, rounded down."""
    if at is None:
        return gettext("never")
    return _age(get_language(), at, reference or now())


def _age(language: str | None, at: dt.datetime, reference: dt.datetime) -> str:
    seconds = int(abs((reference - at).total_seconds()))
    past = at <= reference
    if seconds < MINUTE:
        return gettext("just now") if past else gettext("in a moment")
    if 20 * HOUR <= seconds < 2 * DAY and _nights(at, reference) == 1:
        return gettext("yesterday") if past else gettext("tomorrow")
    return _distance(language, *_whole(seconds), past)


@lru_cache(maxsize=4096)
def _distance(_language: str | None, n: int, unit: int, past: bool) -> str:
    """A table tells few distances in very many cells."""
    amount = _worded(n, unit)
    return gettext("%s ago") % amount if past else gettext("in %s") % amount


def _nights(at: dt.datetime, reference: dt.datetime) -> int:
    return abs((timezone.localdate(reference) - timezone.localdate(at)).days)


def _amount(seconds: int) -> str:
    return _worded(*_whole(seconds))


def _whole(seconds: int) -> tuple[int, int]:
    """How many of the largest fitting unit, and the unit in seconds."""
    if seconds < HOUR:
        return seconds // MINUTE, MINUTE
    if seconds < DAY:
        return seconds // HOUR, HOUR
    # Two years on, days say nothing any more.
    unit = DAY if seconds < 2 * YEAR else YEAR
    return seconds // unit, unit


def _worded(n: int, unit: int) -> str:
    if unit == MINUTE:
        return ngettext("%d minute", "%d minutes", n) % n
    if unit == HOUR:
        return ngettext("%d hour", "%d hours", n) % n
    if unit == DAY:
        return ngettext("%d day", "%d days", n) % n
    return ngettext("%d year", "%d years", n) % n


def duration_text(seconds: float | None) -> str:
    """``42 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``: at most two units, rounded down."""
    if seconds is None:
        return NOTHING
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole}{GAP}s"
    for large, small, names in ((DAY, HOUR, "d h"), (HOUR, MINUTE, "h min")):
        if whole >= large:
            first, rest = divmod(whole, large)
            one, two = names.split()
            tail = f" {rest // small}{GAP}{two}" if rest >= small else ""
            return f"{first}{GAP}{one}{tail}"
    return f"{whole // MINUTE}{GAP}min"


def rest_text(seconds: float | None) -> str:
    """``about 40 minutes left``."""
    if seconds is None:
        return ""
    if seconds < MINUTE:
        return gettext("less than a minute left")
    return gettext("about %s left") % _amount(int(seconds))


def size_text(size: int | None) -> str:
    """Decimal units: ``532 bytes``, ``88 MB``, ``2.1 GB``; one decimal below ten."""
    if size is None:
        return NOTHING
    if size < 1000:
        return ngettext("%d byte", "%d bytes", size).replace(" ", GAP) % size
    value, unit = size / 1000, 0
    # What would be shown as 1,000 kB is 1 MB.
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    shown = f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:,.0f}"
    return f"{_localised(shown)}{GAP}{UNITS[unit]}"


def count_text(number: int | None) -> str:
    """``4,812``"""
    return NOTHING if number is None else _localised(f"{number:,}")


def percent_text(part: float, whole: float) -> str:
    """``99.8 %``; cut, not rounded: only all is 100 %, and only nothing is 0 %."""
    if whole <= 0:
        return NOTHING
    if part >= whole:
        return f"100{GAP}%"
    if part <= 0:
        return f"0{GAP}%"
    # Whole numbers are compared exactly: 999,999,999 of 1,000,000,000 must not become 100 %.
    tenths = int(part) * 1000 // int(whole) if part == int(part) and whole == int(whole) else 0
    tenths = min(999, tenths or int(part / whole * 1000))
    if tenths == 0:
        return f"<{GAP}{_localised('0.1')}{GAP}%"
    return _localised(f"{tenths // 10}.{tenths % 10}".removesuffix(".0")) + f"{GAP}%"


def seconds_text(seconds: float) -> str:
    """``0.02 s``: what is less than a second or not whole."""
    return _localised(f"{seconds:g}") + f"{GAP}s"


def _localised(number: str) -> str:
    """``number`` written with commas and a point, with the separators of the current language."""
    thousands, point = _separators(get_language())
    if (thousands, point) == (",", "."):
        return number
    return number.translate({ord(","): thousands, ord("."): point})


@cache
def _separators(language: str | None) -> tuple[str, str]:
    return get_format("THOUSAND_SEPARATOR", language), get_format("DECIMAL_SEPARATOR", language)
