"""What peers may send that they should not: refused, or a finding; the poll and the other messages go on."""

from dataclasses import replace

import pytest

from apps.common.models import Finding
from apps.lockss.lcap.blocks import encode_block
from apps.lockss.lcap.codec import encode
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    BlockVersion,
    EvaluationReceipt,
    Header,
    Nominate,
    PollAck,
    PollProof,
    RepairRequest,
    Vote,
    VoteBlock,
    VoteRequest,
)
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.lockss.lcap.poller_state import header
from apps.peers.models import InboundMessage, OutboundMessage, Peer
from apps.polls import blobs, store
from apps.polls.models import Participant, Poll, PollStatus, UrlTally
from apps.polls.models import Vote as VoteRow
from apps.polls.services import inbox
from tests.polls.bridge import OWN
from tests.polls.conftest import BASE, PDF, call, codes, good

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_poll(au, bridge, voters):
    """A poll that waits for one voter more: (poll, the one that is silent)."""
    quiet = bridge.peer(good(), silent=True)
    poll = call(au, bridge)
    assert poll.phase == "inviting"
    return poll, quiet.peer


def as_voter(poll: Poll, peer: PeerId, **changes) -> Header:
    """A header as the invited ``peer`` would write it."""
    state = store.load_poller(poll)
    voter = state.participant(peer)
    own = {"orig_id": peer, "dest_id": OWN, "voter_nonce": b"v" * 20}
    return replace(header(state.poll, voter, store.now_ms()), **{**own, **changes})


def findings() -> dict[str, str]:
    return dict(Finding.objects.values_list("code", "subject"))


def stated(poll: Poll) -> list:
    return [poll.state, *Participant.objects.filter(poll=poll).order_by("pk").values_list("state", flat=True)]


# Out of turn, and from whom it must not come


@pytest.mark.parametrize("kind", [Nominate, Vote, VoteRequest, RepairRequest, EvaluationReceipt])
def test_a_message_out_of_turn_changes_nothing(open_poll, bridge, kind):
    poll, quiet = open_poll
    before = stated(poll)
    row = bridge.hear(quiet, kind(as_voter(poll, quiet)))
    poll.refresh_from_db()
    assert stated(poll) == before
    assert (row.state, findings()) == ("done", {"poll-message-out-of-turn": f"peer:{quiet}"})
    late = Finding.objects.get()
    assert (late.severity, late.params["au"]) == ("info", poll.au.slug)
    assert " in " in late.params["event"]


def test_a_second_vote_is_out_of_turn_and_leaves_no_file(
    open_poll, bridge, voters, django_capture_on_commit_callbacks
):
    poll, _ = open_poll
    files = set(blobs.folder().iterdir())
    again = Vote(as_voter(poll, voters[0].peer), vote_blocks=(VoteBlock(BASE + "x"),))
    with django_capture_on_commit_callbacks(execute=True):
        bridge.hear(voters[0].peer, again)
    assert findings() == {"poll-message-out-of-turn": f"peer:{voters[0].peer}"}
    assert set(blobs.folder().iterdir()) == files


def test_from_a_peer_that_was_not_invited(open_poll, bridge):
    poll, quiet = open_poll
    other = bridge.peer(good()).peer
    bridge.hear(other, PollAck(as_voter(poll, quiet, orig_id=other)))
    assert findings() == {"poll-message-not-from-participant": f"peer:{other}"}
    assert not Participant.objects.filter(peer__identity=str(other)).exists()


def test_with_the_nonce_of_another(open_poll, bridge):
    poll, quiet = open_poll
    bridge.hear(quiet, PollAck(as_voter(poll, quiet, poller_nonce=b"x" * 20)))
    assert findings() == {"poll-wrong-nonce": f"peer:{quiet}"}


def test_with_the_key_of_one_poll_and_the_au_of_another(open_poll, bridge):
    poll, quiet = open_poll
    bridge.hear(quiet, PollAck(as_voter(poll, quiet, auid="org|other&x~1")))
    assert findings() == {"poll-message-of-other-poll": f"peer:{quiet}"}


# Keys


def test_an_unknown_key_is_refused_with_its_code(open_poll, bridge, voters):
    poll, quiet = open_poll
    row = bridge.hear(quiet, PollAck(as_voter(poll, quiet, key="A" * 28)))
    assert (row.state, row.error_code) == ("refused", "poll-message-of-other-poll")
    assert "no poll with key" in row.error
    assert findings() == {"poll-message-of-other-poll": f"peer:{quiet}"}


@pytest.mark.parametrize("kind", [PollMessage, PollAck, Vote])
@pytest.mark.parametrize("key", ["k" * 65, "k\0k", "k" * 255])
def test_keys_that_no_row_could_hold(open_poll, bridge, kind, key):
    poll, quiet = open_poll
    row = bridge.hear(quiet, kind(as_voter(poll, quiet, key=key)))
    assert (row.state, row.error_code) == ("refused", "poll-bad-key")
    assert not VoteRow.objects.exists()


