"""What two lists say of one unit: the newest describes it, which is told before and after, and taken back."""

from dataclasses import replace

import pytest

from apps.titles.choices import ChangeKind, ImportState
from apps.titles.models import ListedAu, ListImport, Publisher
from apps.titles.services import apply_import
from apps.titles.services.importing import run_import
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.titles.factories import read_au, read_file, read_title
from tests.titles.test_undoing import do, five, snapshot, undo

pytestmark = pytest.mark.django_db
ISSN = "2049-3630"
OTHER = read_title("Stolen Annals", issn=ISSN)


def taken(count: int = 2, title=OTHER) -> list:
    """Units of the first list as another one describes them: under another title, name and year."""
    return [
        replace(au, title=title, name=f"{title.name} {n}", year="1999")
        for n, au in enumerate(five()[:count], start=1)
    ]


def agree(row: ListImport) -> ListImport:
    """What a person saw is applied, or shown anew."""
    files = [read_file(taken())]
    apply_import(list_import=row, version=row.version, retire=False, user=make_person("nina", "network"))
    return run_import(list_import=ListImport.objects.get(pk=row.pk), files=files)


def test_a_preview_tells_what_it_takes_from_another_list():
    do(five())
    row = do(taken(), name="Thief", ask=True)
    # New in this list, and described otherwise than the other one does.
    assert (row.added, row.changed, row.unchanged, row.titles_changed) == (2, 2, 0, 0)
    line = row.preview.get(kind=ChangeKind.CHANGED, name="Journal of Estuarine Studies Volume 1")
    assert line.fields["title_id"] == ["Journal of Estuarine Studies", "Stolen Annals"]
    assert line.fields["name"] == ["Journal of Estuarine Studies Volume 1", "Stolen Annals 1"]
    assert line.fields["year"] == ["2001", "1999"]
    done = agree(row)
    assert (done.state, done.added, done.changed, done.unchanged) == (ImportState.DONE, 2, 2, 0)
    assert set(done.changes.values_list("kind", flat=True)) == {ChangeKind.CHANGED}


def test_what_another_list_names_alike_is_only_new():
    do(five())
    row = do(five()[:2], name="Other", ask=True)
    assert (row.added, row.changed, row.unchanged) == (2, 0, 0)
    assert set(row.preview.values_list("kind", flat=True)) == {ChangeKind.ADDED}


def test_the_pages_count_it_before_and_after(client):
    as_person(client, "network")
    do(five())
    row = do(taken(), name="Thief", ask=True)
    page = client.get(f"/lists/imports/{row.pk}/").content.decode()
    assert "would be described otherwise; 0 stay as they are" in page
    assert "Stolen Annals" in client.get(f"/lists/imports/{row.pk}/preview/?kind=changed").content.decode()
    agree(row)
    page = client.get(f"/lists/imports/{row.pk}/").content.decode()
    assert "are described otherwise than before; 0 are as they were" in page
    assert "Stolen Annals" in client.get(f"/lists/imports/{row.pk}/changes/?kind=changed").content.decode()
    page = client.get(f"/lists/imports/{row.pk}/undo/").content.decode()
    assert "2 archival units are described as before" in page


def test_a_list_applied_in_between_is_seen_in_what_the_other_would_take():
    row = do(taken(), name="Thief", ask=True)
    assert (row.added, row.changed) == (2, 0)
    between = do(five(), name="Between")
    again = agree(row)
    assert again.state == ImportState.PREVIEW
    assert f"Import {between.pk} of Between was applied since" in again.error
    assert (again.added, again.changed) == (2, 2)


def test_one_described_otherwise_in_between_is_seen_though_the_numbers_are_the_same():
    do(five())
    row = do(taken(), name="Thief", ask=True)
    between = do([replace(au, name=f"{au.name}!") for au in five()], name="Between")
    again = agree(row)
    assert again.state == ImportState.PREVIEW
    assert f"Import {between.pk} of Between was applied since" in again.error
    assert (again.added, again.changed) == (2, 2)


@pytest.mark.parametrize("count", [2, 5])
def test_it_is_taken_back_whole(count):
    do(five())
    before = snapshot()
    row = do(taken(count), name="Thief")
    assert snapshot() != before
    undo(row)
    assert snapshot() == before


def test_a_title_that_a_later_list_emptied_stays_for_the_way_back():
    """The list that first named it goes; what a third one took from it goes back to it all the same."""
    first = do(five(), name="First")
    do(five(), name="Also")
    thief = do(taken(5), name="Thief")
    undo(first)
    undo(ListImport.objects.get(pk=thief.pk))
    assert set(ListedAu.objects.values_list("title__name", "name")) == {
        ("Journal of Estuarine Studies", f"Journal of Estuarine Studies Volume {n}") for n in range(1, 6)
    }
    assert Publisher.objects.get().au_count == 5


@pytest.mark.parametrize("spelt", ["TIDEWATER PRESS", "Tidewater   press", "  Tidéwater Press "])
def test_the_first_spelling_of_a_publisher_stays(spelt):
    """It is one row of many lists: an odd spelling in one of them is no change of the others'."""
    do(five())
    before = snapshot()
    row = do([replace(au, title=replace(au.title, publisher=spelt)) for au in five()], name="Other")
    assert Publisher.objects.get().name == "Tidewater Press"
    undo(row)
    assert snapshot() == before


def test_a_new_publisher_is_named_without_doubled_blanks():
    do([read_au(read_title(publisher="  Delta \t  House "), 1)])
    assert Publisher.objects.get().name == "Delta House"
