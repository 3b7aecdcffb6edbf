"""The edition for the Keepers Registry: by ISSN and volume, with its state; what has no ISSN is told apart."""

import pytest

from apps.kbart.making.keepers import KEEPERS_COLUMNS
from tests.factories import DAY, make_au, make_crawl, make_title, past
from tests.kbart.reports import change, lines, portal_settings, proved_au, report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


def told(data: bytes) -> list[tuple[str, ...]]:
    heads, *rows = lines(data)
    assert tuple(heads) == KEEPERS_COLUMNS
    wanted = (
        "publication_title",
        "num_first_vol_online",
        "num_last_vol_online",
        "preservation_status",
        "last_update",
    )
    return [tuple(row[heads.index(name)] for name in wanted) for row in rows]


def test_preserved_and_in_progress_stand_apart_by_volume():
    title = make_title("Tides")
    at = past(3 * DAY)
    for volume in ("1", "2", "4"):
        proved_au(
            "Tides", title=title, listed={"volume": volume, "year": f"200{volume}"}, last_complete_at=at
        )
    collected = make_au(title=title)
    make_crawl(collected, ago=5 * DAY)
    change(collected, volume="5", year="2005")
    data, done = report(report="keepers")
    assert told(data) == [
        ("Tides", "1", "2", "preserved", at.date().isoformat()),
        ("Tides", "4", "4", "preserved", at.date().isoformat()),
        ("Tides", "5", "5", "in progress", past(5 * DAY).date().isoformat()),
    ]
    assert "_Keepers_" in done.name


def test_what_has_no_issn_is_listed_apart_with_the_cause():
    au = proved_au("Without")
    au.title.issn = ""
    au.title.save()
    data, done = report(report="keepers")
    assert told(data) == []
    assert done.counts == {"kbart-no-identifier": 1}
    (one,) = done.first
    assert (one.entry, one.grave) == ("Without", True)
    assert "an ISSN" in one.expected


def test_what_only_a_list_names_is_not_reported():
    make_au(title=make_title("Stopped"), state="deactivated")
    assert told(report(report="keepers")[0]) == []


def test_a_series_is_reported_by_its_issn_although_its_volumes_have_isbns():
    au = proved_au("Lecture Notes")
    au.title.kind = "bookSeries"
    au.title.save()
    change(au, isbn="9780306406157", volume="7", year="2007")
    ((name, first, last, state, _),) = told(report(report="keepers")[0])
    assert (name, first, last, state) == ("Lecture Notes", "7", "7", "preserved")


def test_the_other_formats_have_both_columns_too():
    proved_au("Tides")
    head = report(report="keepers", format="csv")[0].decode("utf-8-sig").splitlines()[0]
    assert head.split(",")[-2:] == ["preservation_status", "last_update"]
    assert report(report="keepers", format="pdf")[0].startswith(b"%PDF-")
