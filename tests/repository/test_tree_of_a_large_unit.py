"""The tree of a very large unit: what each look-up reads, by the plan that PostgreSQL takes. No times."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.repository import tree
from apps.repository.models import AuKey

URLS = 250_000
HOST = "http://a.example/"
# Hundreds of folders, and one of them that a flat archive would be: by far most of the rows.
SEED = """
INSERT INTO repository_artifact (au_key_id, warc_file_id, warc_offset, warc_length, size, body_deflated, body_crc32,
    collected_at, confirmed_at, version, body_offset, is_current, state, origin, url_digest, sha256, content_type,
    content_encoding, url)
SELECT %s, 1, n * 900, 900, 500, 400, 0, now(), now(), 1, 300, true, 'good', 'crawl', sha256(n::text::bytea),
    sha256(n::text::bytea), 'text/html', '',
    %s || CASE WHEN n %% 5 = 0 THEN 'issue/' || (n / 1000) || '/' || n || '.html' ELSE 'flat/' || n || '.pdf' END
FROM generate_series(1, %s) n
"""
# The rows of a page and the one behind it, for each look-up; and what is counted of each folder.
MOST = {"walk": tree.ROWS + 1, "tally": tree.ROWS * (tree.COUNTED + 1)}


@pytest.fixture(scope="module")
def key(django_db_setup, django_db_blocker):
    """Seeded once; each of these tests only reads."""
    with django_db_blocker.unblock():
        au = AuKey.objects.create(auid="org|example|Large&base_url~http%3A%2F%2Fa%2Eexample%2F")
        with connection.cursor() as cursor:
            cursor.execute(SEED, [au.pk, HOST, URLS])
            cursor.execute(
                "SELECT tableoid::regclass FROM repository_artifact WHERE au_key_id = %s LIMIT 1", [au.pk]
            )
            partition = cursor.fetchone()[0]
            cursor.execute(f"ANALYZE {partition}")
        yield au.pk
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {partition}")
        au.delete()


def nodes(plan: dict):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def read(query: dict) -> tuple[int, str]:
    """Rows that a query took from the table or threw away, and its plan."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query["sql"])
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    rows = 0
    for node in nodes(plan):
        assert node["Node Type"] not in ("Seq Scan", "Sort", "Bitmap Heap Scan"), json.dumps(plan, indent=1)
        if "Relation Name" in node:
            loops = node["Actual Loops"]
            rows += loops * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    return rows, json.dumps(plan, indent=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("inside", "after"),
    [
        ("", ""),
        (HOST, ""),
        (f"{HOST}issue/", ""),
        (f"{HOST}issue/", f"{HOST}issue/500/"),
        (f"{HOST}issue/999/", ""),
        (f"{HOST}flat/", ""),
        (f"{HOST}flat/", f"{HOST}flat/500001.pdf"),
        ("http://nowhere.example/", ""),
    ],
)
def test_no_look_up_reads_more_than_its_page(key, inside, after) -> None:
    with CaptureQueriesContext(connection) as asked:
        level = tree.level(key, inside, after)
    assert len(level.branches) <= tree.ROWS
    assert len(asked) <= 2 * tree.ROWS
    for query in asked.captured_queries:
        kind = "tally" if "LATERAL" in query["sql"] else "walk"
        rows, plan = read(query)
        assert rows <= MOST[kind], (kind, rows, plan)
