"""Collection records: written once, changed by version, closed and opened, read by whoever signed in."""

import uuid

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.aus.choices import Risk
from apps.aus.errors import CollectionError
from apps.aus.forms_collections import CollectionForm, initial_of
from apps.aus.models import CollectionRecord
from apps.aus.services.collections import (
    Said,
    add_collection,
    change_collection,
    close_collection,
    collections_of,
    scope_of,
)
from apps.titles.models import ListedAu, ListImport
from apps.titles.services import start_undo
from tests.accounts.factories import make_person
from tests.asking import as_person, check_acting, check_reading
from tests.aus.factories import load_sample, offer, volumes
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    """Three volumes of one publisher, one of another."""
    load_sample()
    return offer(*volumes(3), read_au(read_title("Hills", publisher="Marsh & Sons", eissn="2345-678X"), 1))


def said(rows, **more) -> Said:
    given = {
        "name": "Estuaries of the North",
        "institution": "Alder College",
        "risk": Risk.HIGH,
        "publishers": [rows[0].publisher],
        **more,
    }
    return Said(**given)


def record(rows, **more) -> CollectionRecord:
    return add_collection(user=make_person("lee", Role.LIBRARIAN), said=said(rows, **more), request_key=None)


def form_data(**more) -> dict:
    given = {
        "name": "Estuaries of the North",
        "institution": "Alder College",
        "risk": "high",
        "publishers": "tidewater PRESS",
        "request_key": str(uuid.uuid4()),
        **more,
    }
    return {key: value for key, value in given.items() if value is not None}


def test_the_same_form_twice_is_one_record(client, rows):
    as_person(client, Role.LIBRARIAN)
    data = form_data()
    for _ in range(2):
        answer = client.post("/collections/new/", data)
        assert answer.status_code == 302
    row = CollectionRecord.objects.get()
    assert answer["Location"] == f"/collections/{row.pk}/"
    assert list(row.publishers.all()) == [rows[0].publisher]
    assert AuditEvent.objects.filter(action="aus.collection-add").count() == 1


def test_an_old_form_over_a_newer_row_changes_nothing(client, rows):
    as_person(client, Role.LIBRARIAN)
    row = record(rows)
    first = form_data(version=row.version, name="Estuaries", titles="2345678x")
    assert client.post(f"/collections/{row.pk}/change/", first).status_code == 302
    old = form_data(version=row.version, name="Something else")
    answer = client.post(f"/collections/{row.pk}/change/", old)
    assert answer.status_code == 422
    assert "Somebody changed this record" in answer.content.decode()
    row.refresh_from_db()
    assert (row.name, row.name_key, row.version) == ("Estuaries", "estuaries", 1)
    assert [title.name for title in row.titles.all()] == ["Hills"]
    assert client.post(f"/collections/{row.pk}/change/", form_data()).status_code == 400


def test_what_a_form_holds_is_what_the_record_is(rows):
    row = record(rows, titles=[rows[3].title], listed_aus=rows[:2], why="=1+1\nold", rights="none")
    form = CollectionForm({**initial_of(row), "publishers": initial_of(row)["publishers"]})
    assert form.is_valid(), form.errors
    again = form.said
    assert (again.name, again.why, again.risk) == (row.name, "=1+1\nold", Risk.HIGH)
    assert list(again.publishers) == [rows[0].publisher]
    assert list(again.titles) == [rows[3].title]
    assert {one.pk for one in again.listed_aus} == {rows[0].pk, rows[1].pk}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("publishers", "Nobody & Co", "line 1: “Nobody &amp; Co” is named by no title list"),
        ("titles", "Hills\nValleys", "line 2: “Valleys” is named by no title list"),
        ("listed_aus", "org|x&y~1", "is named by no title list"),
        ("publishers", None, "Say what it is"),
        ("name", "", "This field is required"),
        ("name", "a\x00b", "Null characters are not allowed"),
        ("risk", "enormous", "Select a valid choice"),
        ("since", "yesterday", "Enter a valid date"),
        ("titles", "x\n" * 501, "At most 500 lines"),
    ],
)
def test_what_a_form_cannot_mean_is_told_at_its_field(client, rows, field, value, expected):
    as_person(client, Role.LIBRARIAN)
    answer = client.post("/collections/new/", form_data(**{field: value}))
    assert answer.status_code == 422
    assert expected in answer.content.decode()
    assert not CollectionRecord.objects.exists()


def test_a_name_of_several_titles_is_not_guessed(client, rows):
    offer(read_au(read_title("Hills", publisher="Tidewater Press"), 5), name="Other")
    as_person(client, Role.LIBRARIAN)
    answer = client.post("/collections/new/", form_data(titles="Hills"))
    assert "is the name of several" in answer.content.decode()


