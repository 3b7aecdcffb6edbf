"""Who was let in to stored bytes stands in the audit record, with which bytes of which AU; in no log for everybody."""

import datetime as dt

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.accounts.services import readings
from apps.common.clock import now
from apps.delivery.spelling import digest_of
from apps.nodes.models import LogLine
from apps.nodes.services import chronicling
from tests.asking import as_person
from tests.delivery.conftest import AUID, SLUG
from tests.delivery.simulated import HIDDEN

pytestmark = pytest.mark.django_db
URL = "http://pub.example/a?b=c"
OPEN = f"/aus/{SLUG}/open/"


def kept() -> list[tuple[str, str, str, object]]:
    rows = AuditEvent.objects.filter(action__startswith="reading.").order_by("pk")
    return [(one.username, one.action, one.subject, one.after) for one in rows]


def test_who_opened_which_bytes(client, au):
    person = as_person(client, Role.READER)
    client.get(OPEN, {"url": URL, "version": "2"})
    client.get(OPEN, {"sha256": digest_of(URL)})
    client.get(OPEN, {"at": f"/all/20261121061230mp_/{URL}"})
    client.get(OPEN, {"at": "/ServeContent"})
    assert [one[:3] for one in kept()] == [(person.username, "reading.content", f"au:{SLUG}")] * 4
    assert [one[3] for one in kept()] == [
        {"url": URL, "version": 2},
        {"url_sha256": digest_of(URL)},
        {"url": URL, "moment": "2026-11-21T06:12:30+00:00"},
        {"address": "/ServeContent"},
    ]


def test_a_long_url_is_known_by_its_digest(client, au):
    as_person(client, Role.READER)
    url = "http://pub.example/" + "a" * 3000
    client.get(OPEN, {"url": url})
    assert kept()[0][3] == {"url": url[:2000], "url_sha256": digest_of(url)}


def test_who_is_turned_away_has_read_nothing(client, au, rooms):
    rooms.policies[AUID] = HIDDEN
    as_person(client, Role.READER)
    assert client.get(OPEN, {"url": URL}).status_code == 403
    assert client.get(OPEN, {}).status_code == 400
    assert kept() == []


def test_coming_again_soon_is_one_reading_and_later_another(client, au, monkeypatch):
    """A pass lapses after ten minutes; every part of a page comes back for a new one."""
    person = as_person(client, Role.READER)
    for _ in range(3):
        client.get(OPEN, {"url": URL})
    assert len(kept()) == 1
    as_person(client, Role.READER)
    client.get(OPEN, {"url": URL})
    assert len(kept()) == 2
    client.force_login(person)
    later = now() + readings.ONE_READING + dt.timedelta(seconds=1)
    monkeypatch.setattr(readings, "now", lambda: later)
    client.get(OPEN, {"url": URL})
    assert len(kept()) == 3


def test_administrators_find_it_and_the_log_tells_nobody(client, au):
    person = as_person(client, Role.READER)
    client.get(OPEN, {"url": URL})
    chronicling.scan()
    assert not LogLine.objects.filter(source="act").exists()
    as_person(client, Role.SYSTEM)
    page = client.get("/accounts/audit/?act=reading.content").content.decode()
    assert "was let in to stored content as it was collected" in page
    assert person.username in page
    assert f'href="/aus/{SLUG}/"' in page
