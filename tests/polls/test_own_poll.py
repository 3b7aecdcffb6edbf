"""Whole polls that this node calls, against pure voters: what was found stands in rows afterwards."""

import datetime as dt

import pytest

from apps.common.clock import now
from apps.common.findings import record_finding
from apps.common.models import Finding, Job
from apps.lockss.lcap.admission_checks import AuFacts
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.peers.models import Agreement, InboundMessage, NoAuPeer, OutboundMessage, Peer
from apps.polls import blobs
from apps.polls.models import Participant, Poll, PollStatus, UrlTally
from apps.polls.services import pollers, scanning
from tests.polls.bridge import POLL_VERSION
from tests.polls.conftest import BASE, PDF, call, codes, good, make_au

pytestmark = pytest.mark.django_db


def test_all_agree(au, bridge, voters, node):
    poll = call(au, bridge)
    assert (poll.status, poll.phase, poll.agreement, poll.detail) == (Status.COMPLETE, "done", 1.0, "")
    assert (poll.quorate, poll.urls, poll.agreed, poll.disagreed) == (True, len(good()), len(good()), 0)
    assert (poll.ended_at, poll.next_tick_at) == (now(), None)
    assert poll.hashed_bytes > 0
    # Nobody dissents, so there is no row of a URL.
    assert not UrlTally.objects.exists()
    assert not Finding.objects.exists()
    assert set(Job.objects.values_list("kind", "state")) == {("poll-hash", "done"), ("poll-tally", "done")}


@pytest.mark.parametrize("mine", [True, False])
def test_a_poll_that_agrees_closes_what_came_late_in_those_before(au, bridge, voters, mine):
    late = record_finding(
        code=PollCode.OUT_OF_TURN,
        subject="peer:A",
        message="late",
        params={"au": au.slug if mine else "another"},
    )
    call(au, bridge)
    late.refresh_from_db()
    assert (late.resolved_at is not None) is mine


def test_what_is_recorded_of_those_who_agree(au, bridge, voters):
    poll = call(au, bridge)
    rows = list(poll.participants.all())
    assert [(row.status, row.agreement, row.agreed) for row in rows] == [
        (ParticipantStatus.COMPLETE, 1.0, len(good()))
    ] * 3
    assert all(row.voted_at == now() for row in rows)
    found = Agreement.objects.values_list("peer__identity", "type", "last", "highest", "last_at")
    assert set(found) == {(str(voter.peer), "POR", 1.0, 1.0, now()) for voter in voters}
    for voter in voters:
        assert bridge.kinds(voter.peer) == ["Poll", "PollProof", "VoteRequest", "EvaluationReceipt"]
        assert voter.findings == []
        # The voter heard how far we agree, and found the same in our blocks.
        assert {kind: record.last for (_, kind), record in voter.agreed.items()} == {
            "POR_HINT": 1.0,
            "SYMMETRIC_POR": 1.0,
        }
    peers = Peer.objects.values_list("invitations", "voter_polls", "rejected_polls", "last_invitation_at")
    assert set(peers) == {(1, 1, 0, now())}


def test_the_status_says_when_the_next_poll_is_due(au, bridge, voters, node, clock):
    poll = call(au, bridge)
    status = PollStatus.objects.get(au=au)
    assert (status.last_status, status.agreement, status.highest_agreement) == (Status.COMPLETE, 1.0, 1.0)
    assert (status.last_complete_at, status.agreeing_peers, status.blocked) == (poll.ended_at, 3, "")
    assert status.due_at == now() + dt.timedelta(seconds=node.poll_interval)
    assert status.last_hash_ms is not None
    assert scanning.due_aus(5) == []
    clock.shift(node.poll_interval + 1)
    assert scanning.due_aus(5) == [au]


