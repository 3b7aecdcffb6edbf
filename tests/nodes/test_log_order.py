"""Which of two events came first can be read, and of whom an act was."""

import datetime as dt
import re

import pytest

from apps.accounts.models import AuditEvent
from apps.accounts.services import audit
from apps.common.clock import now
from apps.lockss.lcap.poll_codes import VoterStatus
from apps.nodes import story
from apps.nodes.log_sources import SOURCES
from apps.nodes.log_words import line_text
from apps.nodes.models import LogLine
from apps.nodes.services import refreshing
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 4, 12, 30, tzinfo=dt.UTC)


def line(seconds: int, code: str = "crawl-nothing", **more) -> LogLine:
    given = {"subject": "au:x", "about": "Letters", "params": {}, "source": "crawl", "row": seconds + 1}
    return LogLine.objects.create(at=NOON + dt.timedelta(seconds=seconds), code=code, **{**given, **more})


def times(page: str) -> list[str]:
    return re.findall(r"<time [^>]*>[^<]*?(\d\d:\d\d(?::\d\d)?)</time>", page)


def test_lines_of_one_minute_tell_their_seconds(client):
    for seconds in (0, 7, 21, 600):
        line(seconds)
    as_person(client)
    found = times(client.get("/log/").content.decode())
    assert [len(one) for one in found] == [5, 8, 8, 8]
    assert [one[-2:] for one in found[1:]] == ["21", "07", "00"]


def test_the_story_tells_seconds_where_the_minute_does_not_do(client):
    au, peer = make.make_au(), make.make_peer()
    for seconds in (0, 9, 300):
        make.make_vote(au, peer, ended_at=NOON + dt.timedelta(seconds=seconds))
    refreshing.refresh(keys=[au.pk])
    events = story.story(au, before=NOON + dt.timedelta(hours=1)).events
    assert [event.seconds for event in events][:3] == [False, True, True]
    as_person(client)
    assert [len(one) for one in times(client.get(f"/aus/{au.slug}/").content.decode())].count(8) == 2


def test_a_vote_tells_what_it_found():
    source = next(one for one in SOURCES if one.name == "vote")
    au, peer = make.make_au(), make.make_peer()
    found = source.line(make.make_vote(au, peer, agreement_hint=0.5, ended_at=now()))
    said = line_text(found.code, found.params).replace("\xa0", " ")
    assert "It found 50 % agreement between its own copy and ours." in said
    unknown = source.line(make.make_vote(au, peer, agreement_hint=None, ended_at=now()))
    assert "It found" not in line_text(unknown.code, unknown.params)


def test_a_vote_that_was_never_given_is_not_told(client):
    source = next(one for one in SOURCES if one.name == "vote")
    au, peer = make.make_au(), make.make_peer()
    for status in (VoterStatus.EXPIRED, VoterStatus.DECLINED, VoterStatus.NO_TIME, VoterStatus.ERROR):
        make.make_vote(au, peer, status=status, urls=0, agreement_hint=None)
    assert not source.rows().filter(source.ended).exists()
    events = story.story(au, before=now()).events
    assert "Voted" not in repr(events)
    make.make_vote(au, peer, status=VoterStatus.VOTE_ACCEPTED)
    assert source.rows().filter(source.ended).count() == 1


def test_acts_are_found_by_the_name_of_what_they_are_about(client):
    au = make.make_au()
    person = as_person(client)
    audit(user=person, action="aus.poll", subject=f"au:{au.slug}")
    source = next(one for one in SOURCES if one.name == "act")
    assert source.line(AuditEvent.objects.latest("pk")).about == au.name


def test_a_person_is_called_by_name(client):
    person = as_person(client)
    subject = f"user:{person.pk}"
    line(0, "act", subject=subject, about=subject, source="act", params={"who": "x", "act": "alerts.rules"})
    page = client.get("/log/").content.decode()
    assert f"person {person.username}" in page
    assert f">{subject}<" not in page
