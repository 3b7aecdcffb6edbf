"""A vote for another that found little says whose copy was the wrong one, wherever the vote is told."""

import pytest

from apps.nodes import story
from apps.nodes.log_sources import SOURCES
from apps.nodes.log_words import line_text
from apps.nodes.services import refreshing
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
VOTE = next(one for one in SOURCES if one.name == "vote")
LOST = "Its own copy was the wrong one: it took 5 URLs from this node"
OPEN = "Whose copy is the right one, its poll does not tell us"


def told(client, **facts) -> list[str]:
    """What log, story, page and list say of a vote."""
    au, peer = make.make_au(), make.make_peer()
    vote = make.make_vote(au, peer, **facts)
    refreshing.refresh(keys=[au.pk])
    line = VOTE.line(vote)
    events = story.story(au, before=make.now()).events
    as_person(client)
    page = client.get(f"/polls/votes/{vote.pk}/").content.decode()
    return [line_text(line.code, line.params), " ".join(str(one.detail) for one in events), page]


def test_it_was_the_copy_of_the_one_who_asked(client):
    for text in told(client, agreement_hint=0.0, repairs_served=5):
        assert LOST in text
        assert OPEN not in text
    assert "its own copy was the wrong one" in client.get("/polls/votes/").content.decode()


def test_where_nothing_was_taken_nobody_can_say(client):
    for text in told(client, agreement_hint=0.4, repairs_served=0):
        assert OPEN in text
        assert "Its own copy" not in text
    assert "its own copy was the wrong one" not in client.get("/polls/votes/").content.decode()


def test_copies_that_agree_are_just_that(client):
    for text in told(client, agreement_hint=1.0, repairs_served=0):
        assert OPEN not in text
        assert "was the lost one" not in text


def test_a_share_says_of_which_copies_it_is(client):
    line, said, _page = told(client, agreement_hint=0.0, repairs_served=1)
    for text in (line, said):
        assert "It found 0 % agreement between its own copy and ours." in text.replace("\xa0", " ")
        assert "it took 1 URL from this node" in text


def test_a_line_from_before_says_what_it_kept():
    assert line_text("vote", {"poller": "x", "share": 0.5}).endswith("between its own copy and ours.")
    assert line_text("vote", {"poller": "x"}) == "Voted in a poll of x."
