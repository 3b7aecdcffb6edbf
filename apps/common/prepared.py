"""Queries that nearly every page or answer asks: Django takes longer to write their SQL than the database to answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import psycopg
from django.db import connection
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the value of this number goes."""

    number: int


class Prepared:
    """A query that is written as SQL when it is first asked; the database keeps its plan as well.

    ``make`` gives a ``values_list`` of fields that the driver reads by itself: numbers, texts, moments; Django's own
    converters are passed over. It gets the ``marks``, values that stand for arguments in the SQL and come nowhere else
    in it; ``rows`` gets the arguments in their order.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *marks: object) -> None:
        self._make, self._marks = make, marks

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        sql, values = self._make(*self._marks).query.sql_with_params()
        plain = [getattr(value, "obj", value) for value in values]
        places = [_Place(self._marks.index(value)) if value in self._marks else value for value in plain]
        if {place.number for place in places if isinstance(place, _Place)} != set(range(len(self._marks))):
            raise ValueError(f"not every mark is in the query: {sql}")
        return sql, tuple(places)

    def rows(self, *values: object) -> list[tuple[Any, ...]]:
        sql, places = self._statement
        return prepared_rows(
            sql, [values[place.number] if isinstance(place, _Place) else place for place in places]
        )


class _Preparing(psycopg.Cursor):
    """Values go beside the statement, which the server plans once for each connection."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
        return super().execute(query, params, prepare=True, **more)


def prepared_rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """What the server answers to a statement that it prepares. Seen and counted as Django's own queries are."""
    connection.ensure_connection()
    logged = connection.queries_logged
    # Django's log takes the text from the driver, which has it only of what was not prepared.
    raw = (psycopg.Cursor if logged else _Preparing)(connection.connection)
    with connection.make_debug_cursor(raw) if logged else connection.make_cursor(raw) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
