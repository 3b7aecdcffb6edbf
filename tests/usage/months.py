"""Months of counted titles, for tests of reports and pages."""

import datetime as dt

from apps.common.clock import now
from apps.lockss.usage.periods import month_of, next_month
from apps.usage.models import CountedTitle, UsageMonth, UsageState
from tests.factories import make_title


def last_month(back: int = 1) -> dt.date:
    return next_month(month_of(now().date()), -back)


def counting_since(months: int = 12) -> None:
    """From a first of a month on, and all of it is in its months."""
    at = last_month(months)
    began = dt.datetime(at.year, at.month, 1, tzinfo=dt.UTC)
    UsageState.objects.update_or_create(pk=1, defaults={"began_at": began, "counted_at": now()})


def counted(name: str = "Tides", data_type: str = "Journal", **more) -> CountedTitle:
    title = make_title(name)
    given = {"title": title, "name": name, "publisher": "Tidewater Press", "data_type": data_type, **more}
    return CountedTitle.objects.get_or_create(key=f"title:{title.pk}", defaults=given)[0]


def read(
    title: CountedTitle, month: dt.date | None = None, requests: int = 5, unique: int = 3, **more
) -> UsageMonth:
    given = {"customer": "own", "access": "Controlled", "year": 2019, **more}
    return UsageMonth.objects.create(
        title=title,
        month=month or last_month(),
        total_item_requests=requests,
        unique_item_requests=unique,
        **{"total_item_investigations": requests, "unique_item_investigations": unique, **given},
    )
