"""A poll without votes says why, once: most likely no other library holds the archival unit."""

import datetime as dt

import pytest

from apps.lockss.lcap.messages import Nak
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollStatus
from apps.nodes import story
from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing
from apps.peers.services import note_no_au
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def peers():
    return [make.make_peer() for _ in range(3)]


@pytest.fixture
def au(peers):
    au = make.make_au()
    make.make_crawl(au)
    make.make_summary(au)
    poll = make.make_poll(
        au, ago=dt.timedelta(hours=1), status=PollStatus.NO_QUORUM, agreement=None, detail="nobody voted"
    )
    for peer in peers:
        make.make_participant(
            poll, peer, status=ParticipantStatus.DECLINED, nak=Nak.NO_AU, agreement=None, voted_at=None
        )
    return au


def reason(au) -> str:
    refreshing.refresh(keys=[au.pk])
    return AuStatus.objects.get(au=au).reason


def test_the_story_says_it_once_and_why(au):
    events = story.story(au).events
    (told,) = [one for one in events if "/polls/" in str(one.text)]
    assert "nobody voted" in str(told.text)
    assert "0 peers" not in str(told.text)
    assert "nobody voted" not in str(told.detail)
    assert "3 of 3 peers that were invited do not hold it." in str(told.detail)


def test_what_no_other_library_holds_is_told_as_that(client, au, peers):
    note_no_au(au_key_id=au.pk, peers=peers, anew=False)
    assert (
        reason(au) == "Its last poll came to no result: no other library holds it, as far as they answered."
    )
    as_person(client)
    client.cookies["django_language"] = "es"
    page = client.get(f"/aus/{au.slug}/", headers={"accept-language": "es"}).content.decode()
    assert "ninguna otra biblioteca la tiene" in page


def test_where_some_lack_it_it_is_told_how_many(au, peers):
    note_no_au(au_key_id=au.pk, peers=peers[:2], anew=False)
    assert reason(au) == (
        "Its last poll came to no result: too few nodes voted in time. 2 peers do not hold it."
    )


def test_where_nobody_said_so_nothing_is_guessed(au):
    assert reason(au) == "Its last poll came to no result: too few nodes voted in time."
