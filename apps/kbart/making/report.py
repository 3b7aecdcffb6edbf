"""The one pass: rows of every title, sorted in pieces, and what was left out, counted and kept apart.

Memory does not grow with the number of titles: rows lie in files once a piece is full, findings likewise.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db.models import QuerySet

from apps.aus.models import Au
from apps.kbart.asking import Order
from apps.kbart.choices import Kind, Shape
from apps.kbart.errors import ReportError
from apps.kbart.making.holdings import holdings
from apps.kbart.making.keepers import KEEPERS_COLUMNS, keepers_rows
from apps.kbart.making.sorting import Sorter
from apps.kbart.making.spool import nameless
from apps.kbart.making.units import own_aus, preserved, units
from apps.lockss.kbart import (
    COLUMNS,
    KbartCode,
    KbartError,
    KbartFinding,
    Layout,
    Scope,
    Terms,
    sort_text,
    title_rows,
)
from apps.nodes.services import standing
from apps.titles.models import ListedAu

Values = tuple[str, ...]
Progress = Callable[[int], None]
TITLE, PRINT, ONLINE, ID, TYPE = (
    COLUMNS.index(name)
    for name in ("publication_title", "print_identifier", "online_identifier", "title_id", "publication_type")
)
TYPES = {Kind.SERIALS: "serial", Kind.MONOGRAPHS: "monograph"}
FIRST = 50


@dataclass
class LeftOut:
    """What will trouble readers, or was left out (``grave``): counted by code, the first shown, all in a file."""

    file: IO[bytes]
    counts: Counter[str] = field(default_factory=Counter)
    grave: int = 0
    first: list[KbartFinding] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, findings: Iterable[KbartFinding]) -> None:
        self.add_told(map(told, findings))

    def add_told(self, findings: Iterable[list]) -> None:
        for one in findings:
            code, grave, entry, column, found, expected = one
            self.counts[code] += 1
            self.grave += grave
            if len(self.first) < FIRST:
                self.first.append(KbartFinding(KbartCode(code), grave, column, found, expected, entry=entry))
            self.file.write(json.dumps(one).encode() + b"\n")

    def all(self) -> Iterator[list]:
        """[code, grave, entry, field, found, expected]"""
        self.file.seek(0)
        for line in self.file:
            yield json.loads(line)


def told(one: KbartFinding) -> list:
    """[code, grave, entry, field, found, expected]"""
    return [one.code.value, one.grave, one.entry, one.field, one.found, one.expected]


@dataclass
class Pass:
    """Rows in the order of the file. ``columns``: what their values are called; read ``rows`` once."""

    columns: Values
    rows: Iterator[Values]
    left_out: LeftOut


def terms_of(order: Order, at: dt.datetime) -> Terms:
    """ReportError: this node has no address that could stand in a report."""
    try:
        return Terms(
            address=settings.NODE.public_url,
            this_year=at.year,
            scope=order.scope,
            notes=order.notes,
            one_line=order.report in (Shape.TITLES, Shape.SFX),
        )
    except KbartError as error:
        raise ReportError(error.message) from error


@contextmanager
def made(
    order: Order, at: dt.datetime, *, folder: Path | None = None, progress: Progress | None = None
) -> Iterator[Pass]:
    """All rows of an order. Rows and findings may be read until the end of the block."""
    with ExitStack() as stack:
        left_out = LeftOut(stack.enter_context(nameless(folder)))
        sorter = stack.enter_context(Sorter(folder))
        layout = order.layout
        for number, (_, rows, findings) in enumerate(rows_of(order, terms_of(order, at)), 1):
            left_out.add(findings)
            for row in rows:
                sorter.add(key_of(row, layout), row)
            if progress is not None and number % 500 == 0:
                progress(number)
        yield Pass(columns_of(order), sorter.merged(), left_out)


def columns_of(order: Order) -> Values:
    return KEEPERS_COLUMNS if order.report == Shape.KEEPERS else COLUMNS


def units_of(order: Order) -> QuerySet[ListedAu]:
    """What a report is about, the Keepers' one included."""
    rows = units(_chosen(order))
    return (
        rows.filter(pk__in=_of_keepers(order).values("listed_id")) if order.report == Shape.KEEPERS else rows
    )