def test_closed_and_opened_by_the_version_that_was_seen(client, rows):
    row = record(rows)
    as_person(client, Role.LIBRARIAN)
    own = f"/collections/{row.pk}/"
    assert client.post(f"{own}close/", {"version": "0"}).status_code == 302
    row.refresh_from_db()
    assert row.closed_at is not None
    assert not collections_of(rows[0].title).exists()
    client.post(f"{own}reopen/", {"version": "0"})
    row.refresh_from_db()
    assert row.closed_at is not None
    client.post(f"{own}reopen/", {"version": "1"})
    row.refresh_from_db()
    assert row.closed_at is None
    for wrong in ("", "x", "-1", "9" * 30):
        assert client.post(f"{own}close/", {"version": wrong}).status_code == 400
    assert [event.action for event in AuditEvent.objects.order_by("-id")[:2]] == [
        "aus.collection-reopen",
        "aus.collection-close",
    ]


def test_services_refuse_an_old_version(rows):
    row = record(rows)
    person = make_person("max", Role.LIBRARIAN)
    change_collection(user=person, record=row, version=0, said=said(rows, name="New"))
    with pytest.raises(CollectionError):
        change_collection(user=person, record=row, version=0, said=said(rows, name="Old"))
    with pytest.raises(CollectionError):
        close_collection(user=person, record=row, version=0, closed=True)
    row.refresh_from_db()
    assert (row.name, row.closed_at) == ("New", None)


def test_a_title_leads_to_what_it_is_part_of(client, rows):
    by_publisher = record(rows)
    by_unit = add_collection(
        user=make_person("max", Role.LIBRARIAN),
        said=said(rows, name="A single volume", publishers=[], listed_aus=[rows[3]]),
        request_key=None,
    )
    assert list(collections_of(rows[0].title)) == [by_publisher]
    assert list(collections_of(rows[3].title)) == [by_unit]
    as_person(client)
    page = client.get(f"/titles/{rows[3].title_id}/").content.decode()
    assert f'<a href="/collections/{by_unit.pk}/">A single volume</a>' in page
    assert by_publisher.name not in page


def test_scope_is_all_that_is_named_once(rows):
    row = record(rows, titles=[rows[0].title], listed_aus=[rows[3], rows[1]])
    assert sorted(scope_of(row).listed.values_list("pk", flat=True)) == sorted(one.pk for one in rows)


def test_who_may_read_and_write(client, rows):
    row = record(rows)
    check_reading(client, "/collections/", "aus/list_page.html")
    assert "Describe a collection</a>" not in client.get("/collections/").content.decode()
    for path in (f"/collections/{row.pk}/close/", f"/collections/{row.pk}/reopen/"):
        check_acting(client, path, [Role.LIBRARIAN], {"version": "7"})
    for path in ("/collections/new/", f"/collections/{row.pk}/change/"):
        client.logout()
        assert client.get(path)["Location"].startswith("/accounts/sign-in/")
        assert client.post(path, form_data())["Location"].startswith("/accounts/sign-in/")
        for role in (Role.READER, Role.REPORTS, Role.NETWORK):
            as_person(client, role)
            assert client.get(path).status_code == 403
            assert client.post(path, form_data(version=0)).status_code == 403
        as_person(client, Role.LIBRARIAN)
        assert client.get(path).status_code == 200
    assert CollectionRecord.objects.count() == 1


def test_the_list_is_found_sorted_and_saved(client, rows):
    one = record(rows, institution="=cmd()", since="2020-01-01")
    person = make_person("max", Role.LIBRARIAN)
    for name, risk in (("Zoology", Risk.LOW), ("Água", Risk.MEDIUM)):
        add_collection(user=person, said=said(rows, name=name, risk=risk), request_key=None)
    close_collection(user=person, record=one, version=0, closed=True)
    as_person(client)

    def names(query: str) -> list[str]:
        answer = client.get(f"/collections/{query}")
        assert answer.status_code == 200
        return [row.name for row in answer.context["list"].items]

    assert names("") == ["Água", "Estuaries of the North", "Zoology"]
    assert names("?sort=risk") == ["Estuaries of the North", "Água", "Zoology"]
    assert names("?q=agua") == ["Água"]
    assert names("?risk=low") == ["Zoology"]
    assert names("?closed=no") == ["Água", "Zoology"]
    assert names("?sort=since")[0] == "Estuaries of the North"
    assert client.get("/collections/?risk=huge").status_code == 400
    saved = b"".join(client.get("/collections/?format=csv").streaming_content).decode()
    assert "'=cmd()" in saved


def test_undoing_an_import_leaves_what_a_record_names(rows):
    row = record(rows, publishers=[], titles=[rows[3].title], listed_aus=[rows[0]])
    done = ListImport.objects.get()
    job = start_undo(list_import=done, version=done.version, user=make_person("max", Role.NETWORK))
    assert job is None
    assert list(row.titles.all()) == [rows[3].title]
    assert list(row.listed_aus.all()) == [rows[0]]
    assert not ListedAu.objects.filter(pk=rows[1].pk).exists()