def test_an_au_that_no_row_could_hold(open_poll, bridge):
    poll, quiet = open_poll
    row = bridge.hear(quiet, PollMessage(as_voter(poll, quiet, key="B" * 28, auid="a\0b", groups=("t\0",))))
    assert (row.state, row.error_code, row.auid) == ("refused", "poll-bad-key", "a�b")
    assert Peer.objects.get(identity=str(quiet)).groups == ["t�"]


# Bytes


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"", "message-truncated"),
        (b"lpm\3", "message-truncated"),
        (b"x" * 100, "message-signature"),
    ],
)
def test_bytes_that_are_no_message(open_poll, bridge, wire, code):
    """The listener lets none of this through; the inbox does not rely on it."""
    poll, quiet = open_poll
    row = bridge.receive(quiet, PollAck(as_voter(poll, quiet)))
    InboundMessage.objects.filter(pk=row.pk).update(body=wire, size=len(wire))
    inbox.read_inbox()
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("refused", code)


def test_a_head_cut_at_every_byte(open_poll, bridge):
    poll, quiet = open_poll
    wire = encode(PollAck(as_voter(poll, quiet)))
    before = stated(poll)
    row = bridge.receive(quiet, wire)
    for size in range(len(wire)):
        InboundMessage.objects.filter(pk=row.pk).update(body=wire[:size], size=size, state="waiting")
        inbox.read_inbox()
        row.refresh_from_db()
        assert (row.state, bool(row.error_code)) == ("refused", True), size
    poll.refresh_from_db()
    assert stated(poll) == before


def test_a_message_whose_file_is_gone_does_not_stop_the_others(open_poll, bridge, clock):
    poll, quiet = open_poll
    first = bridge.receive(quiet, PollAck(as_voter(poll, quiet)))
    InboundMessage.objects.filter(pk=first.pk).update(body=None, spool="in/" + "0" * 32)
    second = bridge.hear(quiet, PollAck(as_voter(poll, quiet)))
    first.refresh_from_db()
    assert (first.state, second.state) == ("waiting", "done")
    assert findings() == {"inbox-stumbled": f"peer:{quiet}"}
    # After a day it is given up.
    clock.shift(25 * 3600)
    inbox.read_inbox()
    first.refresh_from_db()
    assert (first.state, first.error_code) == ("refused", "inbox-stumbled")
    assert "FileNotFoundError" in first.error


# Votes


def vote_of(url: str, **version) -> VoteBlock:
    return VoteBlock(url, (BlockVersion(plain_hash=b"p" * 20, nonced_hash=b"n" * 20, **version),))


def accepted(poll: Poll, bridge, peer: PeerId) -> None:
    bridge.hear(peer, PollAck(as_voter(poll, peer)))
    bridge.hear(peer, Nominate(as_voter(poll, peer)))


def raw_vote(poll: Poll, peer: PeerId, body: bytes, count: int = 1) -> bytes:
    from apps.lockss.lcap.head import encode_head

    return encode_head(Vote(as_voter(poll, peer)), count, 0) + body


BAD_VOTES = {
    "no blocks": b"",
    "garbage": b"\0\5abcde",
    "cut in a record": encode_block(vote_of(BASE + "a"))[:-3],
    "cut in a length": b"\0",
    "a record without url": b"\0\4vt=0",
    "too long a record": b"\xff\xff" + b"x" * 65_535,
    "out of order": encode_block(vote_of(BASE + "z")) + encode_block(vote_of(BASE + "a")),
    "twice the same": encode_block(vote_of(PDF)) * 2,
}


@pytest.mark.parametrize("body", BAD_VOTES.values(), ids=BAD_VOTES)
def test_a_spoiled_vote_does_not_count_and_harms_nobody(open_poll, bridge, body):
    poll, quiet = open_poll
    accepted(poll, bridge, quiet)
    row = bridge.hear(quiet, raw_vote(poll, quiet, body))
    assert row.state == "done"
    bridge.settle()
    poll.refresh_from_db()
    assert (poll.status, poll.quorate, poll.agreement) == (Status.COMPLETE, True, 1.0)
    assert codes() == {"poll-vote-spoiled"}
    assert Finding.objects.get().subject == f"peer:{quiet}"
    spoiler = Participant.objects.get(peer__identity=str(quiet))
    assert spoiler.spoiled > 0 or body == BAD_VOTES["out of order"]


