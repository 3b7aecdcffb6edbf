"""Polls at hand for tests: states in every phase and an event of every kind."""

from dataclasses import replace

from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap import voter_events as ve
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Effect, Report
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Header,
    Message,
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
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, VoterStatus
from apps.lockss.lcap.poller_state import (
    Participant,
    ParticipantPhase,
    PollerState,
    PollPhase,
    PollSetup,
    PollState,
    Repair,
)
from apps.lockss.lcap.repair_policy import ServeDecision, Source
from apps.lockss.lcap.totals import PollTotals, TallySummary
from apps.lockss.lcap.verdict import UrlResult, VoteCounts
from apps.lockss.lcap.voter_state import VoterPhase, VoterState

NOW = 1_700_000_000_000
MINUTE = 60_000
CONFIG = PollConfig()
POLLER = PeerId("10.0.0.1", 9729)
VOTERS = tuple(PeerId("10.0.1.1", 9700 + index) for index in range(20))
OTHER = PeerId("10.9.9.9", 9729)
AUID = "org|lockss|portal|sample|SamplePublisherPlugin&volume~1"
KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQ="
URL = "http://example.com/a"


def nonce(number: int) -> bytes:
    return bytes([number]) * 20


def header(**changes) -> Header:
    base = Header(
        key=KEY,
        auid=AUID,
        orig_id=POLLER,
        dest_id=VOTERS[0],
        plugin_version="1",
        duration_s=1_200,
        poller_nonce=nonce(100),
        voter_nonce=nonce(1),
        groups=("test",),
    )
    return replace(base, **changes)


def voter_state(**changes) -> VoterState:
    base = VoterState(
        key=KEY,
        auid=AUID,
        own_id=VOTERS[0],
        poller=POLLER,
        minor=5,
        groups=("test",),
        plugin_version="1",
        hash_algorithm="SHA-1",
        modulus=0,
        samples=False,
        sample_nonce=b"",
        poller_nonce=nonce(100),
        voter_nonce=nonce(1),
        voter_nonce2=nonce(2),
        weighted=False,
        created_ms=NOW,
        vote_deadline_ms=NOW + 5 * MINUTE,
        poll_deadline_ms=NOW + 20 * MINUTE,
        hash_start_ms=NOW + MINUTE // 2,
        hash_finish_ms=NOW + 4 * MINUTE,
    )
    return replace(base, **changes)


def voted_state(**changes) -> VoterState:
    return voter_state(
        **{
            "phase": VoterPhase.WAIT_RECEIPT,
            "status": VoterStatus.VOTED,
            "hashing_done": True,
            "vote_requested": True,
            "blocks_ref": "own",
            "symmetric_ref": "own-symmetric",
            **changes,
        }
    )


def told(message: Message, sender: PeerId = POLLER, **changes) -> ve.FromPoller:
    return ve.FromPoller(sender=sender, message=message, **changes)


VOTER_EVENTS: dict[ve.VoterEventKind, ve.VoterEvent] = {
    ve.VoterEventKind.POLL: told(Poll(header())),
    ve.VoterEventKind.POLL_PROOF: told(PollProof(header()), nominees=(OTHER,)),
    ve.VoterEventKind.VOTE_REQUEST: told(VoteRequest(header())),
    ve.VoterEventKind.REPAIR_REQUEST: told(RepairRequest(header(), url=URL), serve=ServeDecision.AGREED),
    ve.VoterEventKind.RECEIPT: told(EvaluationReceipt(header(), agreement_hint=0.5)),
    ve.VoterEventKind.STRAY: told(NoOp(header())),
    ve.VoterEventKind.HASH_DONE: ve.HashDone(blocks_ref="own", symmetric_ref="own-symmetric"),
    ve.VoterEventKind.HASH_FAILED: ve.HashFailed(timed_out=True),
    ve.VoterEventKind.TICK: ve.Tick(),
    ve.VoterEventKind.ABORT: ve.Abort("the AU was removed"),
}


def poll_state(**changes) -> PollState:
    setup = PollSetup(
        key=KEY,
        auid=AUID,
        own_id=POLLER,
        groups=("test",),
        plugin_version="1",
        hash_algorithm="SHA-1",
    )
    base = PollState(
        setup=changes.pop("setup", setup),
        quorum=2,
        margin=75,
        target=3,
        created_ms=NOW,
        vote_deadline_ms=NOW + 5 * MINUTE,
        tally_end_ms=NOW + 10 * MINUTE,
        poll_deadline_ms=NOW + 20 * MINUTE,
        next_invitation_ms=NOW + 2 * MINUTE,
    )
    return replace(base, **changes)


_STATUS = {
    ParticipantPhase.WAIT_POLL_ACK: ParticipantStatus.INVITED,
    ParticipantPhase.WAIT_NOMINATE: ParticipantStatus.ACCEPTED,
    ParticipantPhase.WAIT_VOTE: ParticipantStatus.WAITING_FOR_VOTE,
    ParticipantPhase.TALLY: ParticipantStatus.VOTED,
    ParticipantPhase.COMPLETE: ParticipantStatus.COMPLETE,
    ParticipantPhase.DROPPED: ParticipantStatus.DECLINED,
}