def test_nothing_of_an_ended_poll_stays_in_the_spool(au, bridge, voters, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        call(au, bridge)
        assert len(list(blobs.folder().iterdir())) >= 7
    assert list(blobs.folder().iterdir()) == []


def test_the_tally_counts_what_voters_say(au, bridge):
    """One voter lacks a URL, one has another body, one has a URL more: we win all the same."""
    lacking, other, more, *_ = (good() for _ in range(3))
    del lacking[PDF]
    other[PDF] = [b"something else"]
    more[BASE + "article/9"] = [b"only there"]
    for content in (lacking, other, more, good()):
        bridge.peer(content)
    poll = call(au, bridge)
    assert (poll.status, poll.urls) == (Status.COMPLETE, len(good()) + 1)
    rows = {row.url: row for row in UrlTally.objects.all()}
    assert {url: (row.result, row.agreed, row.disagreed) for url, row in rows.items()} == {
        PDF: ("TooClose", 2, 2),
        BASE + "article/9": ("Won", 0, 1),
    }
    counts = Participant.objects.values_list("agreed", "disagreed", "poller_only", "voter_only", "spoiled")
    size = len(good())
    assert set(counts) == {
        (size - 1, 0, 1, 0, 0),
        (size - 1, 1, 0, 0, 0),
        (size, 0, 0, 1, 0),
        (size, 0, 0, 0, 0),
    }
    assert poll.agreement == pytest.approx(size / (size + 1))


def test_too_few_votes_make_no_quorum(au, bridge, node):
    for _ in range(2):
        bridge.peer(good())
    poll = call(au, bridge)
    bridge.wait(node.poll_between_invitations)
    poll.refresh_from_db()
    assert (poll.status, poll.quorate, poll.agreement) == (Status.NO_QUORUM, False, None)
    # Those who voted hear of it and are recorded all the same.
    assert Agreement.objects.count() == 2
    status = PollStatus.objects.get(au=au)
    assert (status.last_status, status.agreement, status.last_complete_at) == (Status.NO_QUORUM, None, None)
    assert status.due_at == now() - dt.timedelta(seconds=node.poll_between_invitations) + dt.timedelta(
        seconds=node.poll_attempt_interval
    )


def test_a_silent_voter_is_dropped_at_the_deadline(au, bridge, voters):
    quiet = bridge.peer(good(), silent=True)
    poll = call(au, bridge)
    assert (poll.phase, poll.ended_at) == ("inviting", None)
    bridge.wait((poll.vote_deadline_at - now()).total_seconds() - 1)
    poll.refresh_from_db()
    assert poll.ended_at is None
    bridge.wait(1)
    poll.refresh_from_db()
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    row = Participant.objects.get(peer__identity=str(quiet.peer))
    assert (row.status, row.voted_at, row.agreement) == (ParticipantStatus.NO_RESPONSE, None, None)
    assert bridge.kinds(quiet.peer) == ["Poll"]


def test_one_that_accepts_and_never_votes(au, bridge, voters):
    lazy = bridge.peer(good(), hash_ms=10**9)
    poll = call(au, bridge)
    bridge.wait((poll.vote_deadline_at - now()).total_seconds())
    poll.refresh_from_db()
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    row = Participant.objects.get(peer__identity=str(lazy.peer))
    assert row.status in (ParticipantStatus.DID_NOT_VOTE, ParticipantStatus.DECLINED)


@pytest.mark.parametrize(
    ("facts", "nak"),
    [
        ({"known": False}, "NAK_NO_AU"),
        ({"poll_version": "Poll_2"}, "NAK_PLUGIN_VERSION_MISMATCH"),
        ({"crawled": False}, "NAK_NOT_CRAWLED"),
        ({"has_substance": False}, "NAK_NO_SUBSTANCE"),
        ({"can_hash": False}, "NAK_NOT_READY"),
    ],
)
def test_a_voter_that_refuses(au, bridge, voters, facts, nak):
    other = bridge.peer(good(), au=AuFacts(**{"poll_version": POLL_VERSION, **facts}))
    poll = call(au, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    row = Participant.objects.get(peer__identity=str(other.peer))
    assert (row.status, row.nak) == (ParticipantStatus.DECLINED, nak)
    peer = Peer.objects.get(identity=str(other.peer))
    assert (peer.rejected_polls, peer.last_nak) == (1, nak)
    assert NoAuPeer.objects.filter(peer=peer).exists() is (nak == "NAK_NO_AU")


def test_a_voter_whose_hash_breaks_takes_its_acceptance_back(au, bridge, voters):
    broken = bridge.peer(good(), hash_breaks=True)
    poll = call(au, bridge)
    assert poll.status == Status.COMPLETE
    row = Participant.objects.get(peer__identity=str(broken.peer))
    assert (row.status, row.nak) == (ParticipantStatus.DROPPED_OUT, "NAK_HASH_ERROR")
    assert codes() == {"poll-voter-dropped-out"}


def test_when_nobody_can_be_invited_the_au_says_so(au, bridge):
    assert pollers.call_poll(au=au) is None
    status = PollStatus.objects.get(au=au)
    assert (status.blocked, status.last_attempt_at) == ("no peer can be invited", now())
    assert not Poll.objects.exists()


def test_when_everybody_refuses_the_poll_ends_at_once(au, bridge):
    for _ in range(3):
        bridge.peer(good(), au=AuFacts(known=False))
    poll = call(au, bridge)
    assert (poll.status, poll.detail) == (Status.NO_QUORUM, "nobody voted")
    assert NoAuPeer.objects.count() == 3
    # Whom we know not to hold it is not asked again.
    assert pollers.call_poll(au=au) is None


def test_only_one_open_poll_an_au(au, bridge, voters):
    bridge.peer(good(), silent=True)
    first = call(au, bridge)
    assert pollers.call_poll(au=au) is None
    assert Poll.objects.get() == first


def test_the_au_must_be_there_to_be_polled(au, bridge, voters):
    au.state = "deactivated"
    au.save()
    assert pollers.call_poll(au=au) is None
    assert PollStatus.objects.get(au=au).blocked == "the AU is deactivated"
    fresh = make_au(2)
    fresh.crawl_status.delete()
    assert pollers.call_poll(au=fresh) is None
    assert "not been collected" in PollStatus.objects.get(au=fresh).blocked


def test_everything_is_done_with_afterwards(au, bridge, voters):
    call(au, bridge)
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"done"}
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"done"}
    assert not Job.objects.exclude(state="done").exists()
