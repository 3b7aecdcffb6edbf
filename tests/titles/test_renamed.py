"""A title under another name stays the title that it is: its number, its address, and the way back."""

from dataclasses import replace

import pytest

from apps.titles.models import ImportChange, ListedAu, ListImport, Publisher, Title
from apps.titles.related import now_at, related_to
from apps.titles.services import dependents, start_undo
from tests.asking import as_person
from tests.titles.factories import read_au, read_title
from tests.titles.test_related import lines
from tests.titles.test_undoing import do, snapshot

pytestmark = pytest.mark.django_db
ISSN, OTHER = "1234-5679", "2049-3630"
OLD = read_title("Estuarine Letters", issn=ISSN)


def aus(title=OLD, first: int = 1, last: int = 3) -> list:
    """The units of the old title, listed under ``title``."""
    return [replace(read_au(OLD, volume), title=title) for volume in range(first, last + 1)]


def undo(row: ListImport) -> None:
    start_undo(list_import=row, version=row.version, user=None)


@pytest.mark.parametrize(
    "renamed",
    [
        read_title("Letters of Estuaries", issn=ISSN),
        read_title("Letters of Estuaries"),
        read_title("Letters of Estuaries", issn=ISSN, eissn=OTHER),
        read_title("Estuarine Letters", publisher="Delta House", issn=ISSN),
        read_title("Letters of Estuaries", publisher="Delta House", issn=ISSN),
    ],
)
@pytest.mark.parametrize("ask", [False, True])
def test_another_name_of_the_same_title_keeps_its_number(renamed, ask):
    do(aus())
    before, number = snapshot(), Title.objects.get().pk
    if ask:
        shown = do(aus(renamed), ask=True)
        assert snapshot() == before
        line = shown.preview.get(kind="title")
        assert ("name" in line.fields, "publisher" in line.fields) == (
            renamed.name != OLD.name,
            renamed.publisher != OLD.publisher,
        )
    row = do(aus(renamed))
    title = Title.objects.select_related("publisher").get()
    assert (title.pk, title.name, title.publisher.name) == (number, renamed.name, renamed.publisher)
    assert (title.name_key, title.au_count) == (renamed.name.casefold(), 3)
    counts = dict(Publisher.objects.values_list("name", "au_count"))
    assert counts.pop(renamed.publisher) == 3
    assert set(counts.values()) <= {0}
    assert row.titles_changed == 1
    assert do(aus(renamed)).titles_changed == 0
    undo(ListImport.objects.order_by("-pk")[0])
    undo(ListImport.objects.get(pk=row.pk))
    assert snapshot() == before


def test_a_list_that_still_has_the_old_name_means_the_same_title():
    do(aus())
    number = Title.objects.get().pk
    do(aus(read_title("Letters of Estuaries", issn=ISSN)))
    lines("Knowledge base", (OLD, "17"))
    assert [(one.pk, one.name) for one in Title.objects.all()] == [(number, "Letters of Estuaries")]
    before = snapshot()
    lines("Knowledge base", (OLD, "17"))
    assert snapshot() == before
    # One that names its units has the last word, as of all else that it says of them.
    do(aus(), name="Another")
    assert [(one.pk, one.name) for one in Title.objects.all()] == [(number, "Estuarine Letters")]
    do(aus(read_title("Letters of Estuaries", issn=ISSN)))
    assert [(one.pk, one.name) for one in Title.objects.all()] == [(number, "Letters of Estuaries")]


@pytest.mark.parametrize(
    "again",
    [
        # It is a title with a number of its own.
        aus(read_title("Letters of Estuaries", issn=OTHER)),
        # The old title is named still.
        [*aus(read_title("Letters of Estuaries", issn=ISSN)), read_au(OLD, 9)],
        # Some units stay.
        aus(read_title("Letters of Estuaries", issn=ISSN), 2),
        # They go to two titles.
        [*aus(read_title("A", issn=ISSN), 1, 1), *aus(read_title("B", issn=ISSN), 2)],
    ],
)
def test_what_is_more_than_another_name_is_another_title(again):
    do(aus())
    number = Title.objects.get().pk
    do(again)
    assert Title.objects.get(pk=number).name == OLD.name
    assert Title.objects.exclude(pk=number).exists()


