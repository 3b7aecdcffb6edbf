"""Alerts as rows: raised once, kept up to date, cleared by the node, and told to whom it concerns."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.choices import Role
from apps.common import clock_trust
from apps.common.clock import now
from apps.nodes.alert_condition import Condition
from apps.nodes.choices_alerts import AlertKind, Channel, NoticeEvent, Weight
from apps.nodes.models import Alert, AlertMessage, AlertNotice, AlertRule
from apps.nodes.services import alerting, telling
from tests.accounts.factories import make_person
from tests.nodes.watching import full, saying, watched


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = watched(tmp_path, mail_host="127.0.0.1")
    return settings


@pytest.mark.django_db
def test_raised_once_and_cleared_when_its_cause_is_gone(node):
    assert alerting.look(saying(full())) == 1
    first = Alert.objects.get()
    assert (first.kind, first.subject, first.severity) == (AlertKind.DISK, "disk:content", Weight.WARNING)
    assert "14 GB of 100 GB are free" in first.message.replace("\N{NARROW NO-BREAK SPACE}", " ").replace(
        "\xa0", " "
    )
    assert alerting.look(saying(full(free=13))) == 1
    again = Alert.objects.get()
    assert again.pk == first.pk
    assert again.raised_at == first.raised_at
    assert again.last_seen_at > first.last_seen_at
    assert again.params["free"] == 13 * 10**9
    assert alerting.look(saying()) == 0
    assert Alert.objects.get().cleared_at is not None
    # It comes back as an alert of its own.
    assert alerting.look(saying(full())) == 1
    assert Alert.objects.count() == 2


@pytest.mark.django_db
def test_a_cause_that_comes_and_goes_is_one_alert(node):
    node.NODE = replace(node.NODE, alert_settle=300.0)
    alerting.look(saying(full()))
    assert alerting.look(saying()) == 1
    alerting.look(saying(full()))
    assert Alert.objects.count() == 1
    Alert.objects.update(last_seen_at=now() - dt.timedelta(seconds=301))
    assert alerting.look(saying()) == 0


@pytest.mark.django_db
def test_a_rule_that_cannot_tell_changes_nothing_and_a_broken_one_stops_no_other(node):
    def broken():
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_thing")

    alerting.look(saying(full()))
    rules = {AlertKind.CLOCK: broken, AlertKind.DISK: lambda: None, AlertKind.BROKER: lambda: [full()]}
    assert alerting.look(rules) == 2
    assert Alert.objects.filter(kind=AlertKind.DISK, cleared_at=None).exists()


def off(seconds: float, weight: str):
    found = [Condition("clock", weight, {"name": "time.example", "offset": seconds})]
    return {AlertKind.CLOCK: lambda: found}


@pytest.mark.django_db
def test_a_clock_that_is_far_off_is_not_relied_on_until_it_is_right(node):
    alerting.look(off(30.0, Weight.WARNING))
    assert clock_trust.held() is None
    alerting.look(off(90.0, Weight.CRITICAL))
    alerting.look(off(95.0, Weight.CRITICAL))
    held = clock_trust.held()
    assert (held.count, "90 s from time.example" in held.message) == (1, True)
    # Nobody can tell: it stays as it is.
    alerting.look({AlertKind.CLOCK: lambda: None})
    assert clock_trust.held() == held
    alerting.look(off(30.0, Weight.WARNING))
    assert clock_trust.held() is None


@pytest.mark.django_db
def test_an_alert_of_a_clock_that_was_set_back_is_cleared(node):
    node.NODE = replace(node.NODE, alert_settle=300.0)
    alerting.look(off(7200.0, Weight.CRITICAL))
    Alert.objects.update(last_seen_at=now() + dt.timedelta(hours=2))
    alerting.look({AlertKind.CLOCK: list})
    assert Alert.objects.get().cleared_at is not None
    assert clock_trust.held() is None


@pytest.mark.django_db
def test_only_one_is_open_of_a_kind_and_subject(node):
    alerting.look(saying(full()))
    row = Alert.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_once_raise_one(settings, tmp_path):
    settings.NODE = watched(tmp_path)
    barrier = threading.Barrier(2, timeout=30)

    def look():
        def rule():
            barrier.wait()
            return [full()]

        try:
            alerting.look({AlertKind.DISK: rule})
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Alert.objects.count() == 1


def notices(**more) -> list[tuple[str, str]]:
    rows = AlertNotice.objects.filter(**more).order_by("pk")
    return [(one.user.username if one.user else "webhook", one.event) for one in rows]


@pytest.mark.django_db
def test_who_is_told(node):
    make_person("system", Role.SYSTEM, email="s@lib.example")
    make_person("librarian", Role.LIBRARIAN, email="l@lib.example")
    make_person("without", Role.SYSTEM)
    make_person("gone", Role.SYSTEM, email="g@lib.example", is_active=False)
    wants = make_person("wants", Role.READER, email="w@lib.example")
    AlertRule.objects.create(user=wants, severities=["warning"], zone="UTC")
    never = make_person("never", Role.SYSTEM, email="n@lib.example")
    AlertRule.objects.create(user=never, mail=False, zone="UTC")
    alerting.look(saying(full()))
    alerting.look(saying(full()))
    assert notices() == [("system", "raised"), ("wants", "raised")]
    # Worse: only who wants to know of critical ones, once.
    alerting.look(saying(full(Weight.CRITICAL)))
    alerting.look(saying(full(Weight.CRITICAL)))
    assert notices(event=NoticeEvent.WORSE) == [("system", "worse")]
    alerting.look(saying())
    alerting.look(saying())
    assert sorted(notices(event=NoticeEvent.CLEARED)) == [("system", "cleared"), ("wants", "cleared")]


@pytest.mark.django_db
def test_the_webhook_hears_what_is_heavy_enough(node):
    node.NODE = replace(
        node.NODE, mail_host="", webhook_url="http://hooks.example/", webhook_severity="critical"
    )
    alerting.look(saying(full()))
    assert notices() == []
    alerting.look(saying(full(Weight.CRITICAL)))
    assert notices() == [("webhook", "worse")]
    telling.plan()
    alerting.look(saying())
    assert notices(channel=Channel.WEBHOOK, event=NoticeEvent.CLEARED) == [("webhook", "cleared")]
    telling.plan()
    assert AlertNotice.objects.count() == 2


@pytest.mark.django_db
def test_quiet_hours_hold_the_telling_not_the_looking(node):
    person = make_person("sleeper", Role.SYSTEM, email="s@lib.example")
    start = now()
    begin, end = (start - dt.timedelta(hours=1)).time(), (start + dt.timedelta(hours=1)).time()
    AlertRule.objects.create(user=person, zone="UTC", quiet_from=begin, quiet_until=end)
    alerting.look(saying(full()))
    assert Alert.objects.count() == 1
    assert AlertNotice.objects.get().due_at > start + dt.timedelta(minutes=59)
    assert telling.compose() == 0
    # What is critical passes, and takes with it what was held of the same alert.
    alerting.look(saying(full(Weight.CRITICAL)))
    assert AlertNotice.objects.get(event=NoticeEvent.WORSE).due_at <= now()
    assert telling.compose() == 1
    assert AlertMessage.objects.get().notices.count() == 2
    assert "Critical: Of the disk" in AlertMessage.objects.get().body


@pytest.mark.django_db
def test_a_new_rule_holds_for_what_waits(node):
    person = make_person("sleeper", Role.SYSTEM, email="s@lib.example")
    rule = AlertRule.objects.create(user=person, zone="UTC", digest_hour=(now().hour + 2) % 24)
    alerting.look(saying(full()))
    assert AlertNotice.objects.get().due_at > now()
    quiet = {"digest_hour": None, "quiet_from": None, "quiet_until": None}
    values = {"mail": True, "severities": ["warning", "critical"], "zone": "UTC", **quiet}
    alerting.set_rule(user=person, version=rule.version, values=values)
    assert AlertNotice.objects.get().due_at <= now()
    # Who leaves is not told of the end either.
    assert telling.compose() == 1
    alerting.set_rule(user=person, version=1, values={**values, "mail": False})
    alerting.look(saying())
    assert not AlertNotice.objects.filter(event=NoticeEvent.CLEARED).exists()


@pytest.mark.django_db
def test_worse_takes_the_acknowledgement_back(node):
    by = make_person("librarian", Role.LIBRARIAN)
    alerting.look(saying(full()))
    alerting.acknowledge(alert=Alert.objects.get(), by=by, note="A disk is ordered.")
    alerting.look(saying(full()))
    assert Alert.objects.get().acknowledged_by == by
    alerting.look(saying(full(Weight.CRITICAL)))
    row = Alert.objects.get()
    assert row.acknowledged_at is None
    assert row.note == "A disk is ordered."


@pytest.mark.django_db
def test_an_old_form_does_not_overwrite_newer_rules(node):
    person = make_person("twice")
    values = {"mail": True, "severities": ["critical"], "zone": "UTC", "digest_hour": 7}
    alerting.set_rule(user=person, version=0, values=values)
    with pytest.raises(alerting.ActRefused):
        alerting.set_rule(user=person, version=0, values={**values, "mail": False})
    assert AlertRule.objects.get(user=person).mail


def emptier(weight: str, level: int) -> Condition:
    found = full(weight)
    return replace(found, params={**found.params, "level": level})


LOW = emptier(Weight.WARNING, 1)
NO_CRAWLS = emptier(Weight.CRITICAL, 2)
NO_WRITES = emptier(Weight.CRITICAL, 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "seen",
    [
        # Both critical: no crawl begins, then nothing is written.
        [NO_CRAWLS, NO_WRITES],
        [LOW, NO_CRAWLS, LOW, NO_CRAWLS],
        [LOW, NO_CRAWLS, NO_WRITES],
        [NO_WRITES, LOW, NO_CRAWLS],
    ],
)
def test_each_time_it_becomes_worse_it_asks_again(node, seen):
    by = make_person("reader", Role.SYSTEM, email="r@lib.example")
    rank = [(one.weight == Weight.CRITICAL, one.params["level"]) for one in seen]
    told = 0
    for n, one in enumerate(seen):
        alerting.look(saying(one))
        row = Alert.objects.get()
        worse = n == 0 or rank[n] > rank[n - 1]
        told += worse
        assert (row.acknowledged_at is None) is worse
        assert AlertNotice.objects.filter(user=by).exclude(event=NoticeEvent.CLEARED).count() == told
        if worse:
            alerting.acknowledge(alert=row, by=by)
        # Looked at once more, nothing of it is news.
        alerting.look(saying(one))
        assert Alert.objects.get().acknowledged_by == by
        assert AlertNotice.objects.count() == told
    alerting.look(saying())
    alerting.look(saying())
    assert AlertNotice.objects.filter(event=NoticeEvent.CLEARED).count() == 1


@pytest.mark.django_db
def test_what_became_worse_twice_while_it_waited_is_told_in_one_line(node):
    make_person("reader", Role.SYSTEM, email="r@lib.example")
    for one in (LOW, NO_CRAWLS, LOW, NO_CRAWLS):
        alerting.look(saying(one))
    assert telling.compose() == 1
    assert AlertMessage.objects.get().body.count("/alerts/") == 2
    assert AlertMessage.objects.get().notices.count() == 3
    assert telling.compose() == 0
