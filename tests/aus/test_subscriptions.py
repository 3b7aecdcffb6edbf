"""Rules that select what appears: what they choose, when, what they leave alone, and how they are undone."""

import pytest

from apps.accounts.choices import Role
from apps.aus.forms import RuleForm
from apps.aus.models import Au, Selection, Subscription
from apps.aus.services import (
    Rule,
    add_subscription,
    apply_subscriptions,
    deactivate_aus,
    run_batch,
    select_aus,
    undo_subscription,
)
from apps.aus.tasks import apply_subscriptions as scan
from apps.common.models import Job
from apps.titles.errors import SetError
from apps.titles.models import Publisher, Title, TitleSet
from apps.titles.services import Meaning, add_titles, delete_set, make_set
from tests.accounts.factories import make_person
from tests.asking import as_person, check_acting, check_reading, last_audit
from tests.aus.factories import chosen, load_sample, offer, volumes

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    load_sample()
    return offer(*volumes(6), *volumes(2, "Notes", publisher="Marsh"))


def subscribe(ranges: str = "2003-", token: str = "t", user=None, **more) -> Subscription:
    rule = Rule(publisher=Publisher.objects.get(name="Tidewater Press"), ranges=ranges, **more)
    return add_subscription(user=user or make_person(f"sub{token}", Role.LIBRARIAN), token=token, rule=rule)


def selected() -> set[int]:
    return set(Au.objects.filter(state="selected").values_list("listed_id", flat=True))


def test_it_selects_what_is_there_and_later_what_appears(rows):
    row = subscribe()
    scan()
    assert selected() == {one.pk for one in rows[2:6]}
    more = offer(*volumes(8))
    scan()
    assert selected() == {one.pk for one in more[2:8]}
    assert row.chosen.count() == 6
    assert Selection.objects.count() == 2
    scan()
    assert Selection.objects.count() == 2


def test_exceptions_win_and_what_is_not_on_offer_is_left(rows):
    offer(*volumes(1, "Unready", status="manifest", publisher="Tidewater Press"))
    subscribe("all", without="2002-2004")
    apply_subscriptions()
    assert selected() == {rows[at].pk for at in (0, 4, 5)}


def test_by_title_and_by_platform(rows):
    assert len(list(Rule(title=Title.objects.get(name="Notes")).chooses())) == 2
    assert len(list(Rule(plugin_id=rows[0].plugin_id, ranges="2001").chooses())) == 2
    assert list(Rule(plugin_id="other").chooses()) == []


def test_what_a_person_took_out_is_left_alone(rows):
    select_aus(user=None, listed_au_ids=[rows[5].pk])
    deactivate_aus(user=None, au_keys=[chosen(rows[5]).pk])
    subscribe()
    apply_subscriptions()
    assert selected() == {one.pk for one in rows[2:5]}
    deactivate_aus(user=None, au_keys=[chosen(rows[2]).pk])
    offer(*volumes(6))
    apply_subscriptions()
    assert selected() == {one.pk for one in rows[3:5]}


def test_undoing_takes_out_what_the_rule_alone_selected(rows):
    select_aus(user=None, listed_au_ids=[rows[2].pk])
    row = subscribe()
    apply_subscriptions()
    select_aus(user=None, listed_au_ids=[rows[3].pk])
    act = undo_subscription(user=row.user, subscription=row)
    assert act.selection.total == 2
    assert selected() == {rows[2].pk, rows[3].pk}
    assert Au.objects.count() == 4
    offer(*volumes(9))
    assert apply_subscriptions() == []
    row.refresh_from_db()
    assert row.ended_at is not None
    assert undo_subscription(user=row.user, subscription=row) is None


def test_hundreds_are_a_job_and_undone_only_when_it_is_finished(rows, client):
    offer(*volumes(90))
    row = subscribe("-")
    scan()
    assert Job.objects.get().subject == Selection.objects.get().job_subject
    client.force_login(row.user)
    response = client.post(f"/subscriptions/{row.pk}/undo/", {"confirmed": "yes"}, follow=True)
    assert "still selecting" in response.content.decode()
    while run_batch(selection_id=Selection.objects.get().pk):
        pass
    assert undo_subscription(user=row.user, subscription=row).selection.total == 90


def test_pages_and_who_may(client, rows):
    row = subscribe()
    apply_subscriptions()
    assert "Tidewater Press" in check_reading(client, "/subscriptions/")
    page = check_reading(client, f"/subscriptions/{row.pk}/", "aus/subscription.html")
    assert "Journal of Estuarine Studies Volume 3" in page
    client.logout()
    assert client.get("/subscriptions/new/").status_code == 302
    as_person(client, Role.READER, Role.NETWORK)
    assert client.get("/subscriptions/new/").status_code == 403
    for part in ("keep", f"{row.pk}/end", f"{row.pk}/undo"):
        check_acting(client, f"/subscriptions/{part}/", [Role.LIBRARIAN])
    assert Subscription.objects.get().ended_at is None


