"""What somebody deactivated comes back only by a button of its own, after a question."""

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.aus.models import Au, Selection
from apps.aus.services import deactivate_aus, select_aus
from apps.titles.models import TitleSet
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db):
    """Volume 1 is selected, volume 2 deactivated, volume 3 neither."""
    load_sample()
    found = offer(*volumes(3))
    select_aus(user=None, listed_au_ids=[found[0].pk, found[1].pk])
    deactivate_aus(user=None, au_keys=[Au.objects.get(listed=found[1]).pk])
    return found


def state(row) -> str | None:
    return Au.objects.filter(listed=row).values_list("state", flat=True).first()


def pages_of(row) -> list[tuple[str, str]]:
    """A page with the buttons, and where the second one leads."""
    own, publisher = f"/titles/{row.title_id}/", f"/publishers/{row.publisher_id}/"
    return [(own, f"{own}choose/"), (publisher, f"{publisher}aus/choose/")]


@pytest.mark.parametrize("which", [0, 1])
def test_the_button_takes_what_was_never_selected(client, rows, which):
    own, _again = pages_of(rows[0])[which]
    as_person(client, Role.LIBRARIAN)
    page = client.get(own).content.decode()
    assert "Select the one that is not selected yet" in page
    act = client.post(f"{own}select-all/", follow=True).content.decode()
    assert [state(row) for row in rows] == ["selected", "deactivated", "selected"]
    assert Selection.objects.latest("pk").total == 1
    assert "1 was selected." in act


@pytest.mark.parametrize("which", [0, 1])
def test_the_deactivated_come_back_after_a_question(client, rows, which):
    own, again = pages_of(rows[0])[which]
    as_person(client, Role.LIBRARIAN)
    page = client.get(own)
    assert "Re-activate the one that is deactivated" in page.content.decode()
    button = next(one for one in page.context["head"].actions if one.label.startswith("Re-activate"))
    assert button.url == again
    asked = client.post(button.url, button.fields)
    assert "1 is deactivated and comes back." in asked.content.decode()
    assert state(rows[1]) == "deactivated"
    done = client.post(button.url, {**asked.context["confirm"].fields, "confirmed": "yes"}, follow=True)
    assert "1 was re-activated." in done.content.decode()
    assert [state(row) for row in rows] == ["selected", "selected", None]
    assert "Re-activate the" not in client.get(own).content.decode()


def test_a_reader_is_offered_neither(client, rows):
    as_person(client)
    assert "Re-activate the" not in client.get(f"/titles/{rows[0].title_id}/").content.decode()


def test_selecting_a_whole_set_leaves_the_deactivated(client, rows):
    one = TitleSet.objects.create(name="All", kind="publisher", publisher=rows[0].publisher)
    as_person(client, Role.LIBRARIAN)
    client.post(f"/sets/{one.pk}/act/", {"action": "select"})
    assert [state(row) for row in rows] == ["selected", "deactivated", "selected"]


def test_the_record_calls_what_came_back_re_activated(rows):
    select_aus(user=None, listed_au_ids=[row.pk for row in rows])
    events = AuditEvent.objects.filter(subject__startswith="au:")
    assert [
        events.filter(subject=f"au:{Au.objects.get(listed=row).slug}").latest("pk").action for row in rows
    ] == [
        "aus.select",
        "aus.reactivate",
        "aus.select",
    ]
