"""The polls that an AU's page speaks of are the same whether its story has read them or the database is asked."""

import pytest

from apps.lockss.lcap.poll_codes import PollStatus, PollVariant
from apps.nodes.last_polls import LastPolls, last_polls
from apps.nodes.story import PAGE, story
from apps.polls.models import Poll
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def au():
    return make.make_au("Reed Reports, 2019")


def old_polls(au):
    """Proved first, then counted without being proved, then many that nobody answered: the newest is the last."""
    peers = [make.make_peer() for _ in range(3)]
    proof = make.make_poll(au, peers, ago=90 * make.DAY)
    counted = make.make_poll(au, peers, ago=80 * make.DAY, agreement=0.5, urls=4)
    sampled = make.make_poll(au, peers, ago=70 * make.DAY)
    Poll.objects.filter(pk=sampled.pk).update(variant=PollVariant.POP)
    return proof, counted, sampled


def fail(au, number):
    for n in range(number):
        poll = make.make_poll(au, [], ago=make.DAY * (number - n) / 10)
        Poll.objects.filter(pk=poll.pk).update(status=PollStatus.NO_QUORUM, quorate=False, agreement=None)


@pytest.mark.parametrize("failed", [0, 3, PAGE - 3, PAGE - 2, PAGE + 5])
def test_they_are_found_however_far_back_they_are(au, failed):
    proof, counted, sampled = old_polls(au)
    fail(au, failed)
    told = story(au)
    found = last_polls(au, told.polls, more=told.more_polls)
    assert found == LastPolls(counted=counted, proof=proof, quorate=sampled)


def test_an_older_part_of_the_story_speaks_of_the_same(au):
    proof, counted, sampled = old_polls(au)
    told = story(au, before=make.past(75 * make.DAY))
    assert [poll.pk for poll in told.polls] == [counted.pk, proof.pk]
    found = last_polls(au, (), more=told.more_polls)
    assert found == LastPolls(counted=counted, proof=proof, quorate=sampled)


def test_without_polls_there_are_none_and_nobody_is_asked(au, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert last_polls(au, [], more=False) == LastPolls()


@pytest.mark.parametrize("result", ["Lost", "TooClose", "NoQuorum", "LostVoterOnly"])
def test_a_url_that_stayed_open_is_shown(client, au, result):
    make.make_summary(au)
    kinds = {"TooClose": "too_close", "NoQuorum": "no_quorum"}
    counts = {"disagreed": 0, kinds.get(result, "disagreed"): 1}
    poll = make.make_poll(au, [make.make_peer() for _ in range(3)], agreement=0.75, urls=4, **counts)
    make.make_tally(poll, "http://pub.example/open", ["disagreed"] * 3, result)
    as_person(client)
    assert "http://pub.example/open" in client.get(f"/aus/{au.slug}/").text
    # What was repaired before the end is not open, though the poll found it.
    poll.url_tallies.update(final_result="Won")
    assert client.get(f"/aus/{au.slug}/").context["dispute"] is None
