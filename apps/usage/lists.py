"""The list of months of titles."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.common.lists import Cell, Choice, Column, Exact, Search, Table, cells
from apps.common.pages import Empty
from apps.lockss.usage.periods import read_month, short
from apps.usage.choices import Access, Data
from apps.usage.models import UsageMonth
from apps.usage.words import month_text, whose


def _months() -> list[tuple[str, str]]:
    rows = UsageMonth.objects.order_by("-month").values_list("month", flat=True).distinct()
    return [(short(month), month_text(month)) for month in rows]


def _customers() -> list[tuple[str, str]]:
    rows = UsageMonth.objects.order_by("customer").values_list("customer", flat=True).distinct()
    return [(customer, whose(customer)) for customer in rows]


def _month(row: UsageMonth) -> Cell:
    # In a file it sorts and is read by programs.
    return Cell(cells.text(month_text(row.month)).html, short(row.month))


def _title(row: UsageMonth) -> Cell:
    """Its own page, as long as a list names it; the number of its requests leads to its months."""
    known = row.title.title_id
    return cells.link(row.title.name, f"/titles/{known}/" if known else _months_of(row))


def _months_of(row: UsageMonth) -> str:
    return f"/reports/usage/?title={row.title_id}"


def _number(name: str):
    return lambda row: cells.count(getattr(row, name))


USAGE = Table(
    name="usage",
    caption=_("Readings by title and month"),
    columns=(
        Column("month", _("Month"), _month, sort="month", descending_first=True),
        Column("title", _("Title"), _title, sort="title__name"),
        Column(
            "publisher",
            _("Publisher"),
            lambda row: cells.text(row.title.publisher),
            sort="title__publisher",
            priority=3,
        ),
        Column(
            "year",
            _("Published"),
            lambda row: cells.text(row.year or "–"),
            sort="year",
            numeric=True,
            priority=3,
        ),
        Column(
            "whose", _("Read by"), lambda row: cells.text(whose(row.customer)), sort="customer", priority=2
        ),
        Column(
            "access",
            _("By which right"),
            lambda row: cells.text(row.get_access_display()),
            sort="access",
            priority=3,
        ),
        Column(
            "requests",
            _("Requests"),
            lambda row: cells.count(row.total_item_requests, _months_of(row)),
            sort="total_item_requests",
            numeric=True,
            descending_first=True,
        ),
        Column(
            "items",
            _("Items"),
            _number("unique_item_requests"),
            sort="unique_item_requests",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
        Column(
            "investigations",
            _("Investigations"),
            _number("total_item_investigations"),
            sort="total_item_investigations",
            numeric=True,
            priority=3,
            descending_first=True,
        ),
    ),
    besides=(
        Column("investigated", _("Items investigated"), _number("unique_item_investigations"), numeric=True),
        Column("books", _("Books"), _number("unique_title_requests"), numeric=True),
        Column("type", _("Kind"), lambda row: cells.text(row.title.get_data_type_display())),
    ),
    filters=(
        Choice(
            "month", _("Month"), "", _months, how=lambda rows, value: rows.filter(month=read_month(value))
        ),
        Choice("whose", _("Read by"), "customer", _customers),
        Choice("access", _("By which right"), "access", Access.choices),
        Choice("type", _("Kind"), "title__data_type", Data.choices),
        Exact("title", _("Title"), "title", number=True),
    ),
    search=Search(("title__name", "title__publisher"), label=_("Title or publisher")),
    sort="-month",
    noun=lambda n: ngettext("line", "lines", n),
    empty=Empty(
        _("Nothing was read yet"),
        _("When readers open preserved copies, the month appears here within minutes."),
    ),
)
