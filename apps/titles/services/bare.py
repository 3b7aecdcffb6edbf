"""A large first import: indexes that only serve to find are made anew behind it, which takes half the time (performance §3).

All of it stands in the import's transaction: killed in the middle, the indexes are as they were. Where somebody is reading
just then, the import does without.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# Fewer rows are in before the indexes are made.
WORTH_IT = 10_000
TABLES = ["titles_listedau", "titles_listentry", "titles_title"]
PATIENCE = "500ms"
_FINDING = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique AND NOT i.indisprimary
ORDER BY 1
"""


@contextmanager
def bare_tables(rows: int) -> Iterator[None]:
    """For the writing of ``rows`` AUs; needs the transaction of the import, before it has written anything."""
    with connection.cursor() as cursor:
        made_anew = _dropped(cursor) if rows >= WORTH_IT else []
        yield
        if made_anew:
            # What refers to what is looked at before, not after; else the tables count as in use.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for definition in made_anew:
                cursor.execute(definition)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _dropped(cursor) -> list[str]:
    cursor.execute("SELECT EXISTS (SELECT 1 FROM titles_listedau) OR EXISTS (SELECT 1 FROM titles_title)")
    if cursor.fetchone()[0]:
        return []
    try:
        with transaction.atomic():
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            cursor.execute(_FINDING, [TABLES])
            found = cursor.fetchall()
            for name, _ in found:
                cursor.execute(f"DROP INDEX {name}")
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError:
        return []
    return [definition for _, definition in found]
