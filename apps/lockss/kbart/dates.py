"""Dates as precise as they are true: a year, a month or a day (ISO 8601)."""

import re
from datetime import date

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def first_day(text: str) -> date | None:
    """The first day that ``text`` may mean; None for what is no date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None


def last_day(text: str) -> date | None:
    """The last day that ``text`` may mean."""
    day = first_day(text)
    if day is None or len(text) == len("2026-11-26"):
        return day
    if len(text) == len("2026"):
        return date(day.year, 12, 31)
    after = date.max if day.month == 12 else date(day.year, day.month + 1, 1)
    return date(day.year, 12, 31) if day.month == 12 else date.fromordinal(after.toordinal() - 1)
