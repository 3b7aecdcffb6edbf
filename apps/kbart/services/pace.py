"""When the next edition of a series comes: by days of the node's time zone, at the hour at which it began.

Where summer time skips that hour, the edition comes an hour later, and stays there; an hour that comes twice counts once.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.kbart.choices import Every

PAUSE = {
    Every.DAY: dt.timedelta(days=1),
    Every.WEEK: dt.timedelta(days=7),
    Every.MONTH: dt.timedelta(days=30),
}
# By which a plan may lie further ahead than its pace: clocks that are put back make a day longer.
SLACK = dt.timedelta(hours=3)


def first(every: str, at: dt.datetime) -> dt.datetime | None:
    """Of a series that begins at ``at``; None: only when asked. In UTC."""
    return None if every == Every.NEVER else after(every, at, at)


def after(every: str, planned: dt.datetime, at: dt.datetime) -> dt.datetime:
    """The first one later than ``at``, of those that follow ``planned``; in UTC."""
    zone, pause = ZoneInfo(settings.NODE.time_zone), PAUSE[Every(every)]
    hour = planned.astimezone(zone).replace(tzinfo=None, fold=0)
    steps = max(1, (at - planned) // pause)
    while (found := (hour + pause * steps).replace(tzinfo=zone).astimezone(dt.UTC)) <= at:
        steps += 1
    return found