def participant(
    index: int = 0, phase: ParticipantPhase = ParticipantPhase.WAIT_POLL_ACK, **changes
) -> Participant:
    answered = phase not in {ParticipantPhase.WAIT_POLL_ACK, ParticipantPhase.DROPPED}
    base = Participant(
        peer=VOTERS[index],
        minor=5,
        poller_nonce=nonce(100 + index),
        invited_ms=NOW,
        phase=phase,
        status=_STATUS[phase],
        voter_nonce=nonce(50 + index) if answered else b"",
        blocks_ref=f"vote-{index}" if phase in {ParticipantPhase.TALLY, ParticipantPhase.COMPLETE} else "",
    )
    return replace(base, **changes)


def said(message: Message, index: int = 0, **changes) -> FromVoter:
    return FromVoter(sender=VOTERS[index], message=message, **changes)


def voter_header(index: int = 0, **changes) -> Header:
    base = {
        "orig_id": VOTERS[index],
        "dest_id": POLLER,
        "poller_nonce": nonce(100 + index),
        "voter_nonce": nonce(50 + index),
    }
    return header(**{**base, **changes})


def acceptance(index: int = 0, **changes) -> FromVoter:
    return said(PollAck(voter_header(index, **changes)), index)


def refusal(index: int = 0, nak: Nak | None = Nak.NO_AU, **changes) -> FromVoter:
    quiet = {"poller_nonce": b"", "voter_nonce": b""}
    return said(PollAck(voter_header(index, **{**quiet, **changes}), nak=nak), index)


def nomination(index: int = 0, *nominees: PeerId) -> FromVoter:
    return said(Nominate(voter_header(index), nominees=nominees), index)


def vote(index: int = 0) -> FromVoter:
    return said(Vote(voter_header(index)), index, blocks_ref=f"vote-{index}")


def copy_of(url: str = URL, index: int = 0, props=(("content-type", "text/html"),)) -> FromVoter:
    reply = RepairReply(voter_header(index), url=url, repair_props=props)
    return said(reply, index, body_ref="body")


def summary(voters: int, agreed: int = 3, *, quorate: bool = True, **totals) -> TallySummary:
    return TallySummary(
        counts=tuple(VoteCounts(agreed=agreed, disagreed=1) for _ in range(voters)),
        totals=PollTotals(**(totals or {"agreed": 3, "disagreed": 1})),
        urls=4,
        quorate=quorate,
        faults=(None,) * voters,
    )


def repair(url: str = URL, *sources: int, asked: tuple[int, ...] = (), **changes) -> Repair:
    base = Repair(
        url=url,
        reason=UrlResult.LOST,
        hashes=frozenset({nonce(9)}),
        sources=tuple(Source(VOTERS[index], url) for index in sources),
        asked=tuple(Source(VOTERS[index], url) for index in asked),
        asked_ms=NOW,
    )
    return replace(base, **changes)


def tallied(phase: PollPhase, voters: int = 2, repairs: tuple[Repair, ...] = (), **changes) -> PollerState:
    """A poll whose votes are in: ``voters`` of them, hashed in that order."""
    participants = tuple(
        participant(index, ParticipantPhase.TALLY, counts=VoteCounts(agreed=3, disagreed=1))
        for index in range(voters)
    )
    frozen = tuple(voter.peer for voter in participants)
    poll = poll_state(
        **{
            "phase": phase,
            "frozen": frozen,
            "quorate": True,
            "next_invitation_ms": None,
            "totals": PollTotals(agreed=3, disagreed=1),
            **changes,
        }
    )
    return PollerState(poll, participants, repairs)


def inviting(*participants: Participant, **changes) -> PollerState:
    return PollerState(poll_state(**changes), participants)


POLL_EVENTS: dict[pe.PollEventKind, pe.PollEvent] = {
    pe.PollEventKind.MESSAGE: acceptance(),
    pe.PollEventKind.INVITE: pe.Invite((pe.Invitee(OTHER, 5, nonce(7)),), 1),
    pe.PollEventKind.HASH_DONE: pe.HashDone("own"),
    pe.PollEventKind.TALLY_DONE: pe.TallyDone(summary(2)),
    pe.PollEventKind.JOB_FAILED: pe.JobFailed(timed_out=False, detail="disk"),
    pe.PollEventKind.REPAIR_CHECKED: pe.RepairChecked(
        url=URL, source=Source(VOTERS[0], URL), result=UrlResult.WON
    ),
    pe.PollEventKind.TICK: pe.Tick(),
    pe.PollEventKind.ABORT: pe.Abort("by hand"),
}


def codes(effects: tuple[Effect, ...]) -> list[PollCode]:
    return [effect.finding.code for effect in effects if isinstance(effect, Report)]


def of_type(effects, *kinds):
    return [effect for effect in effects if isinstance(effect, kinds)]
