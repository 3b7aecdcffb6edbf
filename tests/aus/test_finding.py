"""One box that finds a title by what a librarian has at hand; filters that mean the same on every list."""

import pytest
from django.db.models import QuerySet
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.aus.filters import find_titles, find_units, remark_on
from apps.aus.scopes import in_years, years_in
from apps.aus.services import deactivate_aus, select_aus
from apps.lockss.holdings import PeriodError
from apps.titles.models import ListedAu, Title, TitleList
from apps.titles.services.importing import run_import
from apps.titles.staging import ReadCoverage
from tests.asking import as_person
from tests.aus.factories import chosen, load_sample, offer, volumes
from tests.titles.factories import make_import, read_au, read_file, read_title

pytestmark = pytest.mark.django_db
ESTUARINE, AGUA, BOOK = "Journal of Estuarine Studies", "Água e Vida", "The Dune Book"


@pytest.fixture
def rows() -> list[ListedAu]:
    load_sample()
    estuarine = read_title(ESTUARINE, issn="0378-5955", eissn="2049-3630", issn_l="0378-5955")
    agua = read_title(AGUA, "Marsh & Søns", issn="1234-5678")
    book = read_title(BOOK, "Sand Society", kind="book", isbn_keys=("9780306406157",))
    aus = [read_au(estuarine, volume) for volume in (1, 2)]
    aus.append(read_au(agua, 1, isbn="0-306-40615-X", eisbn="978-3-16-148410-0"))
    return offer(*aus, read_au(book, 5))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0378-5955", [ESTUARINE]),
        ("03785955", [ESTUARINE]),
        ("ISSN 0378–5955", [ESTUARINE]),
        ("eISSN: 2049-3630", [ESTUARINE]),
        ("issn-l 0378-5955", [ESTUARINE]),
        ("9999-9999", []),
        ("978-0-306-40615-7", [BOOK]),
        ("9780306406157", [BOOK]),
        ("0-306-40615-2", [BOOK]),
        ("ISBN 0306406152", [BOOK]),
        ("ISBN-13: 978 0 306 40615 7", [BOOK]),
        ("978-3-16-148410-0", [AGUA]),
        ("3-16-148410-X", [AGUA]),
        ("agua", [AGUA]),
        ("ÁGUA vid", [AGUA]),
        ("stuar", [ESTUARINE]),
        ("marsh & sons", [AGUA]),
        ("sand soc", [BOOK]),
        ("sand soc agua", []),
        ("", [ESTUARINE, BOOK, AGUA]),
    ],
)
def test_titles(rows, text, found):
    assert sorted(find_titles(Title.objects.all(), text).values_list("name", flat=True)) == sorted(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("estuar", 2),
        ("estuar 2002", 1),
        ("estuar volume 2", 1),
        ("0378-5955", 2),
        ("978-3-16-148410-0", 1),
        ("0306406152", 1),
        ("marsh", 1),
        ("nothing 2002", 0),
        ("", 4),
    ],
)
def test_units(rows, text, found):
    assert find_units(ListedAu.objects.all(), text).count() == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1234-5678", "The check digit of the ISSN 1234-5678 is wrong"),
        ("978-0-306-40615-8", "978-0-306-40615-8 is no right ISBN: its check digit is wrong."),
        ("0378-5955", ""),
        ("978-0-306-40615-7", ""),
        ("estuar", ""),
        ("", ""),
    ],
)
def test_a_wrong_check_digit_is_said(client, rows, text, said):
    assert remark_on(text).startswith(said)
    assert bool(remark_on(text)) == bool(said)
    as_person(client, Role.READER)
    for address in ("/titles/", "/titles/units/"):
        assert (said in client.get(address, {"q": text}).content.decode()) or not said


