"""Rules, own readers, proxies and trigger events as people write them; two who write at once."""

import datetime as dt
from threading import Barrier, Thread

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.delivery.choices import Choice
from apps.delivery.models import InstitutionProxy, ServingRule, TriggerEvent
from apps.delivery.services import kept
from apps.delivery.services.lookup import find
from apps.delivery.services.ruling import (
    Rule,
    remove_proxy,
    rule_at,
    set_own_readers,
    set_proxy,
    set_rule,
)
from apps.delivery.services.triggering import (
    confirm_trigger,
    counts,
    events_of,
    open_event,
    propose_trigger,
    triggered_urls,
    withdraw_trigger,
)
from apps.lockss.delivery import Access, PublisherFlag, Reason
from tests.accounts.factories import make_person
from tests.delivery.places import MOMENT, URL, anybody, held, ours, rule
from tests.factories import make_agreement, make_au
from tests.repository.factories import use_store

SINCE = MOMENT.date()


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()
    with time_machine.travel(MOMENT, tick=False):
        yield


def verdict(asker=None):
    found = find([URL], asker or anybody(), MOMENT).best
    return None if found is None else found.verdict


def triggered(where, *, since: dt.date = SINCE) -> TriggerEvent:
    first, second = make_person("first", Role.LIBRARIAN), make_person("second", Role.NETWORK)
    event = propose_trigger(where=where, reason="the house has closed", since=since, user=first)
    return confirm_trigger(event=event, version=event.version, user=second)


# Rules


@pytest.mark.parametrize("level", ["network", "publisher", "title", "au"])
def test_a_rule_is_kept_with_who_said_it_and_audited(level):
    au, person = make_au(), make_person("nel", Role.NETWORK)
    where = {"network": None, "publisher": au.publisher, "title": au.title, "au": au}[level]
    assert rule_at(where) is None
    row = set_rule(where=where, rule=Rule(choice=Choice.DARK, note="by hand"), version=None, user=person)
    assert (rule_at(where), rule_at(where).choice, rule_at(where).said_by) == (row, "dark", person)
    set_rule(where=where, rule=Rule(choice=Choice.LIGHT), version=row.version, user=person)
    event = AuditEvent.objects.order_by("-id").first()
    assert (event.action, event.before["choice"], event.after["choice"]) == ("delivery.rule", "dark", "light")
    assert ServingRule.objects.count() == 1


def test_who_saw_an_older_rule_or_none_changes_nothing():
    au, person = make_au(), make_person("nel", Role.NETWORK)
    row = set_rule(where=au, rule=Rule(choice=Choice.DARK), version=None, user=person)
    set_rule(where=au, rule=Rule(choice=Choice.GRAY), version=row.version, user=person)
    for version in (None, row.version, 99):
        with pytest.raises(ValidationError, match="since your page was made"):
            set_rule(where=au, rule=Rule(choice=Choice.LIGHT), version=version, user=person)
    assert rule_at(au).choice == "gray"


def test_a_wall_needs_its_unit():
    person = make_person("nel", Role.NETWORK)
    for wrong in (Rule(wall_length=3), Rule(wall_unit="days"), Rule(wall_length=-1, wall_unit="days")):
        with pytest.raises(ValidationError) as told:
            set_rule(where=None, rule=wrong, version=None, user=person)
        assert list(told.value.message_dict) == ["wall_length"]
    assert not ServingRule.objects.exists()


