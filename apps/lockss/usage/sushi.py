"""Reports as SUSHI, the COUNTER API, gives them, and how it is asked (COUNTER R5.1 §8)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.lockss.usage.exceptions import (
    BAD_DATES,
    BAD_FILTER,
    INSUFFICIENT,
    NO_LONGER,
    NOT_READY,
    UNKNOWN_PARAMETER,
    Exceptional,
)
from apps.lockss.usage.identifiers import by_scheme
from apps.lockss.usage.periods import last_day, month_of, next_month, read_month, short
from apps.lockss.usage.reports import NAMESPACE, RELEASE, VIEWS, Group, Header, TitleFacts, Usage, groups

CREDENTIALS = ("customer_id", "requestor_id", "api_key", "platform")
DATES = ("begin_date", "end_date")


@dataclass(frozen=True, slots=True)
class Available:
    """First days of the first and the last month that can be reported; ``last`` before ``first``: none yet."""

    first: dt.date
    last: dt.date

    @property
    def none(self) -> bool:
        return self.last < self.first


@dataclass(frozen=True, slots=True)
class Period:
    """The months that are reported, and what that leaves unsaid of those that were asked for."""

    begin: dt.date
    end: dt.date
    exceptions: tuple[Exceptional, ...] = ()


def period_of(begin: str, end: str, available: Available, today: dt.date) -> Period | Exceptional:
    """Of the dates of a request; an ``Exceptional`` refuses it.

    What is not counted yet, and what lies before the first month, is left out of the period where anything else is
    in it, and told in either case.
    """
    try:
        first, last = read_month(begin), read_month(end, end=True)
    except ValueError as error:
        return BAD_DATES.about(f"expected {error}")
    if last < first:
        return BAD_DATES.about("end_date lies before begin_date")
    if first >= month_of(today):
        return BAD_DATES.about("begin_date lies in a month that is not over")
    told, wanted = [], f"request was for {first.isoformat()} to {last_day(last).isoformat()}"
    have = "nothing is available yet"
    if not available.none:
        have = f"usage is available from {short(available.first)} to {short(available.last)}"
    early, late = first < available.first, last > available.last
    if late:
        told.append(NOT_READY.about(f"{wanted}; however, {have}"))
    if early:
        told.append(NO_LONGER.about(f"{wanted}; however, {have}"))
    inside = not available.none and first <= available.last and last >= available.first
    if inside:
        first, last = max(first, available.first), min(last, available.last)
    elif late:
        # A month that is not over is never named as one that was reported.
        last = max(first, min(last, next_month(month_of(today), -1)))
    return Period(first, last, tuple(told))


def unknown_of(given: Mapping[str, str], platform: str) -> list[Exceptional]:
    """What of a request for a standard view means nothing here; it is passed over and told."""
    names = sorted(set(given) - {*CREDENTIALS, *DATES})
    told = [UNKNOWN_PARAMETER.about(", ".join(name[:60] for name in names[:20]))] if names else []
    if given.get("platform") not in (None, "", platform):
        told.append(BAD_FILTER.about("platform"))
    return told


def lacking(given: Mapping[str, str], names: Sequence[str]) -> Exceptional | None:
    """Where one of ``names`` is not given."""
    missing = [name for name in names if not given.get(name)]
    return INSUFFICIENT.about(f"missing: {', '.join(missing)}") if missing else None


# --- Answers


def status(platform: str, registry: str, *, active: bool, note: str = "") -> list[dict[str, object]]:
    told: dict[str, object] = {"Description": platform, "Service_Active": active, "Registry_Record": registry}
    return [told | ({"Note": note} if note else {})]


def member(customer: str, name: str) -> dict[str, object]:
    return {
        "Customer_ID": customer,
        "Name": name,
        "Institution_ID": {"Proprietary": [f"{NAMESPACE}:{customer}"]},
    }


def report_list(available: Available, base: str) -> list[dict[str, object]]:
    """``base``: what addresses of the release begin with, as ``/r51``."""
    span: dict[str, object] = {}
    if not available.none:
        span = {
            "First_Month_Available": short(available.first),
            "Last_Month_Available": short(available.last),
        }
    return [
        {
            "Report_Name": view.name,
            "Report_ID": view.id,
            "Release": RELEASE,
            "Report_Description": view.about,
            "Path": f"{base}/reports/{view.id.lower()}",
            **span,
        }
        for view in VIEWS.values()
    ]


def report(header: Header, usages: Iterable[Usage]) -> dict[str, object]:
    """A whole report; what is nothing is left out, as the Code wants it."""
    items: dict[int, dict[str, object]] = {}
    performances: dict[int, list[dict[str, object]]] = {}
    for group in groups(header, usages):
        number = group.title.number
        items.setdefault(number, _item(group.title, header))
        performances.setdefault(number, []).append(_performance(group))
    return {
        "Report_Header": _head(header),
        "Report_Items": [
            {**item, "Attribute_Performance": performances[number]} for number, item in items.items()
        ],
    }


def _head(header: Header) -> dict[str, object]:
    view = header.view
    told: dict[str, object] = {
        "Release": RELEASE,
        "Report_ID": view.id,
        "Report_Name": view.name,
        "Created": header.created_text,
        "Created_By": header.platform,
        "Institution_ID": {"Proprietary": [f"{NAMESPACE}:{header.customer}"]},
        "Institution_Name": header.institution,
        "Registry_Record": header.registry,
        "Report_Filters": {
            "Metric_Type": [str(metric) for metric in view.metrics],
            "Begin_Date": header.begin.isoformat(),
            "End_Date": last_day(header.end).isoformat(),
            **{name: list(map(str, values)) for name, values in view.filters.items()},
        },
    }
    if header.exceptions:
        told["Exceptions"] = [one.as_json for one in header.exceptions]
    return told


def _item(title: TitleFacts, header: Header) -> dict[str, object]:
    names = {
        "DOI": title.doi,
        "Proprietary": title.proprietary,
        "ISBN": title.isbn if header.view.isbn else "",
        "Print_ISSN": title.print_issn,
        "Online_ISSN": title.online_issn,
    }
    return {
        "Title": title.name,
        "Publisher": title.publisher,
        **({"Publisher_ID": publisher} if (publisher := by_scheme(title.publisher_id)) else {}),
        "Platform": header.platform,
        "Item_ID": {name: value for name, value in names.items() if value},
    }


def _performance(group: Group) -> dict[str, object]:
    counts = {
        str(metric): {short(month): number for month, number in by_month.items()}
        for metric, by_month in group.counts.items()
    }
    return {**{str(name): value for name, value in group.attributes}, "Performance": counts}
