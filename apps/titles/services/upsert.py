"""Writes the AUs of an import: COPY into a temporary table, then a few statements for all rows (performance §3).

What is equal is not written again, so that the same list a second time costs a third and changes nothing.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from apps.titles.choices import RANKED
from apps.titles.identifiers import isbn_keys
from apps.titles.models import Title
from apps.titles.services import coverage
from apps.titles.services.references import held
from apps.titles.staging import ReadAu, name_key, years_of

# Columns of titles_listedau that a list decides, in the order of the COPY; the first identifies.
DECIDED = (
    "title_id",
    "publisher_id",
    "plugin_id",
    "params",
    "other_params",
    "name",
    "name_key",
    "year",
    "first_year",
    "last_year",
    "volume",
    "issue",
    "isbn",
    "eisbn",
    "isbn_keys",
    "attributes",
)
# What is shown as changed; the rest is derived from it.
_DERIVED = ("publisher_id", "name_key", "first_year", "last_year", "isbn_keys")
TOLD = tuple(c for c in DECIDED if c not in _DERIVED)
# Staged outside the transaction that applies it, so that progress is seen meanwhile; gone with the connection.
_DROP = """
DROP VIEW IF EXISTS pg_temp.staged;
DROP TABLE IF EXISTS pg_temp.staged_au, pg_temp.staged_block, pg_temp.touched_title
"""
# ``json.dumps`` makes a new one at every call.
_encoded = json.JSONEncoder(ensure_ascii=False).encode
_STAGE = """
CREATE TEMPORARY TABLE staged_au (
    block int, auid text, slug text, plugin_id text, params jsonb, other_params jsonb, name text, name_key text,
    year text, first_year smallint, last_year smallint, volume text, issue text, isbn text, eisbn text,
    isbn_keys varchar(13)[], attributes jsonb, status text, status2 text
);
CREATE TEMPORARY TABLE staged_block (block int PRIMARY KEY, title_id bigint, publisher_id bigint);
CREATE TEMPORARY VIEW staged AS SELECT * FROM staged_au JOIN staged_block USING (block);
"""
_COPY = f"COPY staged_au (block, auid, slug, {', '.join(DECIDED[2:])}, status, status2) FROM STDIN"
_COPY_BLOCKS = "COPY staged_block (block, title_id, publisher_id) FROM STDIN"
_DIFFERS = " OR ".join(f"l.{c} IS DISTINCT FROM s.{c}" for c in DECIDED)
_TOLD = ", ".join(
    f"'{c}', CASE WHEN l.{c} IS DISTINCT FROM s.{c} THEN jsonb_build_array(l.{c}, s.{c}) END" for c in TOLD
)
_BEFORE = ", ".join(f"'{c}', l.{c}" for c in DECIDED)
# A unit that is new in this list and that another one described otherwise is told as changed, too.
_CHANGES = f"""
INSERT INTO titles_importchange (list_import_id, kind, listed_au_id, fields, before)
SELECT %(import)s, CASE WHEN e.retired_at IS NOT NULL THEN 'returned' ELSE 'changed' END, l.id,
       jsonb_strip_nulls(jsonb_build_object({_TOLD},
           'status', CASE WHEN e.status <> s.status THEN jsonb_build_array(e.status, s.status) END,
           'status2', CASE WHEN e.status2 <> s.status2 THEN jsonb_build_array(e.status2, s.status2) END)),
       jsonb_build_object({_BEFORE}, 'entry',
           jsonb_build_object('status', e.status, 'status2', e.status2, 'retired_at', e.retired_at))
