"""How fast a disk fills, and when it will be full at that pace. Pure.

The pace is the slope of the straight line nearest to the used bytes of the last days (least squares), so that one
large day does not make an alarm.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

# Before this many days nobody knows a pace.
LEAST_DAYS = 3


@dataclass(frozen=True, slots=True)
class Growth:
    """``per_day``: bytes, negative where it empties; ``days_left``: until nothing is free, None: never at this pace."""

    per_day: float
    days_left: float | None


def growth(days: Sequence[tuple[dt.date, int]], free: int) -> Growth | None:
    """``days``: pairs of day and used bytes, in any order; None while too few are known."""
    if len({day for day, _used in days}) < LEAST_DAYS:
        return None
    xs = [day.toordinal() for day, _used in days]
    ys = [used for _day, used in days]
    middle, level = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    slope = sum((x - middle) * (y - level) for x, y in zip(xs, ys, strict=True)) / spread
    return Growth(slope, free / slope if slope > 0 else None)