def test_a_number_that_a_list_has_wrong_is_found_all_the_same_and_said_on_its_page(client, rows):
    assert find_titles(Title.objects.all(), "1234-5678").get().name == AGUA
    as_person(client, Role.READER)
    page = client.get(f"/titles/{Title.objects.get(name=AGUA).pk}/").content.decode()
    assert page.count("Its check digit is wrong.") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("publisher=sand", {BOOK}),
        ("platform=sample", {ESTUARINE, AGUA, BOOK}),
        ("platform=other", set()),
        ("years=2005", {BOOK}),
        ("years=2002-2005", {ESTUARINE, BOOK}),
        ("years=until+2001", {ESTUARINE, AGUA}),
        ("here=selected", {ESTUARINE}),
        ("here=deactivated", {AGUA}),
        ("here=none", {BOOK}),
        ("here=none&years=2001", set()),
    ],
)
def test_titles_and_units_are_narrowed_alike(client, rows, query, found):
    select_aus(user=None, listed_au_ids=[rows[0].pk, rows[1].pk, rows[2].pk])
    deactivate_aus(user=None, au_keys=[chosen(rows[2]).pk])
    as_person(client, Role.READER)
    titles = client.get(f"/titles/?{query}").context["list"].items
    assert {one.name for one in titles} == found
    units = client.get(f"/titles/units/?{query}").context["list"].items
    assert {one.title.name for one in units} == found


def test_by_list_of_units_and_of_coverage(client, rows, monkeypatch):
    offer(*volumes(1, "Other"), name="Second")
    line = ReadCoverage(read_title(BOOK, "Sand Society", isbn_keys=("9780306406157",)), "k.tsv", 2, "b1")
    file = read_file([], name="k.tsv")
    run_import(
        list_import=make_import("Lines"),
        files=[type(file)(file.name, file.sha256, (), (), False, [line])],
    )
    as_person(client, Role.READER)
    lists = {one.name: one.pk for one in TitleList.objects.all()}
    for big in (20_000, 0):
        monkeypatch.setattr("apps.aus.scopes.BIG_LIST", big)
        for name, found in (
            ("Second", {"Other"}),
            ("Lines", {BOOK}),
            ("Riverside", {ESTUARINE, AGUA, BOOK}),
        ):
            page = client.get(f"/titles/?list={lists[name]}").context["list"].items
            assert {one.name for one in page} == found, (name, big)
        units = client.get(f"/titles/units/?list={lists['Second']}").context["list"].items
        assert [one.title.name for one in units] == ["Other"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/titles/?years=20x", "“years” is “20x”"),
        ("/titles/?years=2004(3)", "expected years"),
        ("/titles/?here=selectd", "“here” is “selectd”"),
        ("/titles/?list=7777", "the number of a title list"),
        ("/titles/units/?set=x", "expected a number"),
        ("/titles/units/?colour=red", "cannot be narrowed by “colour”"),
        ("/titles/units/?sort=colour", "cannot be sorted by “colour”"),
        ("/sets/?kind=colour", "“kind” is “colour”"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_it(client, rows, address, said):
    as_person(client, Role.READER)
    response = client.get(address)
    assert response.status_code == 400
    assert said in response.content.decode()


YEAR = st.integers(1990, 1999)


@given(
    st.lists(st.tuples(YEAR, YEAR).map(sorted), min_size=1, max_size=6),
    st.lists(st.tuples(YEAR, YEAR).map(sorted), min_size=1, max_size=3),
)
def test_a_unit_is_meant_if_one_of_its_years_is(spans, ranges):
    aus = [read_au(read_title(), n, year=f"{a}-{b}") for n, (a, b) in enumerate(spans, 1)]
    made = offer(*aus, name="Years")
    text = ", ".join(f"{first}-{last}" for first, last in ranges)
    found: QuerySet = ListedAu.objects.filter(in_years(years_in(text)), pk__in=[one.pk for one in made])
    wanted = {year for first, last in ranges for year in range(first, last + 1)}
    expected = {row.pk for row, (a, b) in zip(made, spans, strict=True) if wanted & set(range(a, b + 1))}
    assert set(found.values_list("pk", flat=True)) == expected


def test_years_alone():
    assert len(years_in("2004, from 2010 on")) == 2
    for text in ("", "x", "(12)", "2004(1)-2005"):
        with pytest.raises(PeriodError):
            years_in(text)