FROM staged s JOIN titles_listedau l USING (auid)
LEFT JOIN titles_listentry e ON e.listed_au_id = l.id AND e.title_list_id = %(list)s
WHERE {_DIFFERS} OR e.status <> s.status OR e.status2 <> s.status2 OR e.retired_at IS NOT NULL
"""  # noqa: S608 - our own column names
_TOUCH = """
CREATE TEMPORARY TABLE touched_title AS SELECT title_id FROM staged_block
UNION SELECT l.title_id FROM staged s JOIN titles_listedau l USING (auid) WHERE l.title_id <> s.title_id
"""
_UPSERT = f"""
INSERT INTO titles_listedau AS l (auid, slug, {", ".join(DECIDED)}, status, changed_at)
SELECT auid, slug, {", ".join(DECIDED)}, status, %(now)s FROM staged
ON CONFLICT (auid) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in DECIDED)}, changed_at = excluded.changed_at
WHERE {" OR ".join(f"l.{c} IS DISTINCT FROM excluded.{c}" for c in DECIDED)}
"""  # noqa: S608
_ENTRIES = """
INSERT INTO titles_listentry AS e (title_list_id, listed_au_id, status, status2, added_by_id)
SELECT %(list)s, l.id, s.status, s.status2, %(import)s FROM staged s JOIN titles_listedau l USING (auid)
ON CONFLICT (title_list_id, listed_au_id) DO UPDATE
SET status = excluded.status, status2 = excluded.status2, retired_at = NULL
WHERE (e.status, e.status2) <> (excluded.status, excluded.status2) OR e.retired_at IS NOT NULL
"""
_RETIRE = """
WITH gone AS (
    UPDATE titles_listentry e SET retired_at = %(now)s
    WHERE e.title_list_id = %(list)s AND e.retired_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM staged s JOIN titles_listedau l USING (auid) WHERE l.id = e.listed_au_id)
    RETURNING e.listed_au_id
), told AS (
    INSERT INTO titles_importchange (list_import_id, kind, listed_au_id, fields)
    SELECT %(import)s, 'retired', listed_au_id, '{}' FROM gone
)
INSERT INTO touched_title SELECT DISTINCT l.title_id FROM gone JOIN titles_listedau l ON l.id = gone.listed_au_id
"""
# Of the entries that name an AU now, the best status counts; of equal ones the older list's.
_STATUS = """
WITH best AS (
    SELECT DISTINCT ON (l.id) l.id, coalesce(e.status, '') AS status
    FROM titles_listedau l JOIN (SELECT DISTINCT title_id FROM touched_title) t USING (title_id)
    LEFT JOIN titles_listentry e ON e.listed_au_id = l.id AND e.retired_at IS NULL
    ORDER BY l.id, coalesce(array_position(%(ranked)s::text[], e.status::text), 1000), e.id
)
UPDATE titles_listedau l SET status = best.status, changed_at = %(now)s FROM best
WHERE l.id = best.id AND l.status <> best.status
"""
# That a title is known is looked up only of those of which no list names a unit.
_COUNT_TITLES = """
UPDATE titles_title t SET au_count = n.aus, is_known = n.known, updated_at = %(now)s
FROM (SELECT c.id, c.aus, c.aus > 0
          OR EXISTS (SELECT 1 FROM titles_titlecoverage v WHERE v.title_id = c.id AND v.retired_at IS NULL)
          OR EXISTS (SELECT 1 FROM titles_listedau l WHERE l.title_id = c.id AND {held}) AS known
      FROM (SELECT t.id, count(l.id) AS aus FROM titles_title t JOIN (SELECT DISTINCT title_id FROM touched_title) h
            ON h.title_id = t.id LEFT JOIN titles_listedau l ON l.title_id = t.id AND l.status <> ''
            GROUP BY t.id) c) n
WHERE t.id = n.id AND (t.au_count, t.is_known) <> (n.aus, n.known)
"""
_COUNT_PUBLISHERS = """
UPDATE titles_publisher p SET au_count = n.aus, title_count = n.titles, updated_at = %(now)s
FROM (SELECT publisher_id, sum(au_count) AS aus, count(*) FILTER (WHERE is_known) AS titles FROM titles_title
      WHERE publisher_id IN (SELECT publisher_id FROM titles_title JOIN touched_title ON title_id = id)
      GROUP BY publisher_id) n
WHERE p.id = n.publisher_id AND (p.au_count, p.title_count) <> (n.aus, n.titles)
"""
_RECOUNT_PUBLISHERS = """
UPDATE titles_publisher p SET updated_at = %(now)s,
    au_count = (SELECT coalesce(sum(t.au_count), 0) FROM titles_title t WHERE t.publisher_id = p.id),
    title_count = (SELECT count(*) FROM titles_title t WHERE t.publisher_id = p.id AND t.is_known)
WHERE p.id = ANY(%(publishers)s)
"""
_KNOW_HELD = """
WITH found AS (
    UPDATE titles_title t SET is_known = TRUE, updated_at = %(now)s
    WHERE NOT t.is_known AND EXISTS (SELECT 1 FROM titles_listedau l WHERE l.title_id = t.id AND {held})
    RETURNING t.publisher_id
)
UPDATE titles_publisher p SET title_count = p.title_count + n.titles, updated_at = %(now)s
FROM (SELECT publisher_id, count(*) AS titles FROM found GROUP BY publisher_id) n WHERE p.id = n.publisher_id
"""
# All that is described otherwise; of it what is new in this list; what is gone.
_COUNT_CHANGES = """
SELECT count(*) FILTER (WHERE kind IN ('changed', 'returned')),
       count(*) FILTER (WHERE kind = 'changed' AND before->'entry'->>'status' IS NULL AND listed_au_id IS NOT NULL),
       count(*) FILTER (WHERE kind = 'retired')
FROM titles_importchange WHERE list_import_id = %(import)s
"""
_COUNT_LIST = """
UPDATE titles_titlelist SET updated_at = %(now)s, au_count =
    (SELECT count(*) FROM titles_listentry WHERE title_list_id = %(list)s AND retired_at IS NULL)
WHERE id = %(list)s
"""

# Of AUs that by which they are joined and filtered: to look at the rest costs most and helps no plan.
_ANALYZE_STAGE = "ANALYZE staged_au (block, auid), staged_block"
_ANALYZE = """
ANALYZE titles_publisher, titles_title,
    titles_listedau (id, auid, slug, title_id, publisher_id, plugin_id, name_key, first_year, isbn_keys, status),
    titles_listentry (id, title_list_id, listed_au_id, added_by_id), touched_title
