"""The list of readings of stored bytes: by unit, outcome and year, and the numbers of the report lead to it."""

import datetime as dt

import pytest
from django.db import connection

from apps.nodes import year_page
from apps.nodes.choices import Figure
from apps.nodes.services import refreshing, yearly
from apps.repository.choices import CheckOutcome
from apps.repository.models import AuKey, FixityCheck
from tests import factories as make
from tests.api.reading import body
from tests.asking import as_person

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
BEFORE = dt.timedelta(days=800)


@pytest.fixture
def checks():
    """Four of this year and one of another; the last of this year found what a unit without a catalogue holds."""
    one, two = make.make_au("Acta Litorum"), make.make_au("Zoologia")
    nobodys = AuKey.objects.create(auid="org|example|Gone&volume~1")
    long_ago = make.make_check(one, ago=BEFORE, outcome=CheckOutcome.DAMAGED, damaged=7, good=3)
    good = make.make_check(one, ago=4 * MINUTE, good=100)
    damaged = make.make_check(
        two,
        ago=3 * MINUTE,
        outcome=CheckOutcome.DAMAGED,
        good=17,
        damaged=2,
        findings=[
            ["content-damaged", f"version {n} of http://pub.example/{n}", "other bytes"] for n in range(5)
        ],
    )
    missing = make.make_check(two, ago=2 * MINUTE, outcome=CheckOutcome.MISSING, good=5, missing=4)
    unread = FixityCheck.objects.create(
        au_key=nobodys,
        started_at=make.past(2 * MINUTE),
        finished_at=make.past(MINUTE),
        outcome=CheckOutcome.NOT_CHECKABLE,
        not_checkable=9,
    )
    return [unread, missing, damaged, good, long_ago]


def asked(client, query=""):
    return list(client.get(f"/checks/?{query}").context["list"].items)


def test_the_newest_stand_first_and_it_is_turned_round(client, checks):
    as_person(client)
    assert asked(client) == checks
    assert asked(client, "sort=ended") == checks[::-1]


def test_it_is_narrowed(client, checks):
    as_person(client)
    unread, missing, damaged, good, long_ago = checks
    year = yearly.this_year()
    assert asked(client, "outcome=good") == [good]
    assert asked(client, "outcome=missing") == [missing]
    assert asked(client, "outcome=not_checkable") == [unread]
    assert asked(client, "outcome=bad") == [missing, damaged, long_ago]
    assert asked(client, f"outcome=bad&year={year}") == [missing, damaged]
    assert asked(client, f"au={damaged.au_key.au.slug}") == [missing, damaged]
    assert asked(client, f"year={long_ago.finished_at.year}") == [long_ago]
    assert asked(client, "year=1") == asked(client, f"year={year + 1}") == []
    assert asked(client, f"until={long_ago.finished_at.date() + dt.timedelta(days=2)}") == [long_ago]


def test_a_row_tells_what_was_read_and_what_was_found(client, checks):
    as_person(client)
    page = client.get("/checks/").content.decode()
    assert f'href="/aus/{checks[1].au_key.au.slug}/"' in page
    assert "org|example|Gone&amp;volume~1" in page
    assert "version 0 of http://pub.example/0" in page
    assert "and 3 more" in page
    lines = body(client.get("/checks/?format=csv&sort=ended")).splitlines()
    assert len(lines) == 6
    assert lines[-1].startswith("org|example|Gone&volume~1,")
    assert lines[-1].split(",")[3:8] == ["Could not be read", "0", "0", "0", "9"]


def test_the_numbers_of_the_report_are_the_sums_of_the_list(client, checks):
    as_person(client)
    report = yearly.make(year=yearly.this_year())
    counted = dict(report.figures.filter(scope="").values_list("key", "value"))
    shown = {
        figure: asked(client, year_page.link_of(figure, report.year).partition("?")[2])
        for figure in (Figure.CHECKS, Figure.VERSIONS_GOOD, Figure.CHECKS_BAD)
    }
    assert len(shown[Figure.CHECKS]) == counted[Figure.CHECKS] == 4
    assert sum(row.good for row in shown[Figure.VERSIONS_GOOD]) == counted[Figure.VERSIONS_GOOD] == 122
    assert len(shown[Figure.CHECKS_BAD]) == counted[Figure.CHECKS_BAD] == 2
    page = client.get(f"/report/{report.year}/").content.decode()
    assert f'href="/checks/?outcome=bad&amp;year={report.year}"' in page


def test_the_unit_its_story_and_the_node_lead_there(client, checks):
    as_person(client)
    au = checks[1].au_key.au
    make.make_summary(au, last_check_at=checks[1].finished_at)
    refreshing.refresh(keys=[au.pk])
    page = client.get(f"/aus/{au.slug}/").content.decode()
    # Beside the date of the last, and in the line of each.
    assert page.count(f'href="/checks/?au={au.slug}"') == 3
    assert 'href="/checks/"' in client.get("/node/").content.decode()


def test_an_order_on_a_large_table_is_read_from_an_index(client, checks):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        for wanted, query in {
            "fixity_by_end": "ORDER BY finished_at DESC, id DESC LIMIT 50",
            "fixity_bad": "WHERE outcome IN ('damaged', 'missing') ORDER BY finished_at DESC, id DESC LIMIT 50",
        }.items():
            cursor.execute(f"EXPLAIN SELECT * FROM repository_fixitycheck {query}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert f"using {wanted}" in plan, plan
            assert "Sort" not in plan, plan
