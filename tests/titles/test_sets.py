"""Title sets: what belongs to them, that they hold no circle, and that what uses them keeps them."""

import threading
import uuid

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import AuditEvent
from apps.titles.choices import SetKind
from apps.titles.errors import SetCode, SetError
from apps.titles.models import ListedAu, ListImport, Publisher, Title, TitleSet, TitleSetPart
from apps.titles.services import (
    Meaning,
    add_titles,
    change_set,
    delete_set,
    make_set,
    remove_titles,
    start_undo,
    titles_in,
    units_in,
)
from apps.titles.services.importing import run_import
from tests.accounts.factories import make_person
from tests.titles.factories import make_import, read_au, read_file, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue() -> dict[str, Title]:
    blocks = [
        read_title("Estuaries", "Tidewater Press"),
        read_title("Marsh Notes", "Tidewater Press", attributes={"info[contract]": "2026"}),
        read_title("Água e Vida", "Marsh & Sons"),
        read_title("Dunes", "Sand Society"),
    ]
    aus = [read_au(block, volume) for block in blocks for volume in (1, 2)]
    aus.append(read_au(blocks[3], 3, attributes={"rights": "openaccess"}))
    run_import(list_import=make_import(), files=[read_file(aus)])
    return {title.name: title for title in Title.objects.all()}


def make(name: str = "Ours", **more) -> TitleSet:
    return make_set(user=None, request_key=uuid.uuid4(), meaning=Meaning(name=name, **more))


def by_hand(name: str, *titles: Title, parts: tuple[TitleSet, ...] = ()) -> TitleSet:
    row = make(name, parts=parts)
    add_titles(user=None, title_set=row, titles=Title.objects.filter(pk__in=[one.pk for one in titles]))
    return TitleSet.objects.get(pk=row.pk)


def names(title_set: TitleSet) -> set[str]:
    return set(titles_in(title_set).values_list("name", flat=True))


def units(title_set: TitleSet) -> list[str]:
    return sorted(units_in(title_set).values_list("name", flat=True))


def test_of_a_publisher(catalogue):
    row = make(kind=SetKind.PUBLISHER, publisher=Publisher.objects.get(name="Tidewater Press"))
    assert names(row) == {"Estuaries", "Marsh Notes"}
    assert len(units(row)) == 4


def test_of_a_tag_with_a_value_and_with_any(catalogue):
    assert names(make("a", kind=SetKind.TAG, tag_key="info[contract]", tag_value="2026")) == {"Marsh Notes"}
    assert names(make("b", kind=SetKind.TAG, tag_key="info[contract]")) == {"Marsh Notes"}
    assert names(make("c", kind=SetKind.TAG, tag_key="info[contract]", tag_value="2027")) == set()


def test_a_tag_of_single_units_means_only_these(catalogue):
    row = make(kind=SetKind.TAG, tag_key="rights", tag_value="openaccess")
    assert names(row) == {"Dunes"}
    assert units(row) == ["Dunes Volume 3"]
    holder = by_hand("Both", catalogue["Estuaries"], parts=(row,))
    assert units(holder) == ["Dunes Volume 3", "Estuaries Volume 1", "Estuaries Volume 2"]


def test_of_a_search_and_within_another_set(catalogue):
    assert names(make("a", kind=SetKind.QUERY, query="q=agua")) == {"Água e Vida"}
    assert names(make("b", kind=SetKind.QUERY, query="publisher=tide&years=2001")) == {
        "Estuaries",
        "Marsh Notes",
    }
    inner = by_hand("Inner", catalogue["Dunes"], catalogue["Estuaries"])
    assert names(make("c", kind=SetKind.QUERY, query="publisher=tide", within=inner)) == {"Estuaries"}
    assert names(make("d", kind=SetKind.QUERY, within=inner)) == {"Dunes", "Estuaries"}


def test_sets_in_sets_and_titles_that_come_and_go(catalogue):
    inner = by_hand("Inner", catalogue["Dunes"])
    middle = by_hand("Middle", parts=(inner,))
    outer = by_hand("Outer", catalogue["Estuaries"], parts=(middle, inner))
    assert names(outer) == {"Dunes", "Estuaries"}
    one = Title.objects.filter(name="Dunes")
    assert remove_titles(user=None, title_set=inner, titles=one) == 1
    assert names(outer) == {"Estuaries"}
    assert add_titles(user=None, title_set=inner, titles=one) == 1
    assert add_titles(user=None, title_set=inner, titles=one) == 0
    assert names(outer) == {"Dunes", "Estuaries"}
    assert names(make("Nothing")) == set()
    assert units(make("Nothing too")) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14))
