"""This node as a voter in polls of pure pollers, and what it gives to whom."""

import datetime as dt
from dataclasses import replace

import pytest

from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    Header,
    PollAck,
    PollProof,
    RepairReply,
    RepairRequest,
    VoteRequest,
)
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.lcap.messages import Vote as VoteMessage
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.lockss.lcap.poll_codes import VoterStatus
from apps.peers.models import Agreement, NoAuPeer, Peer
from apps.peers.services import note_no_au, record_agreement
from apps.polls import blobs
from apps.polls.models import PollStatus, Vote
from apps.polls.services import scanning
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from tests.factories import make_agreement, make_publisher
from tests.polls.bridge import OWN, POLL_VERSION, PROMPT
from tests.polls.conftest import BASE, PDF, codes, flip, good, hold
from tests.simulators import poll_node

pytestmark = pytest.mark.django_db
KEY = "C" * 27 + "="


@pytest.fixture
def poller(au, bridge, monkeypatch):
    """A pure node that calls polls on our AU and knows us and two others."""
    monkeypatch.setattr(poll_node, "AUID", au.auid)
    setup = poll_node.PollSetup
    monkeypatch.setattr(
        poll_node, "PollSetup", lambda **given: setup(**{**given, "plugin_version": POLL_VERSION})
    )
    caller = bridge.peer(good(), config=replace(PROMPT, quorum=3, default_minor=6))
    for _ in range(2):
        bridge.peer(good())
    bridge.nodes[OWN] = None
    return caller


def called(poller, bridge) -> Vote:
    """A poll of ``poller``, as far as it goes at this moment; our vote in it."""
    key = poller.call_poll()
    bridge.settle()
    # The pure node's tally takes a millisecond.
    bridge.wait(1)
    return Vote.objects.get(key=key)


