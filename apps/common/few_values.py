"""The few different values of a column of very many rows."""

from django.db import connection, models

_EACH = """
WITH RECURSIVE each(value) AS (
    (SELECT {column} FROM {table} ORDER BY {column} LIMIT 1)
    UNION ALL SELECT (SELECT {column} FROM {table} r WHERE r.{column} > each.value ORDER BY {column} LIMIT 1)
    FROM each WHERE each.value IS NOT NULL
) SELECT value FROM each WHERE value IS NOT NULL LIMIT %s
"""


def each_value(model: type[models.Model], field: str, most: int = 1_000) -> list[str]:
    """At most so many, in order; each is one step in an index that begins with the column."""
    quote = connection.ops.quote_name
    options = model._meta  # noqa: SLF001 - Django's documented door to fields
    names = {"table": quote(options.db_table), "column": quote(options.get_field(field).column)}
    with connection.cursor() as cursor:
        cursor.execute(_EACH.format(**names), [most])
        return [value for (value,) in cursor.fetchall()]
