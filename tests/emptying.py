"""Empties the tables behind a test that commits, as Django's flush does, but only those that hold something.

To truncate a table makes its files and those of its indexes anew: a thousand files for rows in ten tables.
"""

from functools import cache

from django.db import connection, transaction

# What Django fills anew after each flush is left in place: it is the same.
KEPT = frozenset({"django_content_type", "auth_permission"})
# Rows that are deleted still take their room, which the next test's plans would be made for.
LARGEST = 4 << 20
# Of tables with their partitions; pg_partition_tree has no row for a table that has none.
SIZE = """
    SELECT sum(size) FROM (
      SELECT pg_relation_size(one::regclass) AS size FROM unnest(%s::text[]) one
      UNION ALL
      SELECT pg_relation_size(part.relid) FROM unnest(%s::text[]) one, pg_partition_tree(one::regclass) part
    ) every
"""


@cache
def tables() -> tuple[str, ...]:
    """Those that Django's flush truncates."""
    return tuple(sorted(connection.introspection.django_table_names(only_existing=True, include_views=False)))


def install() -> None:
    """On this process's connection, whose role may do everything."""
    connection.ops.execute_sql_flush = empty


def empty(statements: list[str]) -> None:
    """``statements``: what flush would have executed."""
    name = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        # As truncating does: whoever still writes, a server's thread say, is waited for, and his rows go too.
        cursor.execute(f"LOCK TABLE {', '.join(map(name, tables()))} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {name(one)})"
                for one in tables()
                if one not in KEPT
            )
        )
        full = [one for (one,) in cursor.fetchall()]
        if not full:
            return
        cursor.execute(SIZE, [full, full])
        if cursor.fetchone()[0] > LARGEST:
            for statement in statements:
                cursor.execute(statement)
            return
        # Neither keys nor what keeps the audit record from being deleted is asked, as it is not when truncating.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for one in full:
            cursor.execute(f"DELETE FROM {name(one)}")