def test_no_order_of_putting_sets_into_sets_makes_a_circle(edges):
    """Whatever is refused: following what is held never leads back, and nothing else is refused."""
    TitleSet.objects.all().delete()
    rows = [make(f"Set {number}") for number in range(6)]
    held: dict[int, set[int]] = {number: set() for number in range(6)}

    def leads(start: int, end: int) -> bool:
        return start == end or any(leads(one, end) for one in held[start])

    for holder, part in edges:
        row = TitleSet.objects.get(pk=rows[holder].pk)
        parts = tuple(rows[one] for one in sorted(held[holder] | {part}))
        circle = leads(part, holder)
        meaning = Meaning(name=row.name, parts=parts)
        if circle:
            with pytest.raises(SetError, match="circle"):
                change_set(user=None, title_set=row, version=row.version, meaning=meaning)
        else:
            change_set(user=None, title_set=row, version=row.version, meaning=meaning)
            held[holder].add(part)
    assert TitleSetPart.objects.count() == sum(len(parts) for parts in held.values())
    TitleSetPart.objects.all().delete()


def test_a_circle_through_a_search_is_refused(catalogue):
    inner = by_hand("Inner", catalogue["Dunes"])
    search = make("Search", kind=SetKind.QUERY, query="q=dunes", within=inner)
    with pytest.raises(SetError, match="“Search” holds “Inner”, so this would be a circle"):
        change_set(
            user=None,
            title_set=inner,
            version=inner.version,
            meaning=Meaning(name="Inner", parts=(search,)),
        )


def test_the_same_form_twice_is_one_set_and_a_name_stands_for_one():
    key = uuid.uuid4()
    first = make_set(user=None, request_key=key, meaning=Meaning(name="Ours"))
    assert make_set(user=None, request_key=key, meaning=Meaning(name="Ours")).pk == first.pk
    with pytest.raises(SetError, match="There is a set called “OURS” already") as error:
        make("OURS")
    assert error.value.code == SetCode.NAME_TAKEN
    assert TitleSet.objects.count() == 1


def test_an_old_form_over_a_newer_row_is_refused(catalogue):
    row = make()
    change_set(user=None, title_set=row, version=0, meaning=Meaning(name="Other"))
    for does in (
        lambda: change_set(user=None, title_set=row, version=0, meaning=Meaning(name="Third")),
        lambda: delete_set(user=None, title_set=row, version=0),
    ):
        with pytest.raises(SetError) as error:
            does()
        assert error.value.code == SetCode.OLD_FORM
    assert TitleSet.objects.get().name == "Other"
    delete_set(user=None, title_set=row, version=1)
    assert not TitleSet.objects.exists()


def test_what_is_used_is_not_deleted_and_says_by_what(catalogue):
    inner = make("Inner")
    by_hand("Holder", parts=(inner,))
    make("Search", kind=SetKind.QUERY, query="q=x", within=inner)
    with pytest.raises(SetError, match="“Inner” is used: the set “Holder”, the set “Search”"):
        delete_set(user=None, title_set=inner, version=0)


def test_a_set_that_is_gone_is_told(catalogue):
    inner = make("Inner")
    outer = make("Outer")
    delete_set(user=None, title_set=TitleSet.objects.get(pk=inner.pk), version=0)
    with pytest.raises(SetError, match="The set “Inner” is not there any more"):
        change_set(user=None, title_set=outer, version=0, meaning=Meaning(name="Outer", parts=(inner,)))
    with pytest.raises(SetError, match="“Inner” is not there any more"):
        add_titles(user=None, title_set=inner, titles=Title.objects.all())


def test_titles_are_put_only_into_sets_by_hand(catalogue):
    row = make(kind=SetKind.TAG, tag_key="rights")
    with pytest.raises(SetError) as error:
        add_titles(user=None, title_set=row, titles=Title.objects.all())
    assert error.value.code == SetCode.OTHER_KIND
    with pytest.raises(SetError):
        change_set(user=None, title_set=row, version=0, meaning=Meaning(name="x"))


def test_who_did_what_is_on_record(catalogue):
    user = make_person("lee", "librarian")
    row = make_set(user=user, request_key=None, meaning=Meaning(name="Ours"))
    add_titles(user=user, title_set=row, titles=Title.objects.all())
    add_titles(user=user, title_set=row, titles=Title.objects.all())
    told = list(AuditEvent.objects.filter(subject=f"title-set:{row.pk}").order_by("pk"))
    assert [one.action for one in told] == ["titles.set-new", "titles.set-add"]
    assert told[1].after == {"name": "Ours", "titles": 4}
    assert {one.username for one in told} == {"lee"}


def test_undoing_an_import_leaves_what_a_set_holds(catalogue):
    row = by_hand("Ours", catalogue["Dunes"])
    make("Publisher", kind=SetKind.PUBLISHER, publisher=Publisher.objects.get(name="Marsh & Sons"))
    done = ListImport.objects.get()
    assert start_undo(list_import=done, version=done.version, user=make_person("net", "network")) is None
    assert not ListedAu.objects.exists()
    assert names(row) == {"Dunes"}
    assert set(Publisher.objects.values_list("name", flat=True)) == {"Sand Society", "Marsh & Sons"}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_put_sets_into_each_other_make_no_circle():
    one, other = make("One"), make("Other")
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def put(row: TitleSet, part: TitleSet) -> None:
        try:
            gate.wait()
            change_set(user=None, title_set=row, version=0, meaning=Meaning(name=row.name, parts=(part,)))
            outcomes.append("done")
        except SetError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=put, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", SetCode.CIRCLE]
    assert TitleSetPart.objects.count() == 1
