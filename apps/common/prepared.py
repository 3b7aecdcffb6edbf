"""Small queries that nearly every page asks: Django takes longer to write their SQL than the database to answer."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Prepared:
    """A query without arguments, written as SQL when it is first asked.

    ``make`` gives a ``values_list`` of fields that the driver reads by itself: numbers, texts, moments; Django's own
    converters are passed over.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        return self._make().query.sql_with_params()

    def rows(self) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(*self._statement)
            return cursor.fetchall()
