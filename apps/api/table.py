"""A status table as a value: columns with their getters, rows that are read while they are sent, summary lines.

Rows are a QuerySet (large: read in chunks by key), a list (small: sorted here) or an iterator (in its own order).
Values are None (no cell), bool, int, float, str, an aware datetime, a timedelta, ``Reference``, ``Shown`` or a list
of these.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F, QuerySet

from apps.api.choices import Kind
from apps.api.errors import TableError
from apps.common.lists.keyset import Edge, arranged, beyond, key_of, order_for, value_of, with_value

CHUNK = 500
# An address that asks for more orders than this is no question.
MOST_SORTS = 5


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that leads to another table; ``peer`` is the identity of the node that has it, if it is another one."""

    table: str
    key: str | None
    value: object
    peer: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A raw value with the words that people see instead."""

    value: object
    text: str
    color: str = ""
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """``order`` is the field that rows of a QuerySet are sorted by; empty: they cannot be."""

    name: str
    title: str
    kind: Kind
    get: Callable[[Any], object]
    order: str = ""
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    title: str
    kind: Kind
    value: object


@dataclass(frozen=True, slots=True)
class StatusTable:
    """``order``: by which field a QuerySet is read unless asked otherwise, ``-`` for downwards, empty: by key.
    ``prepare`` adds to a chunk of rows what their getters read, with few queries."""

    name: str
    title: str
    columns: Sequence[Column] = ()
    rows: QuerySet | Iterable[Any] = ()
    key: str | None = None
    summary: Sequence[Summary] = ()
    order: str = ""
    prepare: Callable[[list], list] | None = None
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    column: str
    descending: bool


def sorts(text: str) -> list[Sort]:
    """``Acol,Dcol2``: up by the first, then down by the second."""
    found = [
        Sort(part[1:], part[0] == "D") for part in text.split(",") if part[:1] in ("A", "D") and part[1:]
    ]
    return found[:MOST_SORTS]


def with_columns(table: StatusTable, names: Sequence[str]) -> StatusTable:
    """Only these columns, in the table's order; ``*`` is all. Names that 1.x has and we lack are passed over, as there
    a cell without a value is; TableError where none is left."""
    if not names or "*" in names:
        return table
    kept = [column for column in table.columns if column.name in names]
    if table.columns and not kept:
        known = ", ".join(column.name for column in table.columns)
        raise TableError(f"none of these columns is in {table.name}, which has {known}")
    return replace(table, columns=kept)


def chunks(table: StatusTable, wanted: Sequence[Sort] = ()) -> Iterator[list]:
    """The rows, some at a time. What cannot be sorted by is passed over, as 1.x does."""
    columns = {column.name: column for column in table.columns}
    if isinstance(table.rows, QuerySet):
        orders = [
            (columns[s.column].order, s.descending)
            for s in wanted
            if s.column in columns and columns[s.column].order
        ]
        some = _by_orders(table, orders) if orders else _by_key(table)
    else:
        some = _of_iterable(table, [s for s in wanted if s.column in columns], columns)
    for rows in some:
        yield table.prepare(rows) if table.prepare else rows


def _by_key(table: StatusTable) -> Iterator[list]:
    """In its own order, which has an index: each chunk is a short statement that begins behind the one before."""
    path = table.order.removeprefix("-")
    order = order_for(table.rows, "", path, table.order.startswith("-"))
    rows, edge = with_value(table.rows, order), None
    while True:
        some = list(arranged(rows.filter(beyond(order, edge)) if edge else rows, order)[:CHUNK])
        if some:
            yield some
        if len(some) < CHUNK:
            return
        edge = Edge(key_of(some[-1]), value_of(some[-1]) if path else None)


def _by_orders(table: StatusTable, orders: list[tuple[str, bool]]) -> Iterator[list]:
    """Sorted once and read through a cursor of the server: to begin again for each chunk would sort for each."""
    fields = [
        F(path).desc(nulls_last=True) if down else F(path).asc(nulls_last=True) for path, down in orders
    ]
    yield from _cut(table.rows.order_by(*fields, "pk").iterator(chunk_size=CHUNK))


def _of_iterable(table: StatusTable, wanted: list[Sort], columns: Mapping[str, Column]) -> Iterator[list]:
    rows = table.rows
    if isinstance(rows, list):
        # From the last key to the first: sorting keeps the order of equals.
        for sort in reversed(wanted):
            get = columns[sort.column].get
            rows = sorted(rows, key=lambda row: _rank(plain(get(row))), reverse=sort.descending)
    yield from _cut(iter(rows))


def _cut(rows: Iterator[Any]) -> Iterator[list]:
    some: list = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some


def plain(value: object) -> object:
    """What a reference or a shown value stands for; of a list, its first."""
    while isinstance(value, Reference | Shown):
        value = value.value
    if isinstance(value, list):
        return plain(value[0]) if value else None
    return value


def _rank(value: object) -> tuple:
    if value is None:
        return (0, 0)
    if isinstance(value, bool | int | float):
        return (1, value)
    if isinstance(value, dt.datetime):
        return (1, value.timestamp())
    if isinstance(value, dt.timedelta):
        return (1, value.total_seconds())
    return (2, str(value).casefold())
