"""Which titles an import only calls otherwise: all that lists name of them stands under one other name now."""

from collections.abc import Mapping

from django.db import connection

# A title whose listed units all stand in blocks of one name, told by the first of them.
_WHOLE = """
SELECT m.first, m.title_id FROM (
    SELECT min(g.first) AS first, max(g.first) AS last, l.title_id, count(*) AS units
    FROM staged_au s JOIN unnest(%s::int[], %s::int[]) AS g (block, first) USING (block)
    JOIN titles_listedau l USING (auid) WHERE l.status <> '' GROUP BY l.title_id) m
WHERE m.first = m.last
AND m.units = (SELECT count(*) FROM titles_listedau x WHERE x.title_id = m.title_id AND x.status <> '')
ORDER BY m.first, m.units DESC, m.title_id
"""


def whole_titles(first_of: Mapping[int, int]) -> list[tuple[int, int]]:
    """(first block, title's number), largest title of a block first; what was staged is looked at.

    ``first_of``: the number of each block to that of the first block of the same name.
    """
    if not first_of:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM titles_listedau)")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_WHOLE, [list(first_of), list(first_of.values())])
        return cursor.fetchall()
