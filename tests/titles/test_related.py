"""Former and later titles, as far as lists say so: by a source's number, an ISSN, a whole name; both ways."""

import pytest

from apps.titles.models import Title
from apps.titles.related import related_to
from apps.titles.services.importing import run_import
from apps.titles.staging import ReadCoverage, ReadFile
from tests.asking import as_person
from tests.titles.factories import make_import, read_au, read_file, read_title

pytestmark = pytest.mark.django_db


def offer(*blocks) -> dict[str, Title]:
    run_import(list_import=make_import(), files=[read_file([read_au(block, 1) for block in blocks])])
    return {one.name: one for one in Title.objects.all()}


def lines(name: str, *pairs: tuple[object, str]) -> None:
    found = [ReadCoverage(block, "k.tsv", at, number) for at, (block, number) in enumerate(pairs, 2)]
    run_import(list_import=make_import(name), files=[ReadFile("k.tsv", b"1", (), (), False, found)])


def names(titles: tuple[Title, ...]) -> list[str]:
    return [one.name for one in titles]


@pytest.mark.parametrize("said", ["Therapy, 1475-0708", "[1475-0708]", "Therapy"])
def test_a_comment_is_followed_and_read_backwards(said):
    rows = offer(
        read_title("Therapy", issn="1475-0708"),
        read_title("Clinical Practice", attributes={"comment[continues]": said}),
        read_title("Others"),
    )
    assert names(related_to(rows["Clinical Practice"]).former) == ["Therapy"]
    assert names(related_to(rows["Therapy"]).later) == ["Clinical Practice"]
    assert related_to(rows["Therapy"]).former == ()
    assert related_to(rows["Others"]) == related_to(rows["Others"]).__class__()


def test_an_issn_that_is_not_here_is_not_guessed_from_a_name_alone():
    rows = offer(
        read_title("Therapy", issn="1111-1111"),
        read_title("New", attributes={"comment[continued_by]": "2222-2222"}),
        read_title("Odd", attributes={"comment[moved]": "moved to Wiley"}),
    )
    for row in rows.values():
        assert related_to(row).former == related_to(row).later == ()


def test_the_number_of_a_kbart_source_means_only_its_own_titles():
    old = read_title("Old Letters", issn="1475-0708")
    new = read_title("New Letters", issn="2049-3630", attributes={"former_title_id": "17"})
    lines("A", (old, "17"), (new, "18"))
    lines("B", (read_title("Stranger", issn="0378-5955"), "17"))
    rows = {one.name: one for one in Title.objects.all()}
    assert names(related_to(rows["New Letters"]).former) == ["Old Letters"]
    assert names(related_to(rows["Old Letters"]).later) == ["New Letters"]
    assert related_to(rows["Stranger"]).later == ()


def test_a_kbart_source_that_names_the_issn(client):
    new = read_title("New Letters", attributes={"former_title_id": "1475-0708"})
    rows = offer(read_title("Old Letters", issn="1475-0708"), new)
    assert names(related_to(rows["New Letters"]).former) == ["Old Letters"]
    assert names(related_to(rows["Old Letters"]).later) == ["New Letters"]
    as_person(client)
    page = client.get(f"/titles/{rows['New Letters'].pk}/").content.decode()
    assert "Former title" in page
    assert f'href="/titles/{rows["Old Letters"].pk}/"' in page
