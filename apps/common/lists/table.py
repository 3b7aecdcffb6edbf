"""A declared list, and one page of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from apps.common.display import NOTHING, count_text
from apps.common.lists.columns import Column
from apps.common.lists.filters import Filter, Search
from apps.common.lists.keyset import key_of
from apps.common.lists.query import FORMATS, SIZES, Query
from apps.common.lists.seen import seen_of
from apps.common.pages import Empty, Link
from apps.common.text import shortened

# Beyond this an exact number would cost a scan; a summary row may know better.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Bulk:
    """What can be done with chosen rows: each action is a button that posts ``action=key`` to ``url``.

    The receiving view asks ``chosen_rows`` which they are. ``value`` names a row, its primary key unless said.
    """

    url: str
    actions: Sequence[tuple[str, str | Promise]]
    value: Callable[[Any], object] = lambda row: row.pk
    label: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Table:
    """``sort`` is a column's key, with ``-`` when descending first; empty: by primary key, ``-`` newest first.

    ``prepare`` turns a page of rows into what columns are shown from, with as few queries as it likes.
    ``count(query)`` gives a number from a summary, or None where it knows none and rows are counted up to 10,000.
    ``remark(query)`` gives a sentence about what was asked (a number that cannot be right), or "".
    ``best(query, rows)`` gives what was most likely meant by a search, of the rows, each with its link.
    ``offer(query, found)`` gives a link beside the count (keep this search), or None; ``found``: there are rows.
    ``instead(query)`` gives, where nothing matches, what else may have been meant and where to go on.
    ``besides``: columns that only a download has, behind the others.
    ``noun(n)`` gives the words behind the number: ``lambda n: ngettext("unit", "units", n)``.
    """

    name: str
    caption: str | Promise
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    search: Search | None = None
    sort: str = ""
    size: int = 50
    empty: Empty | None = None
    prepare: Callable[[list], Iterable] | None = None
    count: Callable[[Query], int | None] | None = None
    noun: Callable[[int], str] | None = None
    bulk: Bulk | None = None
    remark: Callable[[Query], str] | None = None
    best: Callable[[Query, QuerySet], Sequence[tuple[Any, Link]]] | None = None
    offer: Callable[[Query, bool], Link | None] | None = None
    instead: Callable[[Query], Sequence[Link]] | None = None
    download: bool = True
    besides: Sequence[Column] = ()

    @property
    def id(self) -> str:
        return f"list-{self.name}"

    @property
    def all_filters(self) -> list[Filter]:
        return [*([self.search] if self.search else []), *self.filters]

    def filtered(self, rows: QuerySet, query: Query) -> QuerySet:
        for one in self.all_filters:
            if one.key in query.filters:
                rows = one.apply(rows, query.filters[one.key])
        return rows

    def shown(self, rows: list) -> Iterable:
        return self.prepare(rows) if self.prepare else rows


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head as it is drawn; ``href`` empty: it cannot be pressed."""

    label: str
    css: str
    href: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A filter as it is drawn, with what is chosen in it; ``clear``: the page without it, where it has a box to take it away."""

    key: str
    id: str
    kind: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    clear: str = ""
    fault: str = ""

    @property
    def drawn(self) -> SafeString:
        # What nobody filled in looks the same on every page.
        plain = not (self.value or self.fault)
        return _drawn_as_before(get_language(), self) if plain else _drawn(self)

    @property
    def drawn_options(self) -> SafeString:
        """Joined here: there may be hundreds, and the template engine is slow per value."""
        drawn = (
            f'<option value="{escape(value)}"{" selected" if value == self.value else ""}>{escape(shortened(label))}</option>'
            for value, label in self.options
        )
        return mark_safe("".join(drawn))  # noqa: S308 - escaped above


def _drawn(box: Box) -> SafeString:
    return render_to_string("common/box.html", {"box": box})


@lru_cache(maxsize=1024)
def _drawn_as_before(_language: str | None, box: Box) -> SafeString:
    return _drawn(box)


@dataclass(frozen=True, slots=True)
class Total:
    """``number`` None: nobody counted. ``more``: there are more than that."""

    number: int | None
    more: bool = False


# So many filters are folded on a narrow page.
FOLDED_FROM = 3
# Whoever looks at a list has seen so many rows at once.
SEEN_AT_ONCE = 5


@dataclass(frozen=True)
class Page:
    """What common/list.html shows. Everything is text by now."""

    table: Table
    query: Query
    path: str
    items: list
    total: Total
    after: str = ""
    before: str = ""
    static: bool = False
    best: Sequence[Link] = ()

    @property
    def id(self) -> str:
        return self.table.id

    @property
    def caption(self) -> str:
        return str(self.table.caption)

    @cached_property
    def rows(self) -> list[SafeString]:
        """Each the fields of one row; joined here, because the template engine is slow per field."""
        # What nothing is known of says so; a column without a head has buttons.
        columns = [
            (column, f' class="{column.css}"' if column.css else "", NOTHING if column.label else "")
            for column in self.table.columns
        ]
        bulk = self.table.bulk
        return [
            mark_safe(  # noqa: S308 - cells are markup already, classes are ours
                (self._choice(bulk, item) if bulk else "")
                + "".join(f"<td{css}>{column.cell(item).html or none}</td>" for column, css, none in columns)
            )
            for item in self.table.shown(self.items)
        ]

    @property
    def body(self) -> SafeString:
        """The rows in one piece, for the same reason."""
        return mark_safe("\n".join(f"<tr>{row}</tr>" for row in self.rows))  # noqa: S308 - markup already

    @staticmethod
    def _choice(bulk: Bulk, item: Any) -> SafeString:
        return format_html(
            '<td class="pick"><input type="checkbox" name="chosen" value="{}" aria-label="{}"></td>',
            bulk.value(item),
            shortened(str(bulk.label(item))),
        )

    @property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.table.columns]

    @property
    def fallen(self) -> list[Head]:
        """Columns that a narrow page leaves out, those that go first before the others."""
        columns = sorted(
            (one for one in self.table.columns if one.priority > 1), key=lambda one: -one.priority
        )
        return [Head(str(one.label), f"n{one.priority}") for one in columns]

    def _head(self, column: Column) -> Head:
        if not column.sort or self.static:
            return Head(str(column.label), column.css)
        here = self.query.column == column
        descending = not self.query.descending if here else column.descending_first
        sort = ("-" if descending else "") + column.key
        state = ("descending" if self.query.descending else "ascending") if here else ""
        return Head(str(column.label), column.css, self.query.address(sort=sort, after="", before=""), state)

    @cached_property
    def boxes(self) -> list[Box]:
        return [self._box(one) for one in self.table.all_filters if self._visible(one)]

    @property
    def folds(self) -> bool:
        """Whether its filters would fill a telephone's window before the first row."""
        return len(self.boxes) >= FOLDED_FROM

    def _visible(self, one: Filter) -> bool:
        return one.kind != "exact" or one.key in self.query.given

    def _box(self, one: Filter) -> Box:
        pairs = getattr(one, "pairs", None)
        return Box(
            key=one.key,
            id=f"{self.id}-{one.key}",
            kind=one.kind,
            label=str(one.label) or gettext("Search"),
            value=self.query.given.get(one.key, ""),
            options=tuple(pairs()) if pairs else (),
            clear=self._without(one.key) if one.kind == "exact" else "",
            fault=self.query.faults.get(one.key, ""),
        )

    def _without(self, key: str) -> str:
        return self.path + self.query.address(**{key: "", "after": "", "before": ""})

    @property
    def narrowed(self) -> bool:
        return bool(self.query.filters)

    @property
    def first_href(self) -> str:
        return self.query.address(after="", before="")

    @property
    def all_href(self) -> str:
        return self.path

    @property
    def next_href(self) -> str:
        return self.query.address(after=self.after, before="") if self.after else ""

    @property
    def previous_href(self) -> str:
        return self.query.address(before=self.before, after="") if self.before else ""

    @property
    def sizes(self) -> list[tuple[str, str, bool]]:
        return [
            (str(size), self.query.address(size=str(size), after="", before=""), size == self.query.size)
            for size in SIZES
        ]

    @property
    def downloads(self) -> list[tuple[str, str]]:
        if not self.table.download or self.static:
            return []
        return [
            (name.upper(), self.query.address(format=name, after="", before="", size="")) for name in FORMATS
        ]

    @property
    def filter_text(self) -> str:
        """The filters alone, for a form that acts on all rows that match."""
        kept = {f.key: self.query.given[f.key] for f in self.table.all_filters if f.key in self.query.given}
        return Query(given=kept).address().removeprefix("?")

    @property
    def remark(self) -> str:
        return self.table.remark(self.query) if self.table.remark and not self.query.faults else ""

    @property
    def offer(self) -> Link | None:
        if self.table.offer is None or self.query.faults:
            return None
        return self.table.offer(self.query, bool(self.items))

    @property
    def instead(self) -> Sequence[Link]:
        return self.table.instead(self.query) if self.table.instead else ()

    @property
    def seen(self) -> str:
        """Which rows a form shows that acts on all that match (``lists.seen``); empty where they are not all shown."""
        whole = not (self.total.more or self.after or self.before)
        return seen_of(key_of(row) for row in self.items) if whole else ""

    @property
    def count_text(self) -> str:
        """``1,204 archival units``, ``more than 10,000 rows``; empty when nobody counted."""
        number = self.total.number
        if number is None:
            return ""
        noun = self.table.noun(number) if self.table.noun else _rows(number)
        if self.total.more:
            return gettext("more than %(count)s %(noun)s") % {"count": count_text(number), "noun": noun}
        return f"{count_text(number)} {noun}"


def _rows(number: int) -> str:
    return gettext("row") if number == 1 else gettext("rows")