def _of_keepers(order: Order) -> QuerySet[Au]:
    """What is preserved or under way: a collection that nobody may make is not in progress."""
    return own_aus(_chosen(order)).filter(preserved() | standing.being_preserved("standing__"))


def _chosen(order: Order) -> Order:
    if order.report != Shape.KEEPERS:
        return order
    # What is preserved and what is in progress stand side by side; the scope says nothing here.
    return Order(
        scope=Scope.SELECTED,
        publisher=order.publisher,
        set=order.set,
        institution=order.institution,
        since=order.since,
    )


def rows_of(
    order: Order, terms: Terms, titles: Sequence[int] | None = None
) -> Iterator[tuple[str, list[Values], Iterable[KbartFinding]]]:
    """Each title's number, its rows, and what is wrong with it; ``titles``: of these alone."""
    chosen = units_of(order)
    if titles is not None:
        chosen = chosen.filter(title_id__in=titles)
    if order.report == Shape.KEEPERS:
        aus = _of_keepers(order).filter(listed_id__in=chosen.values("pk"))
        found = keepers_rows(aus, terms)
    else:
        found = _of_titles(chosen, terms)
    for title, rows, findings in found:
        wanted = [row for row in rows if _wanted(row, order)]
        yield title, *_named(wanted, findings, order.layout)


def _of_titles(
    chosen: QuerySet[ListedAu], terms: Terms
) -> Iterator[tuple[str, list[Values], Iterable[KbartFinding]]]:
    for holding in holdings(chosen):
        found = title_rows(holding, terms)
        yield holding.title.id, [row.values() for row in found.rows], found.findings


def _named(
    rows: list[Values], findings: Iterable[KbartFinding], layout: Layout
) -> tuple[list[Values], Iterable[KbartFinding]]:
    """Without the rows that the columns asked for would leave nameless; those are findings instead."""
    if not layout.is_once:
        return rows, findings
    cells = layout.rendered([row[: len(COLUMNS)] for row in rows])
    named = [layout.names(own) for own in cells]
    if all(named):
        return rows, findings
    nameless = dict.fromkeys(row[TITLE] for row, is_named in zip(rows, named, strict=True) if not is_named)
    expected = "an identifier of the title"
    # That they lack one is said more gravely.
    said = [one for one in findings if not (one.code is KbartCode.NO_IDENTIFIER and one.entry in nameless)]
    said += [
        KbartFinding(KbartCode.NOT_NAMED, True, layout.naming, "", expected, entry=name) for name in nameless
    ]
    return [row for row, is_named in zip(rows, named, strict=True) if is_named], said


def _wanted(row: Values, order: Order) -> bool:
    if order.kind != Kind.ALL and row[TYPE] != TYPES[order.kind]:
        return False
    return not order.with_id or bool(row[PRINT] or row[ONLINE])


def key_of(row: Values, layout: Layout) -> str:
    by_title = title_key(row)
    if layout.by_title:
        return by_title
    rendered = next(layout.rendered([row[: len(COLUMNS)]]))
    return f"{layout.sort_key(rendered)}\0{by_title}"


def title_key(row: Values) -> str:
    # \0 is below every sign of a key or a name, so that a name that goes on comes later.
    return f"{sort_text(row[TITLE])}\0{row[TITLE]}\0{row[ID]}"


def arranged(rows: Iterable[Values], names: Values, order: Order) -> tuple[Values, Iterator[Values]]:
    """Heads and rows as the order's layout has them, of rows that come in its order."""
    layout = order.layout
    if layout.standard:
        return names, iter(rows)
    return layout.heads, layout.once(layout.rendered(rows, names))


def without_empty(heads: Values, rows: Iterator[Values], kept: Sorter) -> tuple[Values, Iterator[Values]]:
    """Without the columns that hold nothing in any row; reads all rows before it gives the first."""
    found = [False] * len(heads)
    for row in rows:
        kept.add("", row)
        found = [one or bool(value) for one, value in zip(found, row, strict=True)]
    places = [place for place, one in enumerate(found) if one]
    return tuple(heads[place] for place in places), (
        tuple(row[place] for place in places) for row in kept.merged()
    )
