"""What is told before and after a choice is made, on the pages where it is made."""

from dataclasses import replace

import pytest
from django.conf import settings as current

from apps.accounts.choices import Role
from apps.aus import choosing, looking
from apps.aus.models import Au, Selection
from apps.aus.services.estimating import estimate
from apps.aus.services.weighing import weigh
from apps.common.display import moment_text
from apps.titles.models import ListedAu
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_estimating import GB, collect, store
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(settings):
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    load_sample()
    title = read_title("Journal of Estuarine Studies", publisher="Tidewater Press")
    found = offer(*volumes(60), read_au(title, 70, status="down"))
    collect(found[:1], 2 * GB)
    weigh(whole=Au.objects.all())
    return found


def plain(answer) -> str:
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def choose(client, rows, **more):
    data = {"chosen": [str(row.pk) for row in rows], "action": "select", **more}
    return client.post(f"/titles/{rows[0].title_id}/choose/", data)


def test_title_and_publisher_tell_size_time_and_basis(client, rows):
    as_person(client)
    for path in (f"/titles/{rows[0].title_id}/", f"/publishers/{rows[0].publisher_id}/"):
        page = plain(client.get(path))
        assert "about 59 GB to 236 GB" in page
        assert "60 of 60 known: 1 is here already, 59 by other units of their title." in page
        assert "Time to collect" in page


def test_numbers_of_the_store_say_of_what_and_of_when_they_are(client, rows):
    """Content and its WARC files differ in size, the disk goes on being filled, and promises are of the whole node."""
    as_person(client)
    space = store(used=2 * GB)
    space.promised_low = space.promised_high = 3 * GB
    space.save()
    space.refresh_from_db()
    page = plain(client.get(f"/titles/{rows[0].title_id}/"))
    assert f"Measured {moment_text(space.measured_at)}." in page.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "of these titles or others, takes at least 3 GB" in page
    only_held = looking.size_said(estimate(ListedAu.objects.filter(pk=rows[0].pk)))
    assert only_held.replace("\N{NO-BREAK SPACE}", " ") == (
        "nothing more: all of it is here and takes 2 GB of the store as WARC files"
    )


def test_looking_changes_nothing_and_leads_on(client, rows):
    as_person(client, Role.LIBRARIAN)
    before = Selection.objects.count()
    answer = choose(client, [rows[1], rows[2], rows[-1]], action="look")
    page = plain(answer)
    assert answer.status_code == 200
    assert "Gone from the publisher" in page
    assert f'href="/titles/{rows[0].title_id}/?offer=down"' in page
    assert page.count('type="hidden" name="chosen"') == 3
    assert Selection.objects.count() == before
    assert choose(client, rows[1:3], confirmed="yes").status_code == 302
    assert Selection.objects.count() == before + 1


def test_a_choice_without_room_is_asked_about_once_more(client, settings, rows):
    as_person(client, Role.LIBRARIAN)
    settings.NODE = replace(settings.NODE, content_quota="3 GB")
    store(used=2 * GB)
    before = Selection.objects.count()
    answer = choose(client, rows[1:4])
    page = plain(answer)
    assert "The store has no room for all of it." in page
    assert "It would add at least 3 GB. Of the store&#x27;s quota of 3 GB, 1 GB are left" in page
    assert Selection.objects.count() == before
    assert choose(client, rows[1:4], confirmed="yes").status_code == 302
    assert Selection.objects.count() == before + 1


def test_a_node_that_refuses_offers_no_button_and_takes_no_form(client, settings, rows):
    as_person(client, Role.LIBRARIAN)
    settings.NODE = replace(settings.NODE, content_quota="3 GB", over_quota="refuse")
    store(used=2 * GB)
    before = Selection.objects.count()
    page = plain(choose(client, rows[1:4], action="look"))
    assert "Nothing was selected." in page
    assert "Select them</button>" not in page
    answer = client.post(
        f"/titles/{rows[0].title_id}/choose/",
        {"chosen": [row.pk for row in rows[1:4]], "action": "select", "confirmed": "yes"},
        follow=True,
    )
    assert "Nothing was selected." in plain(answer)
    assert Selection.objects.count() == before


def test_the_question_about_many_and_the_act_tell_the_same(client, rows):
    as_person(client, Role.LIBRARIAN)
    page = plain(client.post(f"/titles/{rows[0].title_id}/select-all/"))
    assert "Select all that is on offer" in page
    assert "about 59 GB to 236 GB" in page
    answer = choose(client, [rows[1], rows[-1]])
    page = plain(client.get(answer["Location"]))
    assert "Gone from the publisher" in page
    assert "about 1 GB to 4 GB" in page


def test_a_rule_tells_what_it_would_take(client, rows):
    as_person(client, Role.LIBRARIAN)
    page = plain(client.get("/subscriptions/new/?publisher=Tidewater+Press&ranges=from+2050+on"))
    assert "about 11 GB to 44 GB" in page


def test_the_wrong_person_cannot_look_and_nobody_signs_in(client, rows):
    assert choose(client, rows[:2], action="look").status_code == 302
    for role in (Role.READER, Role.NETWORK, Role.REPORTS):
        as_person(client, role)
        assert choose(client, rows[:2], action="look").status_code == 403
    assert current.NODE.content_quota == ""


def test_what_is_selected_already_is_not_counted_twice(client, settings, rows):
    """Room is promised once; afterwards the page says whether the promises can be kept."""
    as_person(client, Role.LIBRARIAN)
    settings.NODE = replace(settings.NODE, content_quota="5 GB")
    space = store(used=2 * GB)
    answer = choose(client, rows[1:3], confirmed="yes")
    space.promised_low, space.promised_high = 2 * GB, 3 * GB
    space.save()
    page = plain(client.get(answer["Location"]))
    assert "about 2 GB to 8 GB" in page
    assert "no room" not in page
    space.promised_low, space.promised_high = 4 * GB, 8 * GB
    space.save()
    assert "The store has no room for all that is selected." in plain(client.get(answer["Location"]))


@pytest.mark.parametrize(("number", "said"), [(1, "set, 1 unit at once."), (3, "set, 3 units at once.")])
def test_the_pace_of_one_unit_is_said_as_one(settings, number, said):
    settings.NODE = replace(settings.NODE, crawl_parallel=number)
    assert said in looking._pace_said()


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [("1-a", "2-b", "there was 1, there are 2 now."), ("2-b", "1-a", "there were 2, there is 1 now.")],
)
def test_a_list_of_one_that_has_changed_is_said_as_one(before, now, said, monkeypatch):
    monkeypatch.setattr(choosing, "count_in", lambda digest: int(digest[0]))
    assert choosing._changed(before, now)[0].endswith(said)
