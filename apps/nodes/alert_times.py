"""When a person is told: at once, with the daily digest, or when the quiet hours end. Pure."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from apps.nodes.choices_alerts import Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """``digest_hour`` 0 to 23 or None; quiet from (inclusive) until (exclusive), over midnight too; in ``zone``."""

    zone: str
    digest_hour: int | None = None
    quiet_from: dt.time | None = None
    quiet_until: dt.time | None = None


def due_at(hours: Hours, weight: str, at: dt.datetime) -> dt.datetime:
    """The moment, in UTC, from which somebody may be told what happened ``at``. What is critical waits for nothing."""
    if weight == Weight.CRITICAL:
        return at
    start = at if hours.digest_hour is None else _next(hours, dt.time(hours.digest_hour), at)
    return _after_quiet(hours, start)


def _after_quiet(hours: Hours, at: dt.datetime) -> dt.datetime:
    begin, end = hours.quiet_from, hours.quiet_until
    if begin is None or end is None or begin == end:
        return at
    time = at.astimezone(ZoneInfo(hours.zone)).time()
    quiet = begin <= time < end if begin < end else time >= begin or time < end
    # Quiet hours end the second time too, in the night in which an hour comes twice; a digest comes once.
    return _next(hours, end, at, folds=(0, 1)) if quiet else at


def _next(hours: Hours, time: dt.time, at: dt.datetime, folds: tuple[int, ...] = (0,)) -> dt.datetime:
    """When the person's clock next shows ``time``, after ``at``."""
    zone = ZoneInfo(hours.zone)
    day = at.astimezone(zone).date()
    for days in range(3):
        shown = dt.datetime.combine(day + dt.timedelta(days=days), time, zone)
        for fold in folds:
            found = shown.replace(fold=fold).astimezone(dt.UTC)
            if found > at:
                return found
    return at
