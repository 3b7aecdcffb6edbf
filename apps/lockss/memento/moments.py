"""Moments as Memento writes them: HTTP dates of RFC 7089 and timestamps of up to 14 digits, both in UTC, to the second."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.http_dates import DAYS, MONTHS

_DATE = re.compile(
    rf"({'|'.join(DAYS)}), ([0-9]{{2}}) ({'|'.join(MONTHS)}) ([0-9]{{4}}) ([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}}) GMT"
)
_DIGITS = re.compile(r"[0-9]+")
LONGEST_STAMP = 14
LONGEST_SHOWN = 200


class MomentCode(StrEnum):
    NOT_A_DATE = "memento-date-malformed"
    """Not of the one form that RFC 7089 allows: ``Thu, 31 May 2007 20:35:00 GMT``."""
    NO_SUCH_DAY = "memento-no-such-day"
    WRONG_WEEKDAY = "memento-wrong-weekday"
    NOT_A_STAMP = "memento-timestamp-malformed"
    """Not 1 to 14 digits."""
    NO_SUCH_MOMENT = "memento-no-such-moment"


@dataclass(frozen=True, slots=True)
class BadMoment:
    """``found``: what was sent, cut to 200 characters."""

    code: MomentCode
    found: str

    @classmethod
    def of(cls, code: MomentCode, found: str) -> "BadMoment":
        return cls(code, found[:LONGEST_SHOWN].encode("utf-8", "backslashreplace").decode())


@dataclass(frozen=True, slots=True)
class Stretch:
    """All seconds that a timestamp names, both ends included: ``2007`` is a year, 14 digits are one second."""

    first: dt.datetime
    last: dt.datetime

    @property
    def is_exact(self) -> bool:
        return self.first == self.last

    @property
    def wanted(self) -> dt.datetime:
        """The moment to which the nearest version is sought: the end, as pywb takes it."""
        return self.last


def accept_datetime(text: str) -> dt.datetime | BadMoment:
    """The value of ``Accept-Datetime``, judged strictly.

    Any year may be asked for: a moment before the first memento means the first one, one after the last the last.
    """
    found = _DATE.fullmatch(text.strip(" \t"))
    if found is None:
        return BadMoment.of(MomentCode.NOT_A_DATE, text)
    weekday, day, month, year, hour, minute, second = found.groups()
    try:
        date = dt.date(int(year), MONTHS.index(month) + 1, int(day))
        moment = dt.datetime.combine(date, dt.time(int(hour), int(minute), int(second), tzinfo=dt.UTC))
    except ValueError:
        return BadMoment.of(MomentCode.NO_SUCH_DAY, text)
    if DAYS[moment.weekday()] != weekday:
        return BadMoment.of(MomentCode.WRONG_WEEKDAY, text)
    return moment


def stamp_of(moment: dt.datetime) -> str:
    """14 digits."""
    utc = moment.astimezone(dt.UTC)
    return f"{utc.year:04d}{utc.month:02d}{utc.day:02d}{utc.hour:02d}{utc.minute:02d}{utc.second:02d}"


def second_of(moment: dt.datetime) -> dt.datetime:
    """What a memento's time is compared by: HTTP dates and timestamps have no fractions."""
    return moment.replace(microsecond=0)


def stretch_of(text: str) -> Stretch | BadMoment:
    """What 1 to 14 digits name: every moment whose 14 digits begin with them."""
    if not (text.isascii() and len(text) <= LONGEST_STAMP and _DIGITS.fullmatch(text)):
        return BadMoment.of(MomentCode.NOT_A_STAMP, text)
    first = _outermost(text, latest=False)
    last = _outermost(text, latest=True)
    if first is None or last is None:
        return BadMoment.of(MomentCode.NO_SUCH_MOMENT, text)
    return Stretch(dt.datetime(*first, tzinfo=dt.UTC), dt.datetime(*last, tzinfo=dt.UTC))


def _outermost(text: str, *, latest: bool) -> tuple[int, int, int, int, int, int] | None:
    """Year to second of the earliest or latest moment that begins with these digits."""
    year = _field(text[:4], 4, 1, 9999, latest)
    month = _field(text[4:6], 2, 1, 12, latest)
    if year is None or month is None:
        return None
    day = _field(text[6:8], 2, 1, calendar.monthrange(year, month)[1], latest)
    clock = [_field(text[at : at + 2], 2, 0, top, latest) for at, top in ((8, 23), (10, 59), (12, 59))]
    hour, minute, second = clock
    if day is None or hour is None or minute is None or second is None:
        return None
    return year, month, day, hour, minute, second


def _field(digits: str, width: int, low: int, high: int, latest: bool) -> int | None:
    """The lowest or highest number from ``low`` to ``high`` that begins with the digits."""
    missing = width - len(digits)
    start = int(digits or "0") * 10**missing
    least, most = max(low, start), min(high, start + 10**missing - 1)
    return None if least > most else most if latest else least
