"""Months, as the Code writes them."""

import datetime as dt
import re
from collections.abc import Iterator

_FORM = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)
# The Code's reports have English names of months, whatever the reader's language.
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month_of(day: dt.date) -> dt.date:
    """The first day of its month."""
    return dt.date(day.year, day.month, 1)


def next_month(month: dt.date, by: int = 1) -> dt.date:
    """Raises OverflowError or ValueError outside the years 1 to 9999."""
    years, place = divmod(month.month - 1 + by, 12)
    return dt.date(month.year + years, place + 1, 1)


def last_day(month: dt.date) -> dt.date:
    return next_month(month) - dt.timedelta(days=1)


def months(begin: dt.date, end: dt.date) -> Iterator[dt.date]:
    """From the month of ``begin`` to that of ``end``, both included."""
    month, last = month_of(begin), month_of(end)
    while month <= last:
        yield month
        month = next_month(month)


def read_month(text: str, *, end: bool = False) -> dt.date:
    """``yyyy-mm``, or the first (``end``: last) day of a month as ``yyyy-mm-dd``; ValueError for anything else."""
    found = _FORM.fullmatch(text)
    if found is None or not 1900 <= int(found[1]) <= 9990:
        raise ValueError("yyyy-mm or yyyy-mm-dd")
    month = dt.date(int(found[1]), int(found[2]), 1)
    if found[3] is not None and int(found[3]) != (last_day(month).day if end else 1):
        raise ValueError("the last day of a month" if end else "the first day of a month")
    return month


def heading(month: dt.date) -> str:
    """``Nov-2026``, a column's name in tables."""
    return f"{_NAMES[month.month - 1]}-{month.year:04d}"


def short(month: dt.date) -> str:
    """``2026-11``, its name in JSON."""
    return f"{month.year:04d}-{month.month:02d}"
