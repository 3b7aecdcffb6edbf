"""The edition for the Keepers Registry: by ISSN and volume, with its state; what has no ISSN is told apart."""

import re

import pytest

from apps.accounts.choices import Role
from apps.kbart.making.keepers import KEEPERS_COLUMNS
from apps.nodes.choices import AuWord
from tests.accounts.factories import make_person
from tests.factories import DAY, make_au, make_crawl, make_title, past
from tests.kbart.reports import change, lines, portal_settings, proved_au, report, stands

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
    stands(collected, AuWord.COLLECTED)
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


# By word and what is here; a blocked unit stood as in progress, in one range with a collected one.
UNDER_WAY = [
    (AuWord.COLLECTED, 3),
    (AuWord.STALE, 3),
    (AuWord.UNSETTLED, 3),
    (AuWord.DIFFERS, 3),
    (AuWord.DAMAGED, 3),
    (AuWord.REPAIRING, 3),
    (AuWord.COLLECTING, 0),
    (AuWord.COLLECTING, 2),
]
NOT_UNDER_WAY = [
    (AuWord.BLOCKED, 0),
    (AuWord.BLOCKED, 2),
    (AuWord.SELECTED, 0),
    (AuWord.WAITING, 0),
    (AuWord.DEACTIVATED, 3),
]


def test_in_progress_is_what_is_here_or_being_collected():
    title = make_title("Tides")
    # Volumes alternate, so that what is reported and what is not would make one range.
    under_way, others = iter(UNDER_WAY), iter(NOT_UNDER_WAY)
    expected = []
    for volume in range(1, len(UNDER_WAY) + len(NOT_UNDER_WAY) + 1):
        own = next(under_way, None) if volume % 2 or volume > 2 * len(NOT_UNDER_WAY) else None
        word, urls = own or next(others)
        if own is not None:
            expected.append(str(volume))
        au = make_au(title=title)
        change(au, volume=str(volume), year=str(2000 + volume))
        stands(au, word, agreeing=0, urls=urls)
    rows = told(report(report="keepers")[0])
    assert {row[3] for row in rows} == {"in progress"}
    alone = [(one, one) for one in expected if int(one) < 2 * len(NOT_UNDER_WAY)]
    assert [row[1:3] for row in rows] == [*alone, ("11", "13")]


def test_a_title_of_which_all_is_blocked_is_not_on_the_page(client):
    au = make_au(title=make_title("Closed Waters"))
    stands(au, AuWord.BLOCKED, urls=0)
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get("/reports/kbart/?report=keepers").content.decode()
    assert "Closed Waters" not in page
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


def test_the_page_in_spanish_translates_states_and_tells_two_days_apart(client):
    title = make_title("Tides")
    proved_au("Tides", title=title, listed={"volume": "1", "year": "2001"})
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get("/reports/kbart/?report=keepers", headers={"Accept-Language": "es"}).content.decode()
    table = page[page.index('id="list-report"') :]
    assert "<td>preservado" in table or ">preservado<" in table
    assert ">preserved<" not in table
    heads = re.findall(r"<th[^>]*>(.*?)</th>", table, re.DOTALL)
    told = [re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in heads]
    assert len([one for one in told if one.startswith("Desde")]) == 1
    assert told[-1].startswith("En este estado desde")
    # The file has the words that were agreed, whoever asks.
    assert "preserved" in report(report="keepers")[0].decode()
