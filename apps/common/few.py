"""Conditions on lists, put so that a page costs what it shows and not what it leaves out (performance §3).

The planner takes a page of fifty to come early in the order it walks, and takes every way to a condition to be as good
as its guess. So both are settled here. What few rows meet is looked up first, by the index of its condition, and only
those are sorted. What more rows meet is asked of one row after the other, in the order of the list. To be counted
(``counting``) all that a condition means is looked up, in no order.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery, Value

# Sorting as many costs what walking to the fiftieth of a condition that more rows meet does.
MOST = 4_000
# Where so many values do not lead to the rows but are compared with each, comparing costs more than a table of hashes.
MOST_COMPARED = 400
_counting: ContextVar[bool] = ContextVar("counting", default=False)


class _OfMany(Func):
    output_field = BooleanField()

    def __init__(self, field: str, values: list[int]) -> None:
        super().__init__(F(field), Value(f"{{{','.join(map(str, values))}}}"))


class Among(_OfMany):
    """``Among("title_id", [1, 2])``: rows to be found by the index of that field, however many are sorted."""

    # Of an array that it does not see the planner expects ten values.
    template = "%(expressions)s::bigint[])))"
    arg_joiner = " = ANY(ARRAY(SELECT unnest("


class OneOf(_OfMany):
    """``OneOf("title_id", [1, 2])``: asked of each row by a table of hashes; no index is gone to."""

    template = "COALESCE(%(expressions)s::bigint[])), false)"
    arg_joiner = " IN (SELECT unnest("


class Asked(Func):
    """A condition that is asked of each row and never looked up; the planner takes half of the rows to meet it."""

    template = "COALESCE(%(expressions)s, false)"
    output_field = BooleanField()

    def __init__(self, condition: Q) -> None:
        super().__init__(condition)


class Probe(Subquery):
    """Whether there is such a row, looked for by its index once for each row that is walked past."""

    # EXISTS would be turned into a join of the whole, or into a table of all there are.
    template = "COALESCE((%(subquery)s), false)"
    output_field = BooleanField()

    def __init__(self, rows: QuerySet) -> None:
        super().__init__(rows.order_by().values_list(Value(True))[:1])


@contextmanager
def counting() -> Iterator[None]:
    """What is narrowed herein is counted and has no order."""
    token = _counting.set(True)
    try:
        yield
    finally:
        _counting.reset(token)


def is_counting() -> bool:
    return _counting.get()


def few(keys: QuerySet, most: int | None = None) -> list[int] | None:
    """The keys that a ``values_list("pk", flat=True)`` gives, each once; None: more than ``most``, or ``MOST``."""
    most = MOST if most is None else most
    found = as_array(keys[: most + 1])
    return sorted(set(found)) if len(found) <= most else None


def as_array(keys: QuerySet) -> list[int]:
    """All of one column in one row: a tenth of what as many rows cost to hand over."""
    try:
        sql, params = keys.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT array_agg(key) FROM ({sql}) AS found(key)", params)  # noqa: S608 - Django's own text
        return cursor.fetchone()[0] or []


def narrowed(
    rows: QuerySet, condition: Q, *, keys: QuerySet | None = None, counted: Q | None = None
) -> QuerySet:
    """``rows`` that meet ``condition``; ``keys`` finds the same rows where that has a better way, and ``counted`` is
    the condition put for counting.
    """
    if is_counting():
        return rows.filter(condition if counted is None else counted)
    if keys is None:
        # Within what the rows are narrowed to already: the units of one title are not looked for among all.
        keys = rows.filter(condition).order_by().values_list("pk", flat=True)
    found = few(keys)
    return rows.filter(Asked(condition)) if found is None else rows.filter(Among("pk", found))


def one_of(field: str, values: list[int]) -> Q:
    """Rows with one of these in a field: by its index where they are few."""
    return Q(Among(field, values) if len(values) <= MOST_COMPARED else OneOf(field, values))


def any_of(conditions: Iterable[Q]) -> Q:
    """A condition that none can meet where there are none."""
    found = Q(pk__in=())
    for condition in conditions:
        found |= condition
    return found
