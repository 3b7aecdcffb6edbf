"""The pages about serving: who sees what, what is said, what is refused, in words."""

import datetime as dt

import pytest
import time_machine

from apps.accounts.choices import Role
from apps.delivery.models import InstitutionProxy, OwnReaderList, TriggerEvent
from apps.delivery.services import kept
from apps.delivery.services.articles import read_articles
from apps.delivery.services.ruling import rule_at
from apps.delivery.words import others_sentence, own_sentence
from apps.lockss.delivery import Access, Level, Reason, Rule, Verdict
from tests.asking import as_person, check_acting, check_reading, last_audit
from tests.delivery.places import MOMENT, URL, held, rule
from tests.delivery.test_articles import DOI, article, store
from tests.factories import make_agreement, make_au
from tests.repository.factories import use_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()
    with time_machine.travel(MOMENT, tick=False):
        yield


def pages(au) -> dict[str, str]:
    return {
        "network": "/serving/network/",
        "publisher": f"/serving/publishers/{au.publisher_id}/",
        "title": f"/serving/titles/{au.title_id}/",
        "au": f"/serving/aus/{au.slug}/",
    }


def test_everybody_who_is_signed_in_reads_them_and_network_administrators_write(client):
    au = make_au()
    check_reading(client, "/serving/", "nodes/list_page.html")
    check_reading(client, "/serving/triggers/", "nodes/list_page.html")
    for page in pages(au).values():
        assert '<form method="post" action="' + page not in check_reading(client, page, "delivery/place.html")
        check_acting(client, f"{page}say/", [Role.NETWORK])


@pytest.mark.parametrize("level", ["network", "publisher", "title", "au"])
def test_a_rule_is_said_seen_and_inherited(client, level):
    au = make_au()
    page = pages(au)[level]
    as_person(client, Role.NETWORK)
    answer = client.post(
        f"{page}say/", {"choice": "dark", "serve": "yes", "note": "by the board", "version": ""}
    )
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert last_audit().action == "delivery.rule"
    text = client.get(pages(au)["au"]).content.decode()
    word = {"network": "the network", "publisher": "the publisher", "title": "the title"}.get(level, "itself")
    assert "Nobody may read it: " in text
    assert f"{word} is dark." in text
    assert "by the board" in text
    for other in ("network", "publisher", "title", "au"):
        told = b"".join(client.get(f"/serving/?format=csv&level={other}").streaming_content).decode()
        assert told.count("dark") == (other == level), other


def test_an_old_form_and_a_wall_without_unit_are_refused_in_words(client):
    au = make_au()
    page = pages(au)["au"]
    as_person(client, Role.NETWORK)
    client.post(f"{page}say/", {"choice": "dark"})
    answer = client.post(f"{page}say/", {"choice": "light"})
    assert answer.status_code == 422
    assert "since your page was made" in answer.content.decode()
    answer = client.post(f"{page}say/", {"wall_length": "3", "version": "1"})
    assert answer.status_code == 422
    assert "number with its unit" in answer.content.decode()
    for wrong in ({"choice": "pink"}, {"embargo_until": "x"}, {"wall_length": "-1"}, {"note": "a\0b"}):
        assert client.post(f"{page}say/", {"version": "1", **wrong}).status_code == 422, wrong
    assert rule_at(au).choice == "dark"


def test_the_page_of_an_au_says_who_may_read_it_and_where_it_was_said(client):
    au = held(URL)
    as_person(client)
    text = client.get(f"/aus/{au.slug}/").content.decode()
    assert "Readers may have this node&#x27;s copy when the publisher fails: the network is gray." in text
    assert f'href="/serving/aus/{au.slug}/"' in text
    assert "Others may not see it." in text
    make_agreement(au.publisher, serve="no", name="The deed")
    assert (
        "Nobody may read it: serving is refused, as is said of the publisher."
        in client.get(f"/aus/{au.slug}/").content.decode()
    )
    assert ">The deed</a>" in client.get(f"/serving/aus/{au.slug}/").content.decode()
    rule(au=au, embargo_until=MOMENT.date() + dt.timedelta(days=40))
    assert "31 Dec 2026: an embargo runs." in client.get(f"/aus/{au.slug}/").content.decode()


def test_own_readers_with_malformed_entries_are_told_line_by_line(client):
    check_acting(client, "/serving/readers/keep/", [Role.NETWORK])
    as_person(client, Role.READER)
    assert client.get("/serving/readers/").status_code == 403
    as_person(client, Role.NETWORK)
    given = {"included": "192.0.2.0/24\nhere", "excluded": "::ffff:192.0.2.0/120", "roles": ["reader"]}
    assert client.post("/serving/readers/keep/", given).status_code == 302
    text = client.get("/serving/readers/").content.decode()
    assert "Line 2: “here” is no address and no network. It is passed over." in text
    assert "Line 1: “::ffff:192.0.2.0/120” is an IPv4 range written as IPv6" in text
    assert "nobody counts as own reader by address" in text
    assert client.post("/serving/readers/keep/", given).status_code == 422
    assert OwnReaderList.objects.get().roles == ["reader"]
    as_person(client, Role.LIBRARIAN)
    text = client.get("/serving/readers/").content.decode()
    assert "192.0.2.0/24" in text
    assert "readers/keep" not in text


