"""Which set of rows a person saw: told by a form, and compared before an act on "all that match".

``12.3f0c…``: how many, and a digest of their numbers, which the database can make without handing the rows out.
"""

from collections.abc import Iterable
from hashlib import blake2b

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def seen_of(keys: Iterable[object]) -> str:
    """Of the numbers themselves; empty where rows are not known by a number."""
    numbers = list(keys)
    if not all(isinstance(number, int) for number in numbers):
        return ""
    return _text(len(numbers), sum(numbers), sum(number * number for number in numbers))


def seen_in(rows: QuerySet) -> str:
    """Of all rows of a query, in one pass of the database."""
    try:
        query, parameters = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return _text(0, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(id), 0), coalesce(sum(id::numeric * id), 0)"  # noqa: S608 - the query is ours
            f" FROM ({query}) AS matching(id)",
            parameters,
        )
        return _text(*(int(number) for number in cursor.fetchone()))


def count_in(seen: str) -> int | None:
    """How many rows a form showed; None where it did not say."""
    number = seen.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 12 else None


def _text(count: int, total: int, squares: int) -> str:
    return f"{count}.{blake2b(f'{total}/{squares}'.encode(), digest_size=8).hexdigest()}"
