"""The standard views of the Code that a node makes, and their rows (COUNTER R5.1 §4.3)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.lockss.usage.exceptions import Exceptional
from apps.lockss.usage.values import UNKNOWN_YEAR, AccessType, DataType, Metric

RELEASE = "5.1"
NAMESPACE = "lockss"
"""Before identifiers that are this node's own."""


class Attribute(StrEnum):
    """What splits the rows of a title."""

    DATA_TYPE = "Data_Type"
    YEAR = "YOP"
    ACCESS = "Access_Type"


@dataclass(frozen=True, slots=True)
class View:
    """``access`` empty: of every access type. ``data_types`` are those of the report's filter, all of which it names."""

    id: str
    name: str
    about: str
    metrics: tuple[Metric, ...]
    data_types: tuple[str, ...]
    access: tuple[AccessType, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    isbn: bool = False

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """In the Code's order."""
        access = {"Access_Type": tuple(map(str, self.access))} if self.access else {}
        return {"Data_Type": self.data_types, **access, "Access_Method": ("Regular",)}


VIEWS = {
    view.id: view
    for view in (
        View(
            "TR_J1",
            "Journal Requests (Controlled)",
            "Full texts of journals that were read, without what everybody may read.",
            (Metric.TOTAL_ITEM_REQUESTS, Metric.UNIQUE_ITEM_REQUESTS),
            (DataType.JOURNAL,),
            (AccessType.CONTROLLED,),
        ),
        View(
            "TR_J3",
            "Journal Usage by Access Type",
            "All that was read of journals, by the right by which it was read.",
            (
                Metric.TOTAL_ITEM_INVESTIGATIONS,
                Metric.TOTAL_ITEM_REQUESTS,
                Metric.UNIQUE_ITEM_INVESTIGATIONS,
                Metric.UNIQUE_ITEM_REQUESTS,
            ),
            (DataType.JOURNAL,),
            attributes=(Attribute.ACCESS,),
        ),
        View(
            "TR_B1",
            "Book Requests (Controlled)",
            "Full texts of books that were read, without what everybody may read.",
            (Metric.TOTAL_ITEM_REQUESTS, Metric.UNIQUE_TITLE_REQUESTS),
            (DataType.BOOK, "Reference_Work"),
            (AccessType.CONTROLLED,),
            (Attribute.DATA_TYPE, Attribute.YEAR),
            isbn=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFacts:
    """``number`` is the node's own; texts are as the title lists write them."""

    number: int
    name: str
    publisher: str = ""
    data_type: DataType = DataType.JOURNAL
    isbn: str = ""
    print_issn: str = ""
    online_issn: str = ""
    doi: str = ""
    publisher_id: str = ""
    """Its scheme before a colon (``ROR:…``)."""

    @property
    def proprietary(self) -> str:
        return f"{NAMESPACE}:T{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was counted of a title in a month. ``year``: of publication, 0 unknown."""

    title: TitleFacts
    month: dt.date
    access: AccessType
    counts: Mapping[Metric, int]
    year: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """``begin`` and ``end`` are first days of months; ``created`` is aware. ``customer``: as SUSHI names it."""

    view: View
    institution: str
    customer: str
    begin: dt.date
    end: dt.date
    created: dt.datetime
    platform: str
    registry: str = ""
    exceptions: tuple[Exceptional, ...] = ()

    @property
    def created_text(self) -> str:
        return self.created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Group:
    """All of a title that has the same attributes: counts of a metric by month, never nothing."""

    title: TitleFacts
    attributes: tuple[tuple[Attribute, str], ...]
    counts: dict[Metric, dict[dt.date, int]] = field(default_factory=dict)


def groups(header: Header, usages: Iterable[Usage]) -> list[Group]:
    """What the view has of it, by title and attributes; metrics in the view's order, months in theirs."""
    view = header.view
    found: dict[tuple[object, ...], Group] = {}
    for one in usages:
        if not _belongs(header, one):
            continue
        attributes = tuple((name, _value(name, one)) for name in view.attributes)
        key = (one.title.number, attributes)
        group = found.setdefault(key, Group(one.title, attributes))
        for metric in view.metrics:
            if number := one.counts.get(metric, 0):
                by_month = group.counts.setdefault(metric, {})
                by_month[one.month] = by_month.get(one.month, 0) + number
    return [_in_order(group, view) for group in sorted(found.values(), key=_order) if group.counts]


def _belongs(header: Header, one: Usage) -> bool:
    view = header.view
    return (
        header.begin <= one.month <= header.end
        and one.title.data_type in view.data_types
        and (not view.access or one.access in view.access)
    )


def _value(name: Attribute, one: Usage) -> str:
    match name:
        case Attribute.DATA_TYPE:
            return str(one.title.data_type)
        case Attribute.YEAR:
            return f"{one.year:04d}" if one.year else UNKNOWN_YEAR
        case Attribute.ACCESS:
            return str(one.access)


def _order(group: Group) -> tuple[object, ...]:
    return group.title.name.casefold(), group.title.number, group.attributes


def _in_order(group: Group, view: View) -> Group:
    counts = {
        metric: dict(sorted(group.counts[metric].items()))
        for metric in view.metrics
        if metric in group.counts
    }
    return Group(group.title, group.attributes, counts)
