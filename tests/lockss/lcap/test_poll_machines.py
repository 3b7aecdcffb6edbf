"""The machines under any sequence of events: they never raise, never leave their tables, and always end."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.lockss.lcap import poller, voter
from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap import voter_events as ve
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import (
    Close,
    RecordAgreement,
    RecordHint,
    Report,
    RequestPublisherRepair,
    Send,
    StartHash,
    VerifyRepair,
)
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Nak,
    Nominate,
    NoOp,
    Poll,
    PollAck,
    PollProof,
    RepairReply,
    RepairRequest,
    Vote,
    VoteRequest,
)
from apps.lockss.lcap.participant import FromVoter
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.poller_state import ParticipantPhase, PollPhase, PollSetup
from apps.lockss.lcap.repair_policy import RepairAction, RepairWish, ServeDecision, Source
from apps.lockss.lcap.schedule import PollTimes
from apps.lockss.lcap.totals import PollTotals, TallySummary
from apps.lockss.lcap.verdict import UrlResult, VoteCounts
from apps.lockss.lcap.voter_state import VoterPhase
from tests.lockss.lcap.poll_samples import (
    AUID,
    KEY,
    MINUTE,
    NOW,
    OTHER,
    POLLER,
    VOTERS,
    header,
    nonce,
    voter_state,
)

CONFIG = PollConfig(quorum=2, max_repairs=3)
PEERS = st.sampled_from([POLLER, OTHER, *VOTERS[:5]])
NONCES = st.sampled_from([b"", nonce(1), nonce(2), nonce(50), nonce(100), nonce(101), b"x" * 500])
URLS = st.sampled_from(["", "http://h/a", "http://h/b", "http://h/c", "\ud800", "x" * 2_000])
REFS = st.sampled_from(["", "ref-1", "ref-2"])
HEADERS = st.builds(
    header,
    key=st.sampled_from([KEY, KEY, KEY, "", "other"]),
    auid=st.sampled_from([AUID, AUID, AUID, "other"]),
    poller_nonce=NONCES,
    voter_nonce=NONCES,
    voter_nonce2=NONCES,
    minor=st.sampled_from([5, 6, 7, 255]),
    duration_s=st.integers(-(1 << 31), (1 << 31) - 1),
    modulus=st.integers(-5, 5),
)
NAKS = st.none() | st.sampled_from(Nak)
SHARES = st.none() | st.floats(0, 1)
MESSAGES = st.one_of(
    st.builds(Poll, HEADERS),
    st.builds(PollAck, HEADERS, nak=NAKS),
    st.builds(PollProof, HEADERS),
    st.builds(Nominate, HEADERS, st.lists(PEERS, max_size=4).map(tuple)),
    st.builds(VoteRequest, HEADERS),
    st.builds(Vote, HEADERS, nak=NAKS),
    st.builds(RepairRequest, HEADERS, URLS),
    st.builds(RepairReply, HEADERS, URLS, st.sampled_from([None, (), (("etag", "1"),)])),
    st.builds(EvaluationReceipt, HEADERS, agreement_hint=SHARES, weighted_agreement_hint=SHARES),
    st.builds(NoOp, HEADERS),
)


# What would end a poll before anything has happened.
SELDOM = st.integers(0, 19).map(lambda number: number == 19)


class Clocked(RuleBasedStateMachine):
    """Time goes on between events, never back; everything sent can be encoded."""

    def __init__(self):
        super().__init__()
        self.now = NOW
        self.closings = 0
        self.effects = []

    def take(self, effects):
        self.effects += effects
        self.closings += sum(isinstance(effect, Close) for effect in effects)
        for effect in effects:
            if isinstance(effect, Send):
                # A URL that cannot be encoded came from our own tally, not from a peer.
                assert decode(encode(effect.message)) == effect.message
                assert effect.expires_ms is None or effect.expires_ms >= NOW

    @rule(passed=st.sampled_from([0, 1, 1_000, 1_000, 30_000, 30_000, MINUTE]), long=SELDOM)
    def time_passes(self, passed, long):
        self.now += 20 * passed if long else passed


class VoterMachine(Clocked):
    @initialize(
        nonce2=st.sampled_from([b"", nonce(2)]),
        modulus=st.sampled_from([0, 3]),
        weighted=st.booleans(),
        minor=st.sampled_from([5, 6]),
    )
    def admit(self, nonce2, modulus, weighted, minor):
        self.state = voter_state(voter_nonce2=nonce2, modulus=modulus, weighted=weighted, minor=minor)

    def step(self, event):
        before = self.state
        self.state, effects = voter.step(before, event, self.now, CONFIG)
        move = voter.TABLE.get((before.phase, event.kind))
        findings = [effect for effect in effects if isinstance(effect, Report)]
        if move is None or not isinstance(event, ve.FromPoller) or event.sender == POLLER:
            allowed = {before.phase} if move is None else {*move.to, before.phase}
            assert self.state.phase in allowed
        if isinstance(event, ve.FromPoller) and event.sender != POLLER:
            assert self.state == before
            assert [report.finding.code for report in findings] == [PollCode.NOT_THE_POLLER]
        self.take(effects)

    @rule(message=MESSAGES, sender=PEERS, ref=REFS, serve=st.sampled_from(ServeDecision))
    def hear(self, message, sender, ref, serve):
        self.step(ve.FromPoller(sender=sender, message=message, blocks_ref=ref, serve=serve))

    @rule(kind=st.sampled_from([PollProof, VoteRequest, EvaluationReceipt, RepairRequest]), ref=REFS)
    def hear_what_is_due(self, kind, ref):
        message = kind(header(voter_nonce2=nonce(2)))
        self.step(ve.FromPoller(sender=POLLER, message=message, blocks_ref=ref, serve=ServeDecision.AGREED))

    @rule(ref=REFS, empty=SELDOM)
    def hash_done(self, ref, empty):
        self.step(ve.HashDone(blocks_ref=ref, symmetric_ref=ref, has_substance=not empty))

    @rule(really=SELDOM, timed_out=st.booleans())
    def hash_failed(self, really, timed_out):
        if really:
            self.step(ve.HashFailed(timed_out=timed_out))

    @rule()
    def tick(self):
        self.step(ve.Tick())

    @rule(really=SELDOM)
    def abort(self, really):
        if really:
            self.step(ve.Abort())

    @invariant()
    def what_was_done_is_done_once(self):
        if not hasattr(self, "state"):
            return
        assert self.closings == int(self.state.closed)
        assert sum(isinstance(effect, StartHash) for effect in self.effects) <= 1
        hints = [effect.kind for effect in self.effects if isinstance(effect, RecordHint)]
        assert len(hints) == len(set(hints))
        voted = any(isinstance(e, Send) and isinstance(e.message, Vote) for e in self.effects)
        assert voted or self.state.phase is not VoterPhase.WAIT_RECEIPT

    def teardown(self):
        """However it stands, time alone ends it."""
        if not hasattr(self, "state"):
            return
        for _ in range(3):
            if self.state.closed:
                break
            self.now = max(self.now, self.state.next_tick_ms())
            self.step(ve.Tick())
        assert self.state.closed
        assert self.closings == 1


WISHES = st.lists(
    st.builds(
        RepairWish,
        st.sampled_from(["http://h/a", "http://h/b", "http://h/c"]),
        st.sampled_from([RepairAction.REPAIR, RepairAction.REPAIR, *RepairAction]),
        st.just(UrlResult.LOST),
        st.lists(
            st.builds(
                Source, st.none() | st.sampled_from(VOTERS[:5]), st.sampled_from(["http://h/a", "http://h/b"])
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
        st.just(frozenset({nonce(9)})),
    ),
    max_size=4,
    unique_by=lambda wish: wish.url,
).map(tuple)


class Polling(Clocked):
    """A poller under events; the machines below say where it begins."""

    def call(self, count, sampled, minor):
        setup = PollSetup(
            key=KEY,
            auid=AUID,
            own_id=POLLER,
            groups=("test",),
            plugin_version="1",
            hash_algorithm="SHA-1",
            modulus=2 if sampled else 0,
            sample_nonce=nonce(5) if sampled else b"",
        )
        times = PollTimes(NOW + 5 * MINUTE, NOW + 10 * MINUTE, NOW + 20 * MINUTE)
        invitees = [pe.Invitee(VOTERS[index], minor, nonce(100 + index)) for index in range(count)]
        self.state, effects = poller.start(setup, times, invitees, self.now, CONFIG)
        self.take(effects)

    def step(self, event):
        before = self.state
        self.state, effects = poller.step(before, event, self.now, CONFIG)
        move = poller.TABLE.get((before.poll.phase, pe.kind_of(event)))
        assert self.state.poll.phase in ({before.poll.phase} if move is None else move.to)
        self.take(effects)

    @rule(message=MESSAGES, sender=PEERS, ref=REFS)
    def hear(self, message, sender, ref):
        self.step(FromVoter(sender=sender, message=message, blocks_ref=ref, body_ref=ref))

    @rule(index=st.integers(0, 4))
    def hear_what_is_due(self, index):
        """The next message of a well-behaved voter."""
        voter_now = self.state.participant(VOTERS[index])
        if voter_now is None:
            return
        head = replace(
            header(),
            poller_nonce=voter_now.poller_nonce,
            voter_nonce=nonce(50 + index),
            voter_nonce2=nonce(60),
        )
        names = [
            source.name
            for each in self.state.repairs
            for source in each.asked
            if source.peer == VOTERS[index]
        ]
        message = {
            ParticipantPhase.WAIT_POLL_ACK: PollAck(head),
            ParticipantPhase.WAIT_NOMINATE: Nominate(head, (OTHER,)),
            ParticipantPhase.WAIT_VOTE: Vote(head),
        }.get(voter_now.phase, RepairReply(head, names[0] if names else "http://h/a", ()))
        self.step(FromVoter(sender=VOTERS[index], message=message, blocks_ref="ref", body_ref="ref"))

    @rule(chosen=st.lists(PEERS, max_size=3), wanted=st.integers(0, 4), outer=st.booleans())
    def invite(self, chosen, wanted, outer):
        invitees = tuple(pe.Invitee(peer, 5, nonce(8)) for peer in chosen)
        self.step(pe.Invite(invitees, wanted, outer))

    @rule(empty=SELDOM)
    def hash_done(self, empty):
        self.step(pe.HashDone("own", ("sym",), not empty))

    @rule()
    def all_vote(self):
        """Every voter says all it has to say."""
        for _ in range(3):
            for index in range(5):
                if not self.state.closed:
                    self.hear_what_is_due(index)

    @rule(wishes=WISHES, inquorate=SELDOM)
    def tally_done(self, wishes, inquorate):
        voters = len(self.state.poll.frozen)
        found = TallySummary(
            counts=(VoteCounts(agreed=1),) * voters,
            totals=PollTotals(agreed=5, disagreed=5),
            urls=10,
            quorate=not inquorate,
            faults=(None,) * voters,
        )
        self.step(pe.TallyDone(found, wishes))

    @rule(really=SELDOM, timed_out=st.booleans())
    def job_failed(self, really, timed_out):
        if really:
            self.step(pe.JobFailed(timed_out))

    @rule(index=st.integers(0, 2), good=st.booleans(), which=st.integers(0, 2))
    def repair_checked(self, index, good, which):
        if index >= len(self.state.repairs) or which >= len(self.state.repairs[index].asked):
            return
        repair = self.state.repairs[index]
        result = UrlResult.WON if good else None
        self.step(pe.RepairChecked(url=repair.url, source=repair.asked[which], result=result))

    @rule()
    def tick(self):
        self.step(pe.Tick())

    @rule(really=SELDOM)
    def abort(self, really):
        if really:
            self.step(pe.Abort())

    @invariant()
    def what_was_done_is_done_once(self):
        if not hasattr(self, "state"):
            return
        assert self.closings == int(self.state.closed)
        assert sum(isinstance(effect, StartHash) for effect in self.effects) <= 1
        receipts = [
            e.to for e in self.effects if isinstance(e, Send) and isinstance(e.message, EvaluationReceipt)
        ]
        assert len(receipts) == len(set(receipts))
        told = [effect.peer for effect in self.effects if isinstance(effect, RecordAgreement)]
        assert told == receipts
        peers = [voter.peer for voter in self.state.participants]
        assert len(peers) == len(set(peers))
        assert POLLER not in peers
        assert set(self.state.poll.frozen) <= set(peers)
        assert len(self.state.repairs) <= CONFIG.max_repairs
        totals = self.state.poll.totals
        assert totals.agreed >= 0 <= totals.disagreed

    @invariant()
    def no_copy_is_looked_at_that_was_not_asked_for(self):
        asked = {
            (e.to, e.message.url)
            for e in self.effects
            if isinstance(e, Send) and isinstance(e.message, RepairRequest)
        }
        looked = {(e.source.peer, e.source.name) for e in self.effects if isinstance(e, VerifyRepair)}
        assert looked <= asked
        fetched = [url for e in self.effects if isinstance(e, RequestPublisherRepair) for url in e.urls]
        assert len(fetched) <= 3 * 3

    def teardown(self):
        """However it stands, time alone ends it, and every voter that is still with us has its receipt."""
        if not hasattr(self, "state"):
            return
        for _ in range(20):
            if self.state.closed:
                break
            self.now = max(self.now, self.state.next_tick_ms(CONFIG.repair_patience_ms))
            self.step(pe.Tick())
        assert self.state.closed
        assert self.closings == 1
        assert self.state.poll.phase is PollPhase.CLOSED


class PollerMachine(Polling):
    @initialize(count=st.sampled_from([0, 1, 3, 4, 5]), sampled=st.booleans(), minor=st.sampled_from([5, 6]))
    def begin(self, count, sampled, minor):
        self.call(count, sampled, minor)


class RepairMachine(Polling):
    """Begins with repairs asked for, which few sequences of events would come to."""

    @initialize(wishes=WISHES)
    def begin(self, wishes):
        self.call(5, sampled=False, minor=5)
        self.all_vote()
        self.now += 5 * MINUTE
        self.step(pe.Tick())
        self.step(pe.HashDone("own"))
        self.tally_done(wishes, inquorate=False)


TestVoterMachine = VoterMachine.TestCase
TestVoterMachine.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestPollerMachine = PollerMachine.TestCase
TestPollerMachine.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestRepairMachine = RepairMachine.TestCase
TestRepairMachine.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
