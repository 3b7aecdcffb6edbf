"""Writes what a KBART source covers of each title: COPY, then a statement each for changed, new and gone lines."""

from collections.abc import Iterable

from django.db import connection

from apps.titles.staging import ReadCoverage

COLUMNS = (
    "source_id",
    "first_date",
    "last_date",
    "first_volume",
    "last_volume",
    "first_issue",
    "last_issue",
    "embargo",
    "depth",
    "access",
    "url",
    "notes",
)
STAGE = f"""
CREATE TEMPORARY TABLE staged_coverage (block int, row_key text, {", ".join(f"{c} text" for c in COLUMNS)});
CREATE TEMPORARY VIEW staged_line AS SELECT * FROM staged_coverage JOIN staged_block USING (block);
"""  # noqa: S608 - our own column names
DROP = "DROP VIEW IF EXISTS pg_temp.staged_line; DROP TABLE IF EXISTS pg_temp.staged_coverage;"
_COPY = f"COPY staged_coverage (block, row_key, {', '.join(COLUMNS)}) FROM STDIN"
_DIFFERS = " OR ".join(f"c.{c} <> s.{c}" for c in COLUMNS)
_PAIRS = ", ".join(
    f"'{c}', CASE WHEN c.{c} <> s.{c} THEN jsonb_build_array(c.{c}, s.{c}) END" for c in COLUMNS
)
_BEFORE = ", ".join(f"'{c}', c.{c}" for c in COLUMNS)
_CHANGES = f"""
INSERT INTO titles_importchange (list_import_id, kind, title_id, coverage_id, fields, before)
SELECT %(import)s, CASE WHEN c.retired_at IS NOT NULL THEN 'returned' ELSE 'changed' END, c.title_id, c.id,
       jsonb_strip_nulls(jsonb_build_object({_PAIRS})),
       jsonb_build_object({_BEFORE}, 'retired_at', c.retired_at)
FROM staged_line s JOIN titles_titlecoverage c ON c.title_list_id = %(list)s AND c.row_key = s.row_key
WHERE {_DIFFERS} OR c.retired_at IS NOT NULL
"""  # noqa: S608 - our own column names
_UPSERT = f"""
INSERT INTO titles_titlecoverage AS c (title_list_id, title_id, row_key, added_by_id, {", ".join(COLUMNS)})
SELECT %(list)s, title_id, row_key, %(import)s, {", ".join(COLUMNS)} FROM staged_line
ON CONFLICT (title_list_id, row_key) DO UPDATE
SET {", ".join(f"{c} = excluded.{c}" for c in COLUMNS)}, retired_at = NULL
WHERE {_DIFFERS.replace("s.", "excluded.")} OR c.retired_at IS NOT NULL
"""  # noqa: S608
_RETIRE = """
WITH gone AS (
    UPDATE titles_titlecoverage c SET retired_at = %(now)s
    WHERE c.title_list_id = %(list)s AND c.retired_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM staged_coverage s WHERE s.row_key = c.row_key)
    RETURNING c.id, c.title_id
), told AS (
    INSERT INTO titles_importchange (list_import_id, kind, title_id, coverage_id, fields)
    SELECT %(import)s, 'retired', title_id, id, '{}' FROM gone
)
INSERT INTO touched_title SELECT DISTINCT title_id FROM gone
"""
_COUNT_LIST = """
UPDATE titles_titlelist SET coverage_count =
    (SELECT count(*) FROM titles_titlecoverage WHERE title_list_id = %(list)s AND retired_at IS NULL)
WHERE id = %(list)s
"""
# Parts of the COPY of a preview (services.previewing). A line is known by its title and its dates.
DATES = "coalesce(nullif(btrim(concat_ws(' – ', {0}.first_date, {0}.last_date)), '–'), '')"
_NEW = ", ".join(f"'{c}', jsonb_build_array('', s.{c})" for c in COLUMNS)
TOLD = f"""
    SELECT {{id}}, 'added', t.name, {DATES.format("s")},
           jsonb_build_object('publisher', jsonb_build_array('', p.name), {_NEW})
    FROM staged_line s JOIN titles_title t ON t.id = s.title_id JOIN titles_publisher p ON p.id = t.publisher_id
    LEFT JOIN titles_titlecoverage c ON c.title_list_id = {{list}} AND c.row_key = s.row_key WHERE c.id IS NULL
    UNION ALL
    SELECT {{id}}, 'retired', t.name, {DATES.format("c")}, '{{{{}}}}'::jsonb
    FROM titles_titlecoverage c JOIN titles_title t ON t.id = c.title_id
    WHERE c.title_list_id = {{list}} AND c.retired_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM staged_coverage s WHERE s.row_key = c.row_key)
"""  # noqa: S608 - our own column names
UNDO = (
    f"""
UPDATE titles_titlecoverage t SET {", ".join(f"{c} = c.before->>'{c}'" for c in COLUMNS)},
    retired_at = (c.before->>'retired_at')::timestamptz
FROM titles_importchange c WHERE c.list_import_id = %(id)s AND c.coverage_id = t.id AND c.before IS NOT NULL
""",  # noqa: S608
    """
UPDATE titles_titlecoverage t SET retired_at = NULL
FROM titles_importchange c WHERE c.list_import_id = %(id)s AND c.coverage_id = t.id AND c.kind = 'retired'
""",
    """
DELETE FROM titles_importchange c USING titles_titlecoverage t
WHERE t.added_by_id = %(id)s AND c.coverage_id = t.id
""",
    "DELETE FROM titles_titlecoverage WHERE added_by_id = %(id)s",
    _COUNT_LIST,
)


def stage(lines: Iterable[tuple[int, ReadCoverage]]) -> None:
    """COPY pairs of (number of the title block, line); no key twice in one import."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for block, line in lines:
            copy.write_row((block, line.key, *(getattr(line, column) for column in COLUMNS)))


def tell_changes(given: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE staged_coverage")
        cursor.execute(_CHANGES, given)


def apply_stage(given: dict[str, object], *, retire: bool) -> None:
    """Bring the lines to what was staged; needs the transaction and the lock of the import."""
    tell_changes(given)
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, given)
        if retire:
            cursor.execute(_RETIRE, given)
        cursor.execute(_COUNT_LIST, given)


def count_added(import_id: int) -> tuple[int, int]:
    """(lines staged, those that are new)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM staged_coverage),"
            " (SELECT count(*) FROM titles_titlecoverage WHERE added_by_id = %s)",
            [import_id],
        )
        return cursor.fetchone()
