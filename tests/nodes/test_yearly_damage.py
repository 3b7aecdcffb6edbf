"""What the report of a year calls damage: found by readings, by polls, and by what had to be repaired."""

import datetime as dt

import pytest

from apps.nodes import year_page
from apps.nodes.choices import Figure
from apps.nodes.models import YearReport
from apps.nodes.services import yearly
from apps.polls.choices import RepairState
from tests import factories as make
from tests.api.reading import body
from tests.asking import as_person

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def made() -> YearReport:
    return yearly.make(year=yearly.this_year())


def figures(report: YearReport) -> dict[str, int]:
    return dict(report.figures.filter(scope="").values_list("key", "value"))


@pytest.fixture
def peers():
    return [make.make_peer() for _ in range(3)]


def lost_files(peers, urls: int = 3):
    """An AU whose WARC file was gone: a poll found what is missing, and had it repaired."""
    au = make.make_au()
    make.make_summary(au, urls=urls, suspect_versions=urls)
    poll = make.make_poll(au, peers, ago=MINUTE, urls=urls)
    for n in range(urls):
        url = f"http://pub.example/{au.pk}/{n}"
        make.make_tally(poll, url, ["voterOnly"] * 3, "LostVoterOnly", final_result="Won")
        make.make_repair(poll, url, ended_at=make.past(MINUTE))
    return au


def test_what_polls_found_missing_is_damage_though_no_reading_found_it(peers):
    for _ in range(2):
        lost_files(peers)
    found = figures(made())
    assert found[Figure.CHECKS_BAD] == 0
    assert found[Figure.POLLS_WRONG] == 2
    assert found[Figure.URLS_WRONG] == 6
    assert found[Figure.AUS_BAD] == 2
    assert found[Figure.VERSIONS_SUSPECT] == 6


def test_an_au_damaged_in_two_ways_is_one(peers):
    au = lost_files(peers)
    make.make_check(au, ago=MINUTE, outcome="missing", missing=3)
    make.make_check(make.make_au(), ago=MINUTE, outcome="damaged", damaged=1)
    make.make_check(make.make_au(), ago=MINUTE)
    assert figures(made())[Figure.AUS_BAD] == 2


def test_a_repair_that_failed_is_damage(peers):
    au = make.make_au()
    poll = make.make_poll(au, peers, ago=MINUTE, agreement=0.9, urls=10)
    make.make_repair(poll, "http://pub.example/1", RepairState.FAILED, ended_at=make.past(MINUTE))
    assert figures(made())[Figure.AUS_BAD] == 1


def test_page_and_files_tell_the_same(client, peers):
    lost_files(peers)
    report = made()
    as_person(client)
    page = client.get(f"/report/{report.year}/")
    damaged = next(one for one in page.context["sections"] if one.title == "Damaged")
    lines = {line.label: line.value for line in damaged.lines}
    assert lines["archival unit had something damaged, missing or wrong here"] == "1"
    assert lines["URLs were found wrong or missing here by polls"] == "3"
    assert "damaged.urls,3" in body(client.get(f"/report/{report.year}/csv/"))
    assert [len(one.lines) for one in year_page.sections(report)] == [
        len(one.lines) for one in page.context["sections"]
    ]
