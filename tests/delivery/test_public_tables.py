"""Tables of the content host: sorted, searched, paged by key, as a file; and few look-ups however many AUs there are."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from apps.delivery.models import AuStem
from apps.delivery.public_tables import Cell, Column, arranged, as_file, wish_of
from apps.delivery.services import kept
from apps.delivery.services.listing import candidates
from tests.delivery.conftest import second_au
from tests.delivery.places import MOMENT, held, ours
from tests.delivery.simulated import HIDDEN, OPEN
from tests.delivery.test_openurl_found import ISSN
from tests.repository.factories import use_store

pytestmark = pytest.mark.django_db


def names(body: bytes) -> list[str]:
    return re.findall(r"<tr><td>([^<]+)</td>", body.decode())


@pytest.fixture
def many(ask, rooms, au):
    """120 AUs, every tenth of them hidden."""
    rooms.addresses.add("192.0.2.1")
    for number in range(120):
        one = second_au(f"http://n{number}.example/", auid=f"n|{number:03}", name=f"Name {number:03}")
        rooms.policies[one.auid] = HIDDEN if number % 10 == 0 else OPEN
    return ask


def walked(ask, path: str) -> list[str]:
    found = []
    while path:
        body = ask(path).body
        found += names(body)
        further = re.search(rb'href="([^"]+)" rel="next"', body)
        path = further[1].decode().replace("&amp;", "&") if further else ""
        assert len(found) < 1_000
    return found


def test_the_index_is_walked_either_way(many):
    up, down = walked(many, "/ServeContent"), walked(many, "/ServeContent?sort=-name")
    assert len(up) == 109
    assert up == sorted(up)
    assert down == up[::-1]
    assert "Name 010" not in up


def test_a_search_stays_while_one_sorts_and_walks(many):
    found = walked(many, "/ServeContent?search=name&sort=-name")
    assert len(found) == 108
    body = many("/ServeContent?search=name&sort=-name").body.decode()
    assert 'aria-sort="descending"' in body
    assert 'href="/ServeContent?search=name&amp;sort=name"' in body
    assert '<input type="hidden" name="sort" value="-name">' in body
    assert b"No archival unit has these words" in many("/ServeContent?search=nothing-like-it").body


@pytest.mark.parametrize("kind", ["tsv", "csv"])
def test_the_whole_of_it_is_a_file(many, kind):
    got = many(f"/ServeContent?format={kind}&sort=-name")
    assert got.headers["content-type"].startswith("text/")
    assert got.headers["content-disposition"] == f'attachment; filename="archival-units.{kind}"'
    assert "link" not in got.headers
    rows = list(csv.reader(io.StringIO(got.body.decode()), delimiter="\t" if kind == "tsv" else ","))
    assert rows[0] == ["name", "begins-at", "collected"]
    assert [row[0] for row in rows[1:]] == walked(many, "/ServeContent?sort=-name")
    assert many(f"/ServeContent?format={kind}", method="HEAD").body == b""


def test_a_file_that_is_too_long_names_the_next(many, monkeypatch):
    monkeypatch.setattr("apps.delivery.missing_pages.MOST_IN_FILE", 60)
    got = many("/ServeContent?format=csv")
    assert len(got.body.splitlines()) == 61
    to = re.fullmatch(r'<([^>]+)>; rel="next"', got.headers["link"])[1]
    rest = many(to)
    assert len(rest.body.splitlines()) == 50
    assert "link" not in rest.headers


def test_nothing_of_an_address_breaks_out(many):
    got = many(
        "/ServeContent?search=" + quote('"><script>alert(1)</script>') + "&x=%22%3E%3Cscript%3E&sort=%22%3E"
    )
    assert got.status == 200
    assert b"<script" not in got.body
    assert "script-src" not in got.headers["content-security-policy"] or b"<script" not in got.body


def test_few_look_ups_either_way_and_on_a_site(db, settings, tmp_path, django_assert_max_num_queries):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()
    for number in range(60):
        held(f"http://pub.example/{number}")
    candidates(ours(), MOMENT)
    for descending in (False, True):
        for url in ("", "http://pub.example/"):
            with django_assert_max_num_queries(20):
                first = candidates(ours(), MOMENT, url=url, descending=descending)
                assert len(first) == 50
            with django_assert_max_num_queries(20):
                rest = candidates(ours(), MOMENT, url=url, after=first.after, descending=descending)
            keys = [one.name for one in (*first, *rest)]
            assert len(set(keys)) == 60
    assert AuStem.objects.count() == 60


# --- The choices of an OpenURL, and what is in memory


def test_the_choices_are_a_table_too(ask, rooms, au, monkeypatch):
    rooms.addresses.add("192.0.2.1")
    rooms.resolved["10.5555/a"] = "http://pub.example/new/"
    got = ask("/ServeContent?doi=10.5555/a&choices=1")
    assert b"What can be chosen" in got.body
    assert b'href="/ServeContent?doi=10.5555%2Fa&amp;choices=1&amp;sort=publisher"' in got.body
    rows = ask("/ServeContent?doi=10.5555/a&choices=1&format=tsv").body.decode().splitlines()
    assert rows[0] == "name\tpublisher\tfits\twhere"
    assert rows[1].split("\t")[2] == "fits the question"
    assert b"Nothing here has these words." in ask("/ServeContent?doi=10.5555/a&choices=1&search=zzz").body
    assert ask(f"/ServeContent?issn={ISSN}&search=x&sort=-name&format=csv").status == 200


def test_rows_in_memory_are_sorted_searched_and_paged():
    columns = (Column("a", "A"), Column("b", "B"), Column("c", "C", sorts=False))
    rows = [
        (Cell(f"É{n:03}"), Cell(str(n % 7)), Cell("x", note="word" if n == 5 else "")) for n in range(120)
    ]
    first = arranged("T", columns, rows, wish_of("/p", "sort=-a"))
    assert [row[0].text for row in first.rows[:2]] == ["É119", "É118"]
    assert (len(first.rows), first.following) == (50, "/p?sort=-a&after=50")
    last = arranged("T", columns, rows, wish_of("/p", "sort=-a&after=100"))
    assert (len(last.rows), last.following, last.first) == (20, "", "/p?sort=-a")
    assert len(arranged("T", columns, rows, wish_of("/p", "search=e00 WORD")).rows) == 1
    for odd in ("sort=c", "sort=none", "after=x", "after=-1", "format=exe", "after=٣"):
        assert len(arranged("T", columns, rows, wish_of("/p", odd)).rows) == 50


def test_no_sheet_takes_a_value_for_a_formula():
    columns = (Column("a", "A"),)
    body = as_file(columns, [(Cell("=1+1"),), (Cell("a\tb\nc"),), (Cell('q"'),)], "tsv").decode()
    assert body.split("\r\n") == ["a", "'=1+1", "a b c", '"q"""', ""]