@pytest.mark.parametrize("url", ["a\0b", BASE + "\0", "\x1b0000", "é" * 5_000, "http://pub.example/\n/x"])
def test_a_vote_on_urls_that_no_row_could_hold(open_poll, bridge, url):
    """One liar may name what it likes: a row about it is kept, and the poll is counted."""
    poll, quiet = open_poll
    accepted(poll, bridge, quiet)
    bridge.hear(quiet, Vote(as_voter(poll, quiet), vote_blocks=(vote_of(url),)))
    bridge.settle()
    poll.refresh_from_db()
    assert (poll.status, poll.urls) == (Status.COMPLETE, len(good()) + 1)
    odd = UrlTally.objects.get(url_digest=store.url_digest(url))
    assert (odd.result, odd.url) == ("Won", url.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def test_a_landslide_for_such_a_url_is_told_and_not_asked_for(au, bridge, settings):
    url = BASE + "a\0b"
    content = {**good(), url: [b"x"]}
    for _ in range(3):
        bridge.peer(content)
    settings.NODE = replace(settings.NODE, repair_from_publisher=True)
    poll = call(au, bridge)
    assert (poll.status, poll.disagreed) == (Status.COMPLETE, 1)
    assert not poll.repairs.exists()
    assert UrlTally.objects.get().result == "LostVoterOnly"


def test_many_lies_of_one_voter_are_bounded(open_poll, bridge, monkeypatch):
    from apps.lockss.lcap import tally

    monkeypatch.setattr(
        tally.TallyRules, "__init__", _with(tally.TallyRules.__init__, max_quiet_rows=10), raising=True
    )
    poll, quiet = open_poll
    accepted(poll, bridge, quiet)
    lies = tuple(vote_of(f"{BASE}lie/{n:04}") for n in range(300))
    bridge.hear(quiet, Vote(as_voter(poll, quiet), vote_blocks=lies))
    bridge.settle()
    poll.refresh_from_db()
    assert (poll.status, poll.urls) == (Status.COMPLETE, len(good()) + 300)
    assert UrlTally.objects.count() == 10


def _with(init, **forced):
    def wrapped(self, **given):
        init(self, **{**given, **forced})

    return wrapped


# The voter's side: only the poller speaks


@pytest.fixture
def our_vote(au, bridge, monkeypatch):
    """We vote in a poll of one peer; another one listens: (the row, poller, stranger)."""
    poller, stranger = (bridge.peer(good(), silent=True).peer for _ in range(2))
    message = PollMessage(
        Header(
            key="C" * 27 + "=",
            auid=au.auid,
            orig_id=poller,
            dest_id=OWN,
            plugin_version="Poll_1",
            duration_s=3_600,
            vote_duration_ms=1_800_000,
            poller_nonce=b"p" * 20,
            groups=("test",),
            minor=6,
        )
    )
    bridge.hear(poller, message)
    return VoteRow.objects.get(), poller, stranger


def from_poller(row: VoteRow, sender: PeerId, **changes) -> Header:
    state = store.load_voter(row)
    base = Header(
        key=row.key,
        auid=state.auid,
        orig_id=sender,
        dest_id=OWN,
        plugin_version="Poll_1",
        poller_nonce=b"p" * 20,
        voter_nonce=state.voter_nonce,
        voter_nonce2=state.voter_nonce2,
        groups=("test",),
        minor=6,
    )
    return replace(base, **changes)


@pytest.mark.parametrize("kind", [PollProof, VoteRequest, RepairRequest, EvaluationReceipt])
def test_only_the_poller_may_speak(our_vote, bridge, kind):
    row, _, stranger = our_vote
    before = row.state
    bridge.hear(stranger, kind(from_poller(row, stranger)))
    row.refresh_from_db()
    assert row.state == before
    assert findings() == {"poll-message-not-from-poller": f"peer:{stranger}"}
    assert OutboundMessage.objects.filter(peer__identity=str(stranger)).count() == 0


@pytest.mark.parametrize("kind", [VoteRequest, RepairRequest, EvaluationReceipt, PollAck, Vote])
def test_the_poller_out_of_turn(our_vote, bridge, kind):
    row, poller, _ = our_vote
    before = row.state
    bridge.hear(poller, kind(from_poller(row, poller)))
    row.refresh_from_db()
    assert row.state == before
    assert findings() == {"poll-message-out-of-turn": f"peer:{poller}"}


def test_the_poller_with_another_nonce(our_vote, bridge):
    row, poller, _ = our_vote
    bridge.hear(poller, PollProof(from_poller(row, poller, poller_nonce=b"q" * 20)))
    assert findings() == {"poll-wrong-nonce": f"peer:{poller}"}


def test_a_key_of_ours_is_nobody_elses(open_poll, bridge):
    poll, quiet = open_poll
    head = as_voter(poll, quiet, groups=("test",), vote_duration_ms=1_000_000, voter_nonce=b"")
    bridge.hear(quiet, PollMessage(head))
    assert findings() == {"poll-bad-key": f"peer:{quiet}"}
    assert not VoteRow.objects.exists()


def test_a_key_of_one_poller_is_not_anothers(our_vote, bridge):
    row, poller, stranger = our_vote
    head = from_poller(row, stranger, duration_s=3_600, vote_duration_ms=1_800_000, voter_nonce=b"")
    bridge.hear(stranger, PollMessage(head))
    assert findings() == {"poll-bad-key": f"peer:{stranger}"}
    assert VoteRow.objects.get().poller.identity == str(poller)


def test_nobody_polls_itself(au, bridge):
    from apps.peers.services import ensure_peer

    ensure_peer(identity=OWN, source="configured")
    row = bridge.hear(OWN, PollMessage(Header(key="D" * 28, auid=au.auid, duration_s=600, groups=("test",))))
    assert row.state == "done"
    assert codes() == {"poll-from-ourselves"}
    assert not PollStatus.objects.exists()
