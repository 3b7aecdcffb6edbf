"""The years of a rule are changed after a look; when a rule acts is said; acts are counted by what came of them."""

import pytest
from django.core.management import call_command

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.aus.choices import SelectionOutcome
from apps.aus.errors import SubscriptionError
from apps.aus.models import Au, Selection, Subscription, SubscriptionChange
from apps.aus.services import (
    apply_subscriptions,
    change_subscription,
    deactivate_aus,
    end_subscription,
    select_aus,
)
from apps.aus.words import ALL, OUTCOMES, STOPPED
from tests.asking import as_person
from tests.aus.factories import chosen, load_sample, offer, volumes
from tests.aus.test_subscriptions import rows, selected, subscribe  # noqa: F401 - fixtures
from tests.aus.test_what_follows import plain

pytestmark = pytest.mark.django_db


def volumes_selected(rows) -> set[int]:  # noqa: F811
    here = selected()
    return {place for place, one in enumerate(rows, 1) if one.pk in here}


def change(row: Subscription, ranges: str, without: str = "", version: int | None = None) -> Subscription:
    asked = row.version if version is None else version
    return change_subscription(user=row.user, subscription=row, version=asked, ranges=ranges, without=without)


def test_changed_years_are_applied_at_the_next_scan_and_undo_nothing(rows):  # noqa: F811
    row = subscribe("2005-")
    apply_subscriptions()
    assert volumes_selected(rows) == {5, 6}
    row = change(row, "2001-2003", "2002")
    assert (row.version, row.seen_import_at) == (1, None)
    apply_subscriptions()
    assert volumes_selected(rows) == {1, 3, 5, 6}
    [told] = AuditEvent.objects.filter(action="aus.change-subscription")
    assert told.before == {"ranges": "2005-", "without": ""}
    assert told.after == {"ranges": "2001-2003", "without": "2002"}
    assert Selection.objects.count() == 2
    # What people deactivated stays so, and a scan without a change does nothing more.
    deactivate_aus(user=None, aus=Au.objects.filter(pk=chosen(rows[0]).pk))
    change(row, "2001-2004")
    apply_subscriptions()
    assert volumes_selected(rows) == {2, 3, 4, 5, 6}
    apply_subscriptions()
    assert Selection.objects.count() == 4


def test_the_same_form_twice_is_one_change_and_an_old_one_none(rows):  # noqa: F811
    row = subscribe("2005-")
    first = change(row, "2004-")
    again = change(row, "2004-", version=0)
    assert (first.version, again.version) == (1, 1)
    assert SubscriptionChange.objects.count() == 1
    with pytest.raises(SubscriptionError, match="look at it again"):
        change(row, "2003-", version=0)
    row.refresh_from_db()
    end_subscription(user=row.user, subscription=row)
    with pytest.raises(SubscriptionError, match="has ended"):
        change(row, "2001-")
    row.refresh_from_db()
    assert row.ranges == "2004-"


def test_what_is_the_same_is_no_change(rows):  # noqa: F811
    row = subscribe("2005-")
    assert change(row, "2005-").version == 0
    assert not SubscriptionChange.objects.exists()


def test_the_pages_show_before_they_change_and_keep_the_story(client, rows):  # noqa: F811
    row = subscribe("2005-")
    apply_subscriptions()
    as_person(client, Role.LIBRARIAN)
    own = f"/subscriptions/{row.pk}/"
    assert f'href="{own}change/"' in plain(client.get(own))
    form = client.get(f"{own}change/").context["form"]
    assert (form["ranges"].value(), form["version"].value()) == ("2005-", 0)
    page = client.get(f"{own}change/", {"ranges": "from 2003 to 2005", "without": "", "version": 0})
    assert page.context["chosen"] == [rows[2].pk, rows[3].pk]
    shown = plain(page)
    assert "2 archival units besides what it chose already" in shown
    assert "1 archival unit that it chose lies outside of these years and stays as it is." in shown
    assert Subscription.objects.get().ranges == "2005-"
    data = page.context["data"]
    assert client.post(f"{own}change/", data)["Location"] == own
    assert client.post(f"{own}change/", data)["Location"] == own
    shown = plain(client.get(own))
    assert "2005- → 2003-2005" in shown
    assert "the next scan applies the changed years" in shown
    old = client.post(f"{own}change/", {**data, "ranges": "2001-"})
    assert old.status_code == 422
    assert "has been changed since that page was made" in plain(old)
    apply_subscriptions()
    assert "the next scan applies" not in plain(client.get(own))
    assert volumes_selected(rows) == {3, 4, 5, 6}