def test_we_vote_and_hear_that_we_agree(poller, bridge, au, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        vote = called(poller, bridge)
    poll = poller.polls[vote.key].poll
    assert (poll.status, poll.totals.agreement, poll.urls) == (Status.COMPLETE, 1.0, len(good()))
    assert poller.agreed[OWN, "POR"].last == 1.0
    assert (vote.phase, vote.status, vote.agreement_hint) == ("closed", VoterStatus.COMPLETE, 1.0)
    assert (vote.urls, vote.ended_at, vote.next_tick_at) == (len(good()), now(), None)
    assert bridge.kinds(poller.peer) == ["PollAck", "Nominate", "Vote"]
    found = Agreement.objects.filter(peer__identity=str(poller.peer)).values_list("type", "last")
    assert dict(found) == {"POR_HINT": 1.0, "SYMMETRIC_POR": 1.0}
    peer = Peer.objects.get(identity=str(poller.peer))
    assert (peer.poller_polls, peer.last_poller_at) == (1, vote.created_at)
    assert list(blobs.folder().iterdir()) == []
    assert codes() == set()


def test_damage_here_shows_in_our_vote_and_in_our_store(poller, bridge, au, node):
    flip(au, PDF, node)
    vote = called(poller, bridge)
    counts = next(p.counts for p in poller.polls[vote.key].participants if p.peer == OWN)
    assert (counts.agreed, counts.disagreed) == (len(good()) - 1, 1)
    assert repository.find(auid=au.auid, url=PDF).state == ArtifactState.DAMAGED
    hint, symmetric = (len(good()) - 1) / len(good()), Agreement.objects.get(type="SYMMETRIC_POR")
    assert vote.agreement_hint == pytest.approx(hint)
    assert symmetric.last == pytest.approx(hint)


def test_a_second_vote_leaves_out_what_is_known_to_be_damaged(poller, bridge, au, node):
    """All versions of the URL are suspect: a block without versions, not a missing block."""
    flip(au, PDF, node)
    called(poller, bridge)
    vote = called(poller, bridge)
    counts = next(p.counts for p in poller.polls[vote.key].participants if p.peer == OWN)
    assert (counts.agreed, counts.disagreed, counts.poller_only) == (len(good()) - 1, 1, 0)


# Invitations


def invitation(au_id: str, peer: PeerId, **changes) -> PollMessage:
    base = {
        "key": KEY,
        "auid": au_id,
        "orig_id": peer,
        "dest_id": OWN,
        "plugin_version": POLL_VERSION,
        "duration_s": 3_600,
        "vote_duration_ms": 1_800_000,
        "poller_nonce": b"p" * 20,
        "groups": ("test",),
        "minor": 6,
    }
    return PollMessage(Header(**{**base, **changes}))


@pytest.fixture
def caller(au, bridge):
    return bridge.peer(good(), silent=True).peer


def test_an_invitation_that_comes_twice_is_one_vote(au, bridge, caller):
    for _ in range(2):
        row = bridge.hear(caller, invitation(au.auid, caller))
        assert row.state == "done"
    bridge.settle()
    vote = Vote.objects.get()
    assert vote.phase == "wait-poll-proof"
    assert bridge.kinds() == ["PollAck"]
    assert Peer.objects.get(identity=str(caller)).poller_polls == 1


def answer(bridge) -> tuple[str, str]:
    bridge.settle()
    (_, message), *more = bridge.said
    assert more == []
    return type(message).__name__, str(message.nak or "")


def _deactivate(au, node):
    au.state = "deactivated"
    au.save()


def _uncollected(au, node):
    au.crawl_status.delete()


def _without_substance(au, node):
    au.crawl_status.substance = "no"
    au.crawl_status.save()


REFUSALS = {
    "NAK_NO_AU": [({"auid": "org|other&x~1"}, {}, None), ({}, {}, _deactivate)],
    "NAK_PLUGIN_VERSION_MISMATCH": [({"plugin_version": "Poll_2"}, {}, None)],
    "NAK_DISABLED": [({}, {"vote_enabled": False}, None)],
    "NAK_GROUP_MISMATCH": [({"groups": ("other",)}, {}, None), ({"groups": ()}, {}, None)],
    "NAK_NOT_CRAWLED": [({}, {}, _uncollected)],
    "NAK_NO_SUBSTANCE": [({}, {}, _without_substance)],
    "NAK_TOO_MANY_VOTERS": [({}, {"vote_max_simultaneous": 0}, None)],
    "NAK_NO_TIME": [({"vote_duration_ms": 1_000}, {}, None)],
    "NAK_VERSION_MISMATCH": [({"minor": 7}, {}, None)],
}


@pytest.mark.parametrize(
    ("nak", "changes", "values", "act"), [(nak, *case) for nak, cases in REFUSALS.items() for case in cases]
)
def test_refusals_have_their_names(au, bridge, caller, node, settings, nak, changes, values, act):
    settings.NODE = replace(node, **values)
    if act is not None:
        act(au, node)
    bridge.hear(caller, invitation(changes.pop("auid", au.auid), caller, **changes))
    assert answer(bridge) == ("PollAck", nak)
    assert not Vote.objects.exists()
    assert Peer.objects.get(identity=str(caller)).poller_polls == 0


def test_a_stranger_is_not_answered_without_discovery(au, bridge):
    stranger = bridge.peer(good(), silent=True, source="inbound").peer
    bridge.hear(stranger, invitation(au.auid, stranger))
    bridge.settle()
    assert (bridge.said, codes()) == ([], {"poll-from-unknown-peer"})


def test_who_polls_the_au_is_known_to_hold_it(au, bridge, caller):
    note_no_au(au_key_id=au.pk, peers=[Peer.objects.get(identity=str(caller))])
    bridge.hear(caller, invitation(au.auid, caller))
    assert not NoAuPeer.objects.exists()


def test_an_invitation_is_refused_while_much_hashing_is_promised(au, bridge, caller):
    PollStatus.objects.create(au=au, last_hash_ms=900_000)
    bridge.hear(caller, invitation(au.auid, caller))
    bridge.hear(caller, PollProof(replace(invitation(au.auid, caller).header)))
    assert Vote.objects.get().hash_request is not None
    bridge.said.clear()
    bridge.carry()
    bridge.said.clear()
    bridge.hear(caller, invitation(au.auid, caller, key="D" * 28))
    bridge.carry()
    assert [message.nak for _, message in bridge.said] == ["NAK_NO_TIME"]


def test_hashing_that_is_done_is_not_promised_any_more(au, bridge, caller):
    PollStatus.objects.create(au=au, last_hash_ms=900_000)
    bridge.hear(caller, invitation(au.auid, caller))
    bridge.hear(caller, PollProof(invitation(au.auid, caller).header))
    bridge.settle()
    assert Vote.objects.get().ended_at is None
    PollStatus.objects.update(last_hash_ms=900_000)
    bridge.hear(caller, invitation(au.auid, caller, key="D" * 28))
    assert Vote.objects.filter(key="D" * 28).exists()


# Deadlines


def test_without_a_proof_the_vote_expires(au, bridge, caller):
    bridge.hear(caller, invitation(au.auid, caller))
    bridge.wait(1_799)
    assert Vote.objects.get().ended_at is None
    bridge.wait(1)
    vote = Vote.objects.get()
    assert (vote.status, vote.ended_at) == (VoterStatus.EXPIRED, now())
    assert not Job.objects.exists()


def voted(au, bridge, caller) -> Vote:
    """We have voted and wait for the receipt."""
    head = invitation(au.auid, caller).header
    bridge.hear(caller, PollMessage(head))
    bridge.hear(caller, PollProof(head))
    bridge.hear(caller, VoteRequest(head))
    bridge.settle()
    vote = Vote.objects.get()
    assert vote.phase == "wait-receipt"
    return vote


def test_without_a_receipt_it_stays_voted(au, bridge, caller, django_capture_on_commit_callbacks):
    voted(au, bridge, caller)
    assert list(blobs.folder().iterdir()) != []
    with django_capture_on_commit_callbacks(execute=True):
        bridge.wait(3_600 + 600)
    vote = Vote.objects.get()
    assert (vote.status, vote.ended_at, vote.agreement_hint) == (VoterStatus.VOTED, now(), None)
    assert list(blobs.folder().iterdir()) == []


def test_a_vote_that_is_asked_for_again_is_sent_again(au, bridge, caller):
    voted(au, bridge, caller)
    bridge.hear(caller, VoteRequest(invitation(au.auid, caller).header))
    bridge.settle()
    votes = [message for _, message in bridge.said if isinstance(message, VoteMessage)]
    assert len(votes) == 2
    assert votes[0].vote_blocks == votes[1].vote_blocks


def test_a_hash_that_comes_too_late_is_taken_back(au, bridge, caller, clock):
    head = invitation(au.auid, caller).header
    bridge.hear(caller, PollMessage(head))
    bridge.hear(caller, PollProof(head))
    bridge.carry()
    bridge.said.clear()
    clock.shift(dt.timedelta(seconds=1_795))
    bridge.settle()
    assert [(type(m), m.nak, m.header.voter_nonce) for _, m in bridge.said] == [
        (PollAck, "NAK_HASH_TIMEOUT", b"")
    ]
    vote = Vote.objects.get()
    assert (vote.status, vote.ended_at) == (VoterStatus.EXPIRED, now())
    assert list(blobs.folder().iterdir()) == []


def test_an_au_without_substance_refuses_after_all(bare, bridge):
    hold(bare, {url: body for url, body in good().items() if not url.endswith("pdf")})
    caller = bridge.peer(good(), silent=True).peer
    head = invitation(bare.auid, caller).header
    bridge.hear(caller, PollMessage(head))
    bridge.hear(caller, PollProof(head))
    bridge.settle()
    last = bridge.said[-1][1]
    assert (type(last), last.nak) == (VoteMessage, "NAK_NO_SUBSTANCE")
    assert Vote.objects.get().status == VoterStatus.NO_SUBSTANCE


def test_an_algorithm_we_do_not_know(au, bridge, caller):
    bridge.hear(caller, invitation(au.auid, caller, hash_algorithm="MD4\0"))
    bridge.settle()
    assert (bridge.said, codes()) == ([], {"poll-unsupported-algorithm"})


# Repairs, given


def ask(bridge, au, caller, url=PDF) -> list[RepairReply]:
    voted(au, bridge, caller)
    bridge.hear(caller, RepairRequest(invitation(au.auid, caller).header, url=url))
    bridge.settle()
    return [message for _, message in bridge.said if isinstance(message, RepairReply)]


@pytest.mark.parametrize("kind", ["POR", "POP", "SYMMETRIC_POR", "SYMMETRIC_POP"])
def test_who_was_seen_to_agree_gets_the_copy(au, bridge, caller, kind):
    peer = Peer.objects.get(identity=str(caller))
    record_agreement(au_key_id=au.pk, peer=peer, type=kind, value=0.5)
    (reply,) = ask(bridge, au, caller)
    assert (reply.url, reply.repair_bytes) == (PDF, good()[PDF][0])
    props = dict(reply.repair_props)
    assert (props["x-lockss-node-url"], props["content-type"]) == (PDF, "application/pdf")
    assert Vote.objects.get().repairs_served == 1
    assert codes() == set()


@pytest.mark.parametrize(
    ("kind", "value", "other_au"),
    [
        (None, 0, False),
        ("POR", 0.49, False),
        # What a peer says of us proves nothing of it.
        ("POR_HINT", 1.0, False),
        ("W_POR", 1.0, False),
        ("POR", 1.0, True),
    ],
)
def test_anybody_else_gets_silence(au, bridge, caller, kind, value, other_au):
    key = repository.ensure_au_key(auid="org|other&x~1").pk if other_au else au.pk
    if kind:
        peer = Peer.objects.get(identity=str(caller))
        record_agreement(au_key_id=key, peer=peer, type=kind, value=value)
    assert ask(bridge, au, caller) == []
    finding = Finding.objects.get()
    assert (finding.code, "no-agreement" in finding.message) == ("poll-repair-not-served", True)


def trusted(au, caller):
    record_agreement(au_key_id=au.pk, peer=Peer.objects.get(identity=str(caller)), type="POR", value=1.0)


@pytest.mark.parametrize(("said", "given"), [("no", 0), ("yes", 1), ("", 1)])
def test_a_publisher_can_forbid_repairs_even_to_who_agreed(au, bridge, caller, said, given):
    trusted(au, caller)
    au.publisher = make_publisher()
    au.save()
    make_agreement(au.publisher, share_repairs=said)
    assert len(ask(bridge, au, caller)) == given
    assert ["publisher-forbids" in one.message for one in Finding.objects.all()] == [True] * (1 - given)


def test_a_publisher_who_permits_repairs_permits_them_to_who_agreed_alone(au, bridge, caller):
    au.publisher = make_publisher()
    au.save()
    make_agreement(au.publisher, share_repairs="yes")
    assert ask(bridge, au, caller) == []
    assert "no-agreement" in Finding.objects.get().message


@pytest.mark.parametrize(
    "url", [BASE + "nowhere", "http://other.example/x", "", "a\0b", "file:///etc/passwd"]
)
def test_only_what_is_held_is_given(au, bridge, caller, url):
    trusted(au, caller)
    assert ask(bridge, au, caller, url) == []
    assert codes() == {"poll-repair-not-served"}


def test_what_lies_outside_the_polls_view_is_not_given(au, bridge, caller, monkeypatch):
    trusted(au, caller)
    from apps.aus.definitions import PollAbility

    monkeypatch.setattr(PollAbility, "includes", lambda self, url: url != PDF)
    assert ask(bridge, au, caller) == []
    assert codes() == {"poll-repair-not-served"}


def test_a_damaged_copy_is_not_given(au, bridge, caller, node):
    trusted(au, caller)
    voted(au, bridge, caller)
    flip(au, PDF, node)
    request = RepairRequest(invitation(au.auid, caller).header, url=PDF)
    bridge.hear(caller, request)
    assert codes() == {"poll-repair-unreadable"}
    assert repository.find(auid=au.auid, url=PDF).state == ArtifactState.DAMAGED
    bridge.hear(caller, request)
    bridge.settle()
    assert "RepairReply" not in bridge.kinds()


def test_an_older_good_version_is_given_in_its_place(au, bridge, caller, node):
    hold(au, {PDF: [b"newer"]})
    trusted(au, caller)
    flip(au, PDF, node)
    assert repository.check_au(auid=au.auid).damaged == 1
    (reply,) = ask(bridge, au, caller)
    assert reply.repair_bytes == good()[PDF][0]


def test_a_poller_is_repaired_by_us(poller, bridge, au):
    trusted(au, poller.peer)
    poller.content[PDF] = [b"damaged there"]
    for other in list(bridge.nodes.values()):
        if other is not None and other is not poller:
            other.serves_nothing = True
    vote = called(poller, bridge)
    for _ in range(4):
        bridge.wait(120)
    assert poller.repaired == [(PDF, str(OWN))]
    assert poller.polls[vote.key].poll.totals.agreement == 1.0


def test_ticks_before_their_time_do_no_harm(au, bridge, caller):
    voted(au, bridge, caller)
    Vote.objects.update(next_tick_at=now())
    before = Vote.objects.get().state
    scanning.tick()
    assert Vote.objects.get().state == before