"""
# Rows written in one import, and their share of the table, from which on the planner is told.
ANALYZE_BEYOND = 1_000
ANALYZE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many entries of the list were new, differed, stayed as they were, and are gone.

    A new one that another list had described otherwise is among both of the first two.
    """

    added: int
    changed: int
    unchanged: int
    retired: int


@contextmanager
def open_stage() -> Iterator[None]:
    """The temporary tables, for as long as the block lasts."""
    with connection.cursor() as cursor:
        cursor.execute(coverage.DROP + _DROP)
        cursor.execute(_STAGE + coverage.STAGE)
    try:
        yield
    finally:
        # In a broken transaction they fall with it.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(coverage.DROP + _DROP)


def stage(aus: Iterable[tuple[int, str, ReadAu]]) -> None:
    """COPY (number of the title block, slug, AU); no AUID twice in one import."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for block, slug, au in aus:
            first, last = years_of(au.year)
            copy.write_row(
                (
                    block,
                    au.auid,
                    slug,
                    au.plugin_id,
                    _json(au.params),
                    _json(au.other_params),
                    au.name,
                    name_key(au.name),
                    au.year,
                    first,
                    last,
                    au.volume,
                    au.issue,
                    au.isbn,
                    au.eisbn,
                    isbn_keys(au.isbn, au.eisbn) if au.isbn or au.eisbn else "{}",
                    _json(au.attributes),
                    au.status,
                    au.status2,
                )
            )


def stage_blocks(titles: Sequence[Title]) -> None:
    """Which title each block turned out to be."""
    with connection.cursor() as cursor, cursor.copy(_COPY_BLOCKS) as copy:
        for block, title in enumerate(titles):
            copy.write_row((block, title.pk, title.publisher_id))


def _json(value: object) -> str:
    return _encoded(value) if value else "{}"


def apply_stage(*, list_id: int, import_id: int, retire: bool, at: object) -> Upserted:
    """Bring the rows to what was staged. Needs the transaction and the lock of the import."""
    given = {"list": list_id, "import": import_id, "now": at, "ranked": list(RANKED)}
    with connection.cursor() as cursor:
        cursor.execute(_ANALYZE_STAGE)
        cursor.execute(_TOUCH)
        cursor.execute(_CHANGES, given)
        cursor.execute(_UPSERT, given)
        cursor.execute(_ENTRIES, given)
        _analyze(cursor, cursor.rowcount)
        if retire:
            cursor.execute(_RETIRE, given)
        coverage.apply_stage(given, retire=retire)
        recount(list_id=list_id, at=at)
        return _counted(cursor, given)


def tell_changes(*, list_id: int, import_id: int) -> None:
    """Only the rows that say what would be changed: for a preview, in a transaction that is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(_ANALYZE_STAGE)
        cursor.execute(_CHANGES, {"list": list_id, "import": import_id})
    coverage.tell_changes({"list": list_id, "import": import_id})


def recount(*, list_id: int, at: object) -> None:
    """Statuses and counts of what ``touched_title`` names, and the count of the list."""
    given = {"list": list_id, "now": at, "ranked": list(RANKED)}
    with connection.cursor() as cursor:
        for statement in (_STATUS, _COUNT_TITLES.format(held=held("l")), _COUNT_PUBLISHERS, _COUNT_LIST):
            cursor.execute(statement, given)


def recount_publishers(publishers: Iterable[int], *, at: object) -> None:
    """Of publishers that titles have left."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT_PUBLISHERS, {"publishers": list(publishers), "now": at})


def know_held(*, at: object) -> None:
    """A title counts as known where what a room above holds on to was found to be of it after the lists dropped it."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOW_HELD.format(held=held("l")), {"now": at})


def _analyze(cursor, written: int) -> None:
    """What follows counts rows of tables that the planner may still take for empty: minutes instead of a moment."""
    if written > ANALYZE_BEYOND:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'titles_listedau'::regclass")
        if written > cursor.fetchone()[0] * ANALYZE_SHARE:
            cursor.execute(_ANALYZE)


def count_changes(cursor, import_id: int) -> tuple[int, int, int]:
    """(described otherwise, of those the ones that are new in the list, gone)."""
    cursor.execute(_COUNT_CHANGES, {"import": import_id})
    return cursor.fetchone()


def _counted(cursor, given: dict[str, object]) -> Upserted:
    cursor.execute("SELECT count(*) FROM staged_au")
    lines, new_lines = coverage.count_added(int(given["import"]))
    total = cursor.fetchone()[0] + lines
    cursor.execute("SELECT count(*) FROM titles_listentry WHERE added_by_id = %(import)s", given)
    added = cursor.fetchone()[0] + new_lines
    changed, elsewhere, retired = count_changes(cursor, int(given["import"]))
    return Upserted(added, changed, total - added - changed + elsewhere, retired)
