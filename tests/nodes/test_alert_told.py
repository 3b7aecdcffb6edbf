"""Who was told of an alert, who waits, and whom it could not reach: apart, each with its own moment."""

import datetime as dt

import pytest

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.common.display import moment_text
from apps.nodes.alert_told import told
from apps.nodes.models import Alert, AlertMessage, AlertNotice
from apps.nodes.services import alerting, sending
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.nodes.watching import full, saying, watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(settings, tmp_path) -> AlertNotice:
    settings.NODE = watched(tmp_path, mail_host="127.0.0.1")
    make_person("keeper", Role.SYSTEM, email="keeper@lib.example", first_name="Kay", last_name="Per")
    alerting.look(saying(full()))
    return AlertNotice.objects.get()


def in_message(notice, **values) -> AlertMessage:
    given = {"address": "keeper@lib.example", "body": "x", "created_at": now(), "next_attempt_at": now()}
    notice.message = AlertMessage.objects.create(channel="mail", user=notice.user, **{**given, **values})
    notice.save()
    return notice.message


def groups(notice) -> dict[str, list]:
    return {str(group.title): group.events for group in told(Alert.objects.get())}


def test_what_waits_names_when_and_is_not_among_the_told(notice):
    due = now() + dt.timedelta(hours=5)
    AlertNotice.objects.update(due_at=due)
    found = groups(notice)
    assert list(found) == ["Waiting"]
    assert found["Waiting"][0].at == due
    assert "Kay Per" in found["Waiting"][0].text
    assert "e-mail" in found["Waiting"][0].text


def test_written_and_not_tried_yet_waits(notice):
    message = in_message(notice, next_attempt_at=now() + dt.timedelta(seconds=9))
    found = groups(notice)
    assert list(found) == ["Waiting"]
    assert found["Waiting"][0].at == message.next_attempt_at


def test_what_was_told_says_when_and_by_which_way(notice):
    message = in_message(notice, sent_at=now() - dt.timedelta(minutes=3), attempts=1)
    found = groups(notice)
    assert list(found) == ["Told"]
    assert found["Told"][0].at == message.sent_at
    assert "by e-mail" in found["Told"][0].text


def test_what_failed_says_why_when_it_was_tried_and_when_it_is_again(notice, client):
    again = now() + dt.timedelta(minutes=2)
    in_message(notice, attempts=3, next_attempt_at=again, error="The server took no mail.")
    found = groups(notice)
    assert list(found) == ["Failed"]
    event = found["Failed"][0]
    # Not the moment of the next attempt, which stands in words.
    assert event.at == again - sending.pause(3)
    assert "The server took no mail." in event.detail
    assert moment_text(again) in event.detail
    as_person(client)
    page = client.get(f"/alerts/{Alert.objects.get().pk}/").content.decode()
    assert "<h3>Failed</h3>" in page
    assert "<h3>Told</h3>" not in page


def test_who_is_not_told_any_more_stands_apart(notice):
    AlertNotice.objects.update(dropped_at=now())
    assert list(groups(notice)) == ["Not told any more"]


def test_a_webhook_is_named_by_its_host(notice, settings, tmp_path):
    settings.NODE = watched(tmp_path, webhook_url="https://hooks.example/secret")
    AlertNotice.objects.update(user=None, channel="webhook")
    said = groups(notice)["Waiting"][0].text
    assert "https://hooks.example" in said
    assert "secret" not in said