@pytest.mark.parametrize(
    ("data", "said"),
    [({"ranges": "soon", "version": 0}, "is no range"), ({"ranges": ",", "version": 0}, "Say which years")],
)
def test_years_that_are_none_are_refused_before_and_after(client, rows, data, said):  # noqa: F811
    row = subscribe("2005-")
    as_person(client, Role.LIBRARIAN)
    for answer in (
        client.get(f"/subscriptions/{row.pk}/change/", data),
        client.post(f"/subscriptions/{row.pk}/change/", data),
    ):
        assert answer.status_code == 422
        assert said in plain(answer)
    assert client.post(f"/subscriptions/{row.pk}/change/", {"ranges": "2001"}).status_code == 422


def test_who_may_change_and_that_an_ended_rule_is_not(client, rows):  # noqa: F811
    row = subscribe("2005-")
    own = f"/subscriptions/{row.pk}/"
    data = {"ranges": "2001-", "without": "", "version": 0}
    assert client.post(f"{own}change/", data)["Location"].startswith("/accounts/sign-in/")
    as_person(client, Role.READER, Role.NETWORK)
    assert client.get(f"{own}change/").status_code == 403
    assert client.post(f"{own}change/", data).status_code == 403
    row.refresh_from_db()
    assert row.ranges == "2005-"
    end_subscription(user=row.user, subscription=row)
    as_person(client, Role.LIBRARIAN)
    assert f"{own}change/" not in plain(client.get(own))
    assert client.get(f"{own}change/")["Location"] == own


def test_when_a_rule_acts_is_said_before_and_on_its_page(client, rows):  # noqa: F811
    row = subscribe("2005-")
    as_person(client, Role.LIBRARIAN)
    for address in ("/subscriptions/new/", f"/subscriptions/{row.pk}/", f"/subscriptions/{row.pk}/change/"):
        page = plain(client.get(address))
        assert "It selects what the lists name now, at the next scan (every 1 min)" in page
        assert "after each import of a title list" in page
        assert "What is selected already stays as it is" in page


def test_the_list_of_rules_shows_what_they_leave_out(client, rows):  # noqa: F811
    subscribe("2003-", without="2004")
    as_person(client)
    page = plain(client.get("/subscriptions/"))
    assert ">Except</th>" in page
    assert ">2004</td>" in page
    assert "2004" in b"".join(client.get("/subscriptions/?format=csv")).decode()


def test_an_act_is_counted_by_what_came_of_it(client):
    load_sample()
    found = offer(*volumes(8))
    select_aus(user=None, listed_au_ids=[row.pk for row in found[:2]])
    select_aus(user=None, listed_au_ids=[row.pk for row in found])
    as_person(client)
    page = client.get("/selections/")
    newest = page.context["list"].rows[0]
    assert ">6<" in newest
    assert "2 were so already" in newest
    assert "8 <" not in newest
    lines = b"".join(client.get("/selections/?format=csv")).decode().splitlines()
    assert lines[1].split(",")[-1] == "6"


def test_one_word_for_what_is_not_collected_any_more():
    assert OUTCOMES[SelectionOutcome.DEACTIVATED].label == "Deactivated"
    assert "deactivated" in str(STOPPED.meaning)
    assert not [word.code for word in ALL if "aken out" in f"{word.label} {word.meaning}"]


def test_the_act_of_deactivating_says_deactivated(client, rows):  # noqa: F811
    subscribe("2005-")
    apply_subscriptions()
    as_person(client, Role.LIBRARIAN)
    act = deactivate_aus(user=None, aus=Au.objects.all()).selection
    page = plain(client.get(f"/selections/{act.pk}/"))
    assert "2 were deactivated." in page
    assert "aken out" not in page
    asked = client.post(
        "/titles/units/choose/", {"all_matching": "yes", "matching": "", "action": "deactivate", "seen": "x"}
    )
    assert "aken out" not in plain(asked)


def test_the_models_are_migrated():
    call_command("makemigrations", "aus", check=True, dry_run=True, verbosity=0)
