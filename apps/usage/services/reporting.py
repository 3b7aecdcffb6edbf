"""A report of the months there are, with what it leaves unsaid (COUNTER R5.1 §3.2, appendix D)."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Sum

from apps.lockss.usage import AccessType, DataType, Metric
from apps.lockss.usage.exceptions import NO_USAGE, NOT_READY, PARTIAL, Exceptional
from apps.lockss.usage.periods import last_day, month_of, next_month
from apps.lockss.usage.reports import Header, TitleFacts, Usage, View, groups
from apps.lockss.usage.sushi import Available, period_of
from apps.usage.choices import Reason
from apps.usage.models import CountedTitle, UsageLoss, UsageMonth, UsageState
from apps.usage.services.customers import Customer
from apps.usage.services.folding import COLUMNS

# After a month's end its last readings may still be on their way.
SETTLED = dt.timedelta(hours=1)
_WHY = {
    Reason.FULL: "more was read at once than could be kept",
    Reason.FAILED: "the database refused them",
    Reason.FORGOTTEN: "they were too old before they were counted",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What ``tabular`` and ``sushi`` write."""

    header: Header
    usages: list[Usage]


def available(moment: dt.datetime) -> Available:
    """The months that can be reported: whole ones, of which all is counted."""
    state = UsageState.objects.order_by("pk").first()
    if state is None:
        this = month_of(moment.astimezone(dt.UTC).date())
        return Available(this, next_month(this, -1))
    first = month_of(state.began_at.astimezone(dt.UTC).date())
    until = (state.counted_at or state.began_at).astimezone(dt.UTC) - SETTLED
    return Available(first, max(next_month(month_of(until.date()), -1), next_month(first, -1)))


def report_of(
    *,
    view: View,
    customer: Customer,
    begin: str,
    end: str,
    moment: dt.datetime,
    told: tuple[Exceptional, ...] = (),
) -> Report | Exceptional:
    """``begin`` and ``end`` as a request has them; an ``Exceptional`` refuses it. ``told``: what else its head says."""
    period = period_of(begin, end, available(moment), moment.astimezone(dt.UTC).date())
    if isinstance(period, Exceptional):
        return period
    usages = _usages(view, customer, period.begin, period.end)
    header = Header(
        view=view,
        institution=customer.name,
        customer=customer.id,
        begin=period.begin,
        end=period.end,
        created=moment,
        platform=settings.NODE.name,
        registry=settings.NODE.usage_registry,
    )
    exceptions = [*period.exceptions, *told]
    partial = "; ".join(_missing(period.begin, period.end))
    if partial:
        exceptions.append(PARTIAL.about(partial))
    # Who is told that there is nothing does not ask again.
    if not groups(header, usages) and NOT_READY.code not in {one.code for one in exceptions}:
        exceptions.append(NO_USAGE)
    exceptions.sort(key=lambda one: one.code)
    return Report(replace(header, exceptions=tuple(exceptions)), usages)


def _usages(view: View, customer: Customer, begin: dt.date, end: dt.date) -> list[Usage]:
    rows = UsageMonth.objects.filter(
        customer.condition, month__range=(begin, end), title__data_type__in=view.data_types
    )
    if view.access:
        rows = rows.filter(access__in=view.access)
    sums = {f"sum_{COLUMNS[metric]}": Sum(COLUMNS[metric]) for metric in view.metrics}
    found = list(rows.values("title_id", "month", "access", "year").annotate(**sums).order_by())
    titles = CountedTitle.objects.in_bulk({row["title_id"] for row in found})
    return [
        Usage(
            title=_facts(titles[row["title_id"]]),
            month=row["month"],
            access=AccessType(row["access"]),
            year=row["year"],
            counts={metric: row[f"sum_{COLUMNS[metric]}"] for metric in view.metrics},
        )
        for row in found
    ]


def _facts(row: CountedTitle) -> TitleFacts:
    return TitleFacts(
        number=row.pk,
        name=row.name,
        publisher=row.publisher,
        data_type=DataType(row.data_type),
        isbn=row.isbn,
        print_issn=row.print_issn,
        online_issn=row.online_issn,
        doi=row.doi,
        publisher_id=row.publisher_id,
    )


def _missing(begin: dt.date, end: dt.date) -> list[str]:
    """In English, as all of a report."""
    said = []
    state = UsageState.objects.order_by("pk").first()
    began = state.began_at.astimezone(dt.UTC).date() if state else None
    if began is not None and began.day > 1 and begin <= month_of(began) <= end:
        said.append(f"counting began on {began.isoformat()}")
    lost: Counter[str] = Counter()
    for reason, number in UsageLoss.objects.filter(day__range=(begin, last_day(end))).values_list(
        "reason", "number"
    ):
        lost[reason] += 1 if reason == Reason.OFF else number
    for reason in Reason:
        if not lost[reason]:
            continue
        if reason == Reason.OFF:
            said.append(f"counting was switched off on {lost[reason]} days")
        else:
            said.append(f"{lost[reason]} deliveries are in no number: {_WHY[reason]}")
    return said


def totals(begin: dt.date, rows=None) -> list[tuple[dt.date, int, int]]:
    """Month, requests and investigations that were no request, the oldest first; without months of nothing."""
    some = (rows if rows is not None else UsageMonth.objects.all()).filter(month__gte=begin).order_by()
    names = (COLUMNS[Metric.TOTAL_ITEM_REQUESTS], COLUMNS[Metric.TOTAL_ITEM_INVESTIGATIONS])
    found = some.values("month").annotate(full=Sum(names[0]), seen=Sum(names[1])).order_by("month")
    return [(row["month"], row["full"], row["seen"] - row["full"]) for row in found]