def test_units_without_a_title_left_lead_on_from_the_old_address(client):
    as_person(client)
    do(aus())
    old = Title.objects.get()
    moved = do(aus(read_title("Letters of Estuaries", issn=OTHER)))
    new = Title.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert now_at(old) == (new,)
    assert now_at(new) == ()
    # It has a number of its own: the page says so and leads on.
    page = client.get(f"/titles/{old.pk}/")
    assert page.status_code == 200
    assert f'href="/titles/{new.pk}/"' in page.content.decode()
    assert "Its archival units are listed under another title now" in page.content.decode()
    assert related_to(new).former == (old,)
    assert related_to(old).later == (new,)
    assert Title.objects.get(pk=new.pk).preceding_id == old.pk
    undo(moved)
    assert not Title.objects.exclude(pk=old.pk).exists()
    assert now_at(Title.objects.get(pk=old.pk)) == ()


def test_an_old_address_leads_to_the_title_that_was_there_already(client):
    as_person(client)
    do([*aus(), read_au(read_title("Letters of Estuaries", issn=ISSN), 9)])
    old, new = Title.objects.order_by("name")
    do(aus(read_title("Letters of Estuaries", issn=ISSN)))
    answer = client.get(f"/titles/{old.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/titles/{new.pk}/")
    assert related_to(new).former == ()
    assert Title.objects.get(pk=new.pk).preceding_id is None


def test_an_old_address_names_all_where_its_units_went(client):
    as_person(client)
    do(aus())
    old = Title.objects.get()
    do([*aus(read_title("A", issn=ISSN), 1, 1), *aus(read_title("B", issn=ISSN), 2)])
    page = client.get(f"/titles/{old.pk}/").content.decode()
    for one in Title.objects.exclude(pk=old.pk):
        assert f'href="/titles/{one.pk}/"' in page


def test_new_units_under_the_same_number_are_where_the_old_ones_were(client):
    """The units of the old name are gone from the list, others came under the new one."""
    as_person(client)
    do(aus())
    old = Title.objects.get()
    do([read_au(read_title("Letters of Estuaries", issn=ISSN), 1)], retire=True)
    new = Title.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert now_at(old) == (new,)
    page = client.get(f"/titles/{old.pk}/")
    # Its own units are to be seen still.
    assert page.status_code == 200
    assert f'href="/titles/{new.pk}/"' in page.content.decode()


def test_a_name_taken_meanwhile_keeps_the_import_from_being_undone():
    do(aus(read_title("Estuarine Letters")))
    row = do(aus(read_title("Letters of Estuaries")))
    others = [read_au(read_title("Letters of Estuaries"), 7), read_au(read_title("Estuarine Letters"), 8)]
    do(others, name="Another")
    assert Title.objects.count() == 2
    assert any("Estuarine Letters" in one.text for one in dependents(row))


def test_a_preceding_title_that_a_list_names_is_kept_with_the_title():
    said = {"comment[continues]": f"Estuarine Letters, {ISSN}"}
    do([*aus(), read_au(read_title("Letters", issn=OTHER, attributes=said), 1)])
    old, new = Title.objects.get(name=OLD.name), Title.objects.get(name="Letters")
    assert (new.preceding_id, old.preceding_id) == (old.pk, None)
    row = do(
        [read_au(read_title("Notes", attributes={"comment[continued_by]": "Estuarine Letters"}), 1)], "B"
    )
    old.refresh_from_db()
    assert old.preceding.name == "Notes"
    undo(row)
    old.refresh_from_db()
    assert old.preceding_id is None
    assert ImportChange.objects.exists() is False
    assert ListedAu.objects.count() == 4
