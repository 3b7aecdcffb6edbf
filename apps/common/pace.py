"""When what is done every day, week or month is due next: at the same hour in the node's zone, over summer time.

A month later is the same day of the next month, or its last where it has no such day. Where summer time skips the hour,
it is an hour later; an hour that comes twice counts once.
"""

import calendar
import datetime as dt

from apps.common.clock import node_zone

DAY, WEEK, MONTH = "day", "week", "month"
_DAYS = {DAY: 1, WEEK: 7}
MONTHS = 12


def after(
    every: str,
    planned: dt.datetime,
    at: dt.datetime,
    *,
    month_day: int | None = None,
    week_day: int | None = None,
) -> dt.datetime:
    """The first one later than ``at``, of those that follow ``planned``; in UTC. ``every``: DAY, WEEK or MONTH.

    ``month_day``: the day of the month that is meant, whatever day ``planned`` has: its own month counts, too.
    ``week_day``: the day of the week that is meant, 1 to 7 from Monday on (ISO 8601).
    """
    zone = node_zone()
    hour, until = (one.astimezone(zone).replace(tzinfo=None, fold=0) for one in (planned, at))
    if every == WEEK and week_day:
        hour -= dt.timedelta(days=(hour.isoweekday() - week_day) % _DAYS[WEEK])
    if every == MONTH:
        passed = (until.year - hour.year) * MONTHS + until.month - hour.month
    else:
        passed = (until - hour).days // _DAYS[every]
    # An hour that comes twice may have made it one too many, never one too few.
    steps = max(0 if month_day else 1, passed - 1)
    while True:
        if every == MONTH:
            local = _months_later(hour, steps, month_day or hour.day)
        else:
            local = hour + dt.timedelta(days=steps * _DAYS[every])
        found = local.replace(tzinfo=zone).astimezone(dt.UTC)
        if found > at:
            return found
        steps += 1


def day_of_month(at: dt.datetime) -> int:
    """In the node's zone."""
    return at.astimezone(node_zone()).day


def day_of_week(at: dt.datetime) -> int:
    """1 to 7 from Monday on, in the node's zone."""
    return at.astimezone(node_zone()).isoweekday()


def _months_later(hour: dt.datetime, number: int, day: int) -> dt.datetime:
    years, month = divmod(hour.month - 1 + number, MONTHS)
    year = hour.year + years
    return hour.replace(year=year, month=month + 1, day=min(day, calendar.monthrange(year, month + 1)[1]))