def test_proxies_are_entered_changed_and_removed(client):
    for page in ("/serving/proxies/new/",):
        check_acting(client, page, [Role.NETWORK])
    as_person(client, Role.NETWORK)
    given = {"proxy-name": "ezproxy", "proxy-addresses": "192.0.2.1"}
    wrong = client.post("/serving/proxies/new/", given | {"proxy-addresses": "192.0.2.1/99"})
    assert (wrong.status_code, InstitutionProxy.objects.count()) == (422, 0)
    assert "Line 1" in wrong.content.decode()
    assert client.post("/serving/proxies/new/", given)["Location"] == "/serving/readers/"
    assert client.post("/serving/proxies/new/", given).status_code == 422
    row = InstitutionProxy.objects.get()
    assert "ezproxy" in client.get("/serving/readers/").content.decode()
    page = f"/serving/proxies/{row.pk}/"
    changed = {"name": "ez", "addresses": "192.0.2.2", "version": row.version}
    assert client.post(page, changed).status_code == 302
    assert client.post(page, changed).status_code == 422
    assert 'value="ez"' in client.get(page).content.decode()
    for _ in range(2):
        assert client.post(f"{page}remove/").status_code == 302
    assert not InstitutionProxy.objects.exists()


def test_a_trigger_event_goes_through_two_persons_on_its_pages(client):
    au = held(URL)
    page = pages(au)["au"]
    check_acting(client, f"{page}trigger/", [Role.LIBRARIAN, Role.NETWORK])
    as_person(client, Role.NETWORK)
    assert client.post(f"{page}trigger/", {"trigger-since": "2026-11-21"}).status_code == 422
    given = {
        "trigger-reason": "The house has closed",
        "trigger-since": "2026-11-21",
        "trigger-licence": "CC BY",
    }
    row_page = client.post(f"{page}trigger/", given)["Location"]
    row = TriggerEvent.objects.get()
    assert "The house has closed" in client.get(page).content.decode()
    assert "another network administrator confirms it" in client.get(row_page).content.decode()
    client.post(f"{row_page}confirm/", {"version": row.version})
    assert "You proposed it yourself" in client.get(row_page).content.decode()
    as_person(client, Role.NETWORK)
    assert "Confirm it as the second person" in client.get(row_page).content.decode()
    assert client.post(f"{row_page}confirm/", {"version": row.version}).status_code == 302
    assert (
        "Everybody may always read it: a trigger event, “The house has closed”."
        in client.get(page).content.decode()
    )
    store(au, (URL, article()))
    read_articles(au=au.pk)
    told = b"".join(client.get(f"{row_page}urls.csv").streaming_content).decode().splitlines()
    assert told[0] == "auid,url,preserved,doi"
    assert told[1].startswith(f"{au.auid},{URL},http")
    assert told[1].endswith(f",{DOI}")
    assert f"/triggered/{row.pk}" in client.get(row_page).content.decode()
    assert client.post(f"{row_page}withdraw/", {"withdraw-version": "1"}).status_code == 422
    assert (
        client.post(f"{row_page}withdraw/", {"withdraw-version": "1", "withdraw-why": "back"}).status_code
        == 302
    )
    assert "trigger event, “" not in client.get(page).content.decode()
    assert "back" in client.get(row_page).content.decode()
    check_acting(client, f"{row_page}confirm/", [Role.NETWORK])
    check_acting(client, f"{row_page}withdraw/", [Role.NETWORK])


def test_every_verdict_has_its_sentence():
    """Those of own readers differ from each other wherever the reason does."""
    mine = set(Reason) - {Reason.AUDITOR, Reason.NO_AUDITOR, Reason.NO_OWN_READER, Reason.OPENLY_REFUSED}
    said = {}
    for reason in mine:
        about = "2026-12-31" if reason is Reason.EMBARGO else "a reason"
        one = Verdict(Access.HIDDEN, reason, Rule(Level.TITLE, about))
        said[own_sentence(one)] = reason
        assert "%(" not in own_sentence(one)
    assert len(said) == len(mine)
    assert others_sentence(Verdict(Access.HIDDEN, Reason.NO_OWN_READER)) != others_sentence(
        Verdict(Access.GRAY, Reason.GRAY)
    )
