"""Conditions on lists, put so that a page costs what it shows and not what it leaves out (performance §3).

The planner takes a page of fifty to come early in the order it walks, and takes every way to a condition to be as good
as its guess. So both are settled here. What few rows meet is looked up first, by the index of its condition, and only
those are sorted. What some rows meet is put into a table of hashes, and what many meet is asked of one row after the
other; both are walked to in the order of the list. To be counted (``counting``) all that a condition means is looked
up, in no order.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery, Value

# Finding out more of them costs what walking to the fiftieth of a condition that more rows meet does.
MOST = 4_000
# A table of hashes answers so fast that walking to the fiftieth of more costs less than fetching and sorting them.
MOST_SORTED = 1_000
# Keys that an index holds are read so fast that a table of so many is made in what a page may take.
MOST_HASHED = 20_000
# Where so many values do not lead to the rows but are compared with each, comparing costs more than a table of hashes.
MOST_COMPARED = 400
# What was not few lately is not counted off again. Each way to a condition gives the same rows, so that nothing is wrong
# with a memory that is behind.
REMEMBERED_S = 60.0
MOST_REMEMBERED = 2_000
_remembered: dict[int, tuple[float, int]] = {}
# A query, or what makes one if it must be asked.
Keys = QuerySet | Callable[[], QuerySet]
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


class Within(Func):
    """``Within("title_id", keys)``: asked of each row by a table of hashes that is made of a query once.

    The query's SQL is put together once too, however often and deep the condition comes.
    """

    output_field = BooleanField()
    form = "COALESCE({field} IN ({keys}), false)"

    def __init__(self, field: str, keys: QuerySet) -> None:
        super().__init__(F(field))
        try:
            self.keys_sql, self.keys_params = keys.order_by().query.sql_with_params()
        except EmptyResultSet:
            self.keys_sql, self.keys_params = "SELECT NULL::bigint WHERE false", ()

    @property
    def identity(self) -> tuple:
        return (type(self), *self.source_expressions, self.keys_sql, repr(self.keys_params))

    def as_sql(self, compiler, connection, **_more) -> tuple[str, tuple]:
        field, params = compiler.compile(self.source_expressions[0])
        return self.form.format(field=field, keys=self.keys_sql), (*params, *self.keys_params)


class Beside(Within):
    """``Beside("title_id", keys)``: the same, but each row's key is looked up in what is asked."""

    form = "COALESCE((SELECT true FROM ({keys}) AS beside(key) WHERE beside.key = {field} LIMIT 1), false)"

    def as_sql(self, compiler, connection, **more) -> tuple[str, tuple]:
        sql, params = super().as_sql(compiler, connection, **more)
        own = len(params) - len(self.keys_params)
        return sql, (*params[own:], *params[:own])


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


def few(keys: Keys, known_as: Hashable = None) -> list[int] | None:
    """The keys that a ``values_list("pk", flat=True)`` gives, each once; None: more than ``MOST_SORTED``.

    ``known_as`` names what is asked for in less than its SQL, which takes long to put together.
    """
    found = counted_off(keys, MOST_SORTED, known_as)
    return found if isinstance(found, list) else None


def counted_off(keys: Keys, farthest: int, known_as: Hashable = None) -> list[int] | int:
    """The keys, each once, where they are few; else how many there are, counted to one more than ``farthest``."""
    if known_as is None:
        keys = keys() if callable(keys) else keys
        try:
            known_as = repr(keys.query.sql_with_params())
        except EmptyResultSet:
            return []
    name = _name(known_as, farthest)
    if remembered := _lately(name):
        return remembered
    number, once = _counted_array((keys() if callable(keys) else keys)[: farthest + 1])
    # Of units the titles are few, though each comes many times.
    if number <= farthest and len(once) <= MOST_SORTED:
        return once
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[name] = time.monotonic() + REMEMBERED_S, number
    return number


def was_many(known_as: Hashable) -> bool:
    """Whether ``few`` has found so lately."""
    return _lately(_name(known_as, MOST_SORTED)) > 0


def _name(known_as: Hashable, farthest: int) -> int:
    return hash((connection.alias, MOST_SORTED, farthest, known_as))


def _lately(name: int) -> int:
    until, number = _remembered.get(name, (0.0, 0))
    return number if until > time.monotonic() else 0


def _counted_array(keys: QuerySet) -> tuple[int, list[int]]:
    """How many keys a query gives, and each once in order: in one row, for a tenth of what as many rows cost."""
    try:
        sql, params = keys.query.sql_with_params()
    except EmptyResultSet:
        return 0, []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), array_agg(DISTINCT key) FROM ({sql}) AS found(key)", params)  # noqa: S608 - Django's own text
        number, once = cursor.fetchone()
        return number, once or []


def as_array(keys: QuerySet) -> list[int]:
    """All of one column, each value once and in order."""
    return _counted_array(keys)[1]


def narrowed(
    rows: QuerySet,
    condition: Q,
    *,
    keys: Keys | None = None,
    counted: Q | None = None,
    hashed: QuerySet | None = None,
    known_as: Hashable = None,
) -> QuerySet:
    """``rows`` that meet ``condition``; ``keys`` finds the same rows where that has a better way, ``hashed`` finds them
    and may find others, from an index alone; ``counted`` is the condition put for counting; ``known_as`` as in ``few``.
    """
    if is_counting():
        return rows.filter(condition if counted is None else counted)
    if keys is None:
        # Within what the rows are narrowed to already: the units of one title are not looked for among all.
        keys = rows.filter(condition).order_by().values_list("pk", flat=True)
    found = counted_off(keys, MOST, known_as)
    if isinstance(found, list):
        return rows.filter(Among("pk", found))
    if found <= MOST:
        some = keys() if callable(keys) else keys
        return rows.filter(Within("pk", some if hashed is None else hashed))
    if hashed is not None and _is_some(hashed):
        return rows.filter(Within("pk", hashed))
    return rows.filter(Asked(condition))


def _is_some(keys: QuerySet) -> bool:
    found = counted_off(keys, MOST_HASHED)
    return isinstance(found, list) or found <= MOST_HASHED


def one_of(field: str, values: list[int]) -> Q:
    """Rows with one of these in a field: by its index where they are few."""
    return Q(Among(field, values) if len(values) <= MOST_COMPARED else OneOf(field, values))


def any_of(conditions: Iterable[Q]) -> Q:
    """A condition that none can meet where there are none."""
    found = Q(pk__in=())
    for condition in conditions:
        found |= condition
    return found