def test_the_database_itself_keeps_one_rule_a_place_and_two_persons_apart():
    au, person = make_au(), make_person("nel", Role.NETWORK)
    rule()
    rule(au=au)
    for more in ({}, {"au": au}, {"au": au, "title": au.title}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rule(**more)
    event = propose_trigger(where=au, reason="x", since=SINCE, user=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        TriggerEvent.objects.filter(pk=event.pk).update(
            confirmed_by=person, confirmed_name="nel", confirmed_at=MOMENT
        )


# Own readers


def test_malformed_entries_of_own_readers_are_kept_as_typed_and_proxies_refuse_them():
    person = make_person("nel", Role.NETWORK)
    row = set_own_readers(
        included="192.0.2.0/24\r\nwrong", excluded="", roles=["reader"], version=None, user=person
    )
    assert row.included == "192.0.2.0/24\nwrong"
    with pytest.raises(ValidationError, match="There is no role"):
        set_own_readers(included="", excluded="", roles=["king"], version=row.version, user=person)
    with pytest.raises(ValidationError, match="Line 2"):
        set_proxy(proxy=None, name="ez", addresses="192.0.2.1\nwrong", note="", version=None, user=person)
    with pytest.raises(ValidationError, match="at least one"):
        set_proxy(proxy=None, name="ez", addresses="# none", note="", version=None, user=person)
    made = set_proxy(proxy=None, name="ez", addresses="192.0.2.1", note="", version=None, user=person)
    with pytest.raises(ValidationError, match="There is a proxy with this name"):
        set_proxy(proxy=None, name="ez", addresses="192.0.2.2", note="", version=None, user=person)
    with pytest.raises(ValidationError, match="since your page was made"):
        set_proxy(proxy=made, name="ez", addresses="192.0.2.2", note="", version=None, user=person)
    remove_proxy(proxy=made, user=person)
    remove_proxy(proxy=made, user=person)
    assert not InstitutionProxy.objects.exists()


# Trigger events


def test_a_trigger_event_opens_an_au_to_everybody_when_another_person_has_confirmed_it():
    au = held(URL)
    first, second = make_person("first", Role.LIBRARIAN), make_person("second", Role.NETWORK)
    event = propose_trigger(where=au, reason="closed", since=SINCE, user=first)
    assert (verdict(), counts(event)) == (None, False)
    with pytest.raises(ValidationError, match="another person"):
        confirm_trigger(event=event, version=event.version, user=first)
    event = confirm_trigger(event=event, version=event.version, user=second)
    assert (verdict().access, verdict().reason, verdict().free) == (Access.OPEN, Reason.TRIGGERED, True)
    assert find([URL], anybody(), MOMENT).best.publisher is PublisherFlag.NEVER
    assert counts(event)
    event = withdraw_trigger(event=event, version=event.version, why="it came back", user=first)
    assert (verdict(), counts(event), open_event(au)) == (None, False, None)
    assert find([URL], ours(), MOMENT).best.publisher is PublisherFlag.UP
    actions = AuditEvent.objects.filter(action__startswith="delivery.trigger").order_by("id")
    assert [one.action.rpartition("-")[2] for one in actions] == ["proposed", "confirmed", "withdrawn"]


def test_a_trigger_event_of_a_title_holds_for_its_aus_from_its_day_on():
    au = held(URL)
    triggered(au.title, since=SINCE + dt.timedelta(days=1))
    assert verdict() is None
    found = find([URL], anybody(), MOMENT + dt.timedelta(days=1)).best
    assert found.verdict.reason is Reason.TRIGGERED
    assert [event.title_id for event in events_of(au)] == [au.title_id]


def test_a_publisher_that_refused_triggers_makes_it_void():
    au = held(URL)
    triggered(au)
    agreement = make_agreement(au.publisher, trigger="no")
    assert verdict() is None
    assert find([URL], ours(), MOMENT).best.publisher is PublisherFlag.UP
    agreement.trigger = "yes"
    agreement.version += 1
    agreement.save()
    assert verdict().reason is Reason.TRIGGERED


def test_one_event_a_place_and_one_form_one_event():
    au, person = make_au(), make_person("first", Role.LIBRARIAN)
    key = "6f1a0c0e-8d1b-4f0c-9b43-0c5a7a0e8a11"
    event = propose_trigger(where=au, reason="x", since=SINCE, user=person, request_key=key)
    assert propose_trigger(where=au, reason="x", since=SINCE, user=person, request_key=key) == event
    with pytest.raises(ValidationError, match="Withdraw it first"):
        propose_trigger(where=au, reason="y", since=SINCE, user=person)
    propose_trigger(where=au.title, reason="y", since=SINCE, user=person)
    for given, field in (({"reason": " "}, "reason"), ({"since": dt.date(1500, 1, 1)}, "since")):
        with pytest.raises(ValidationError) as told:
            propose_trigger(**{"where": make_au(), "reason": "x", "since": SINCE, "user": person} | given)
        assert list(told.value.message_dict) == [field]


def test_what_was_triggered_is_told_with_its_addresses():
    au = held(URL, "http://pub.example/b")
    held("http://pub.example/c")
    event = triggered(au)
    assert [(auid, url) for auid, url, _address, _doi in triggered_urls(event)] == [
        (au.auid, URL),
        (au.auid, "http://pub.example/b"),
    ]
    assert all(address.endswith(url) for _auid, url, address, _doi in triggered_urls(event))
    event = triggered_title(au.title)
    assert {url for _auid, url, _address, _doi in triggered_urls(event)} == {
        URL,
        "http://pub.example/b",
        "http://pub.example/c",
    }


def triggered_title(title) -> TriggerEvent:
    return propose_trigger(where=title, reason="x", since=SINCE, user=make_person("third", Role.LIBRARIAN))


# Two at once


def both(*acts) -> list[object]:
    """What each of them came to, begun at the same moment on connections of their own."""
    barrier, ended = Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        try:
            barrier.wait(10)
            ended[number] = acts[number]()
        except ValidationError as error:
            ended[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ended


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("there", [False, True])
def test_of_two_administrators_who_say_something_at_once_one_is_told(there):
    au, first, second = make_au(), make_person("first", Role.NETWORK), make_person("second", Role.NETWORK)
    version = None
    if there:
        version = set_rule(where=au, rule=Rule(choice=Choice.GRAY), version=None, user=first).version
    ended = both(
        lambda: set_rule(where=au, rule=Rule(choice=Choice.DARK), version=version, user=first),
        lambda: set_rule(where=au, rule=Rule(choice=Choice.LIGHT), version=version, user=second),
    )
    refused = [one for one in ended if isinstance(one, ValidationError)]
    assert len(refused) == 1
    winner = next(one for one in ended if one not in refused)
    assert rule_at(au).choice == winner.choice
    assert AuditEvent.objects.filter(action="delivery.rule").count() == (2 if there else 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_does():
    au = make_au()
    people = [make_person(f"person{number}", Role.NETWORK) for number in range(3)]
    event = propose_trigger(where=au, reason="x", since=SINCE, user=people[0])
    ended = both(
        *(lambda by=by: confirm_trigger(event=event, version=event.version, user=by) for by in people[1:])
    )
    assert sum(isinstance(one, ValidationError) for one in ended) == 1
    assert AuditEvent.objects.filter(action="delivery.trigger-confirmed").count() == 1
