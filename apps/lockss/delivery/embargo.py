"""Until when an AU is kept back: a fixed date, or a wall that moves with the day of publication. Pure calendar."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a moving wall is counted in."""

    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class FixedDate:
    """``ends`` is the first day on which it may be read."""

    ends: dt.date


@dataclass(frozen=True, slots=True)
class MovingWall:
    """So many days or months from publication. A month counted from a day that the later month lacks ends on its
    last day: from 31 January one month is 28 or 29 February."""

    length: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.length < 0:
            raise ValueError(f"a moving wall has no negative length: {self.length} {self.unit}")


Embargo = FixedDate | MovingWall


@dataclass(frozen=True, slots=True)
class Published:
    """The latest publication in an AU, as far as it is known: a year, its month, its day."""

    year: int
    month: int | None = None
    day: int | None = None

    def latest(self) -> dt.date | None:
        """The last day that it can mean; None where there is no such day."""
        if self.day is not None and self.month is None:
            return None
        month = 12 if self.month is None else self.month
        try:
            day = calendar.monthrange(self.year, month)[1] if self.day is None else self.day
            return dt.date(self.year, month, day)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Running:
    """An embargo that is not over. ``ends``: the first free day; None: the day of publication is not known."""

    embargo: Embargo
    ends: dt.date | None


def running(embargoes: Sequence[Embargo], published: Published | None, today: dt.date) -> Running | None:
    """Of the embargoes that are not over the one that ends last, an end that nobody can tell before all others."""
    left = [
        Running(embargo, ends)
        for embargo in embargoes
        for ends in [end_of(embargo, published)]
        if ends is None or today < ends
    ]
    return max(left, key=lambda one: (one.ends is None, one.ends or dt.date.min), default=None)


def end_of(embargo: Embargo, published: Published | None) -> dt.date | None:
    """The first free day; None where a wall has no day to be counted from. What ends after the year 9999 ends then."""
    if isinstance(embargo, FixedDate):
        return embargo.ends
    start = None if published is None else published.latest()
    if start is None:
        return None
    if embargo.unit is Unit.DAYS:
        return start + dt.timedelta(days=min(embargo.length, (dt.date.max - start).days))
    months = start.year * 12 + start.month - 1 + embargo.length
    year, month = divmod(months, 12)
    if year > dt.MAXYEAR:
        return dt.date.max
    return dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