def test_a_rule_is_tried_kept_once_ended_and_undone(client, rows):
    as_person(client, Role.LIBRARIAN)
    assert client.get("/subscriptions/new/").status_code == 200
    rule = {"publisher": "tidewater press", "ranges": "from 2004 on", "without": ""}
    page = client.get("/subscriptions/new/", rule)
    assert page.context["chosen"] == [one.pk for one in rows[3:6]]
    assert "3 archival units of what the lists name now" in page.content.decode()
    assert not Subscription.objects.exists()
    token = page.context["token"]
    first = client.post("/subscriptions/keep/", {**rule, "token": token})
    again = client.post("/subscriptions/keep/", {**rule, "token": token})
    assert first["Location"] == again["Location"]
    row = Subscription.objects.get()
    assert (row.ranges, last_audit().action) == ("2004-", "aus.subscribe")
    apply_subscriptions()
    asked = client.post(f"/subscriptions/{row.pk}/undo/")
    assert "3 archival units that only this rule selected" in asked.content.decode()
    client.post(f"/subscriptions/{row.pk}/end/")
    row.refresh_from_db()
    assert row.ended_at is not None
    client.post(f"/subscriptions/{row.pk}/undo/", {"confirmed": "yes"})
    assert selected() == set()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"ranges": "2004-"}, "Name a publisher"),
        ({"publisher": "Nobody", "ranges": "2004-"}, "No title list names"),
        ({"publisher": "Marsh", "ranges": "soon"}, "is no range"),
        ({"publisher": "Marsh", "ranges": ","}, "Say which years"),
        ({"plugin_id": "x.y", "ranges": "all"}, "No plugin of this node"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_sentence(client, rows, rule, said):
    form = RuleForm(rule)
    assert said in str(form.errors)
    as_person(client, Role.LIBRARIAN)
    assert client.get("/subscriptions/new/", rule).status_code == 422
    assert client.post("/subscriptions/keep/", {**rule, "token": "x"}).status_code == 422
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("said", ["Journal of Estuarine Studies", "1234-5679"])
def test_where_only_the_publisher_is_wrong_its_field_says_so(rows, said):
    Title.objects.filter(name="Journal of Estuarine Studies").update(issn="1234-5679")
    form = RuleForm({"publisher": "Marsh", "title": said, "ranges": "all"})
    assert set(form.errors) == {"publisher"}
    assert "“Journal of Estuarine Studies” is of Tidewater Press." in form.errors["publisher"][0]
    form = RuleForm({"publisher": "Marsh", "title": "Nobody's Annals", "ranges": "all"})
    assert set(form.errors) == {"title"}


def test_a_rule_for_a_title_is_shown_with_its_publisher(rows, client):
    Title.objects.filter(name="Journal of Estuarine Studies").update(issn="1234-5679")
    as_person(client, Role.LIBRARIAN)
    page = client.get("/subscriptions/new/", {"title": "1234-5679", "ranges": "all"}).content.decode()
    assert "Journal of Estuarine Studies · Tidewater Press" in page
    row = add_subscription(
        user=make_person("sue", Role.LIBRARIAN),
        token="one",
        rule=Rule(title=Title.objects.get(issn="1234-5679"), ranges="all"),
    )
    for path in ("/subscriptions/", f"/subscriptions/{row.pk}/"):
        assert "Journal of Estuarine Studies · Tidewater Press" in client.get(path).content.decode(), path
    # A publisher that was named with it is not said twice.
    row.publisher = row.title.publisher
    row.save()
    assert client.get("/subscriptions/").content.decode().count("Tidewater Press") == 1


def test_of_a_title_set_that_grows(rows, client):
    waters = make_set(user=None, request_key=None, meaning=Meaning(name="Waters"))
    holder = make_set(user=None, request_key=None, meaning=Meaning(name="All waters", parts=(waters,)))
    as_person(client, Role.LIBRARIAN)
    assert "All waters" in client.get(f"/subscriptions/new/?set={holder.pk}").content.decode()
    rule = {"title_set": str(holder.pk), "ranges": "2002-", "without": ""}
    page = client.get("/subscriptions/new/", rule)
    assert page.context["chosen"] == []
    client.post("/subscriptions/keep/", {**rule, "token": page.context["token"]})
    scan()
    assert selected() == set()
    add_titles(user=None, title_set=waters, titles=Title.objects.filter(name="Notes"))
    scan()
    assert selected() == {rows[7].pk}
    assert Selection.objects.count() == 1
    scan()
    assert Selection.objects.count() == 1
    assert "set All waters" in client.get("/subscriptions/").content.decode()
    version = TitleSet.objects.get(pk=holder.pk).version
    with pytest.raises(SetError, match="“All waters” is used: subscription"):
        delete_set(user=None, title_set=holder, version=version)


def test_a_set_whose_search_cannot_be_read_stops_no_other_rule(rows):
    broken = make_set(
        user=None, request_key=None, meaning=Meaning(name="Old", kind="query", query="colour=red")
    )
    user = make_person("old", Role.LIBRARIAN)
    add_subscription(user=user, token="old", rule=Rule(title_set=broken, ranges="-"))
    subscribe("2006")
    apply_subscriptions()
    assert selected() == {rows[5].pk}
