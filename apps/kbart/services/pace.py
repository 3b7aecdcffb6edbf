"""When the next edition of a series comes (``apps.common.pace``): on the day that was chosen, else on that on which it
began."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from apps.common import pace
from apps.common.clock import now
from apps.kbart.choices import Every
from apps.kbart.errors import ActError
from apps.kbart.models import Series

# The longest that two editions in a row lie apart.
LONGEST = {
    Every.DAY: dt.timedelta(days=1),
    Every.WEEK: dt.timedelta(days=7),
    Every.MONTH: dt.timedelta(days=31),
}
MOST_DAYS = {Every.WEEK: 7, Every.MONTH: 31}
# By which a plan may lie further ahead than its pace: clocks that are put back make a day longer.
SLACK = dt.timedelta(hours=3)


def begin(row: Series, every: str, at: dt.datetime, day: int | None = None) -> None:
    """Plan the first edition after ``at``; none where it is made only when asked. The caller saves.

    ``day``: of the week (1 to 7 from Monday on) or of the month, as ``every`` says; None: that of ``at``. ActError: none.
    """
    if day is not None and not 1 <= day <= MOST_DAYS.get(every, day):
        raise ActError(gettext("Expected for the day of a week 1 to 7, for that of a month 1 to 31."))
    row.every, row.next_at, row.week_day, row.month_day = every, None, None, None
    if every == Every.WEEK:
        row.week_day = day or pace.day_of_week(at)
    if every == Every.MONTH:
        row.month_day = day or pace.day_of_month(at)
    if every != Every.NEVER:
        row.next_at = pace.after(every, at, at, month_day=row.month_day, week_day=row.week_day)


def go_on(row: Series, at: dt.datetime) -> None:
    """Plan the one after ``at``: after a long standstill one edition is enough. The caller saves."""
    assert row.next_at is not None  # noqa: S101 - it is due
    if row.every == Every.MONTH:
        row.month_day = row.day
    row.next_at = pace.after(row.every, row.next_at, at, month_day=row.month_day, week_day=row.week_day)


@transaction.atomic
def set_back() -> None:
    """No edition lies further ahead than its pace: a clock that was ahead planned it, and is right again."""
    at = now()
    ahead = Q()
    for every, longest in LONGEST.items():
        ahead |= Q(every=every, next_at__gt=at + longest + SLACK)
    for row in Series.objects.select_for_update(skip_locked=True).filter(ahead):
        begin(row, row.every, at, row.day)
        row.updated_at = at
        row.save(update_fields=["next_at", "week_day", "month_day", "updated_at"])
