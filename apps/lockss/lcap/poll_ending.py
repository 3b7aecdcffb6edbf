"""The end of a poll: what it found is recorded, and every voter hears of it (lcap-v3 §4.6, §6.4–§6.7)."""

from dataclasses import replace

from apps.lockss.lcap import participant
from apps.lockss.lcap.agreement import AgreementType
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Close, Effect, Effects, RecordAgreement, RecordAuResult
from apps.lockss.lcap.participant import ReceiptDue
from apps.lockss.lcap.poll_codes import PollStatus, PollVariant
from apps.lockss.lcap.poller_state import Participant, ParticipantPhase, PollerState, PollPhase
from apps.lockss.lcap.totals import TallySummary

Step = tuple[PollerState, Effects]


def with_counts(state: PollerState, summary: TallySummary) -> tuple[Participant, ...]:
    counts = dict(zip(state.poll.frozen, summary.counts, strict=True))
    weighted = dict(zip(state.poll.frozen, summary.weighted_counts, strict=False))
    return tuple(
        replace(
            voter,
            counts=counts.get(voter.peer),
            weighted_agreement=weighted[voter.peer].agreement if voter.peer in weighted else None,
        )
        for voter in state.participants
    )


def tell_voters(state: PollerState, now: int, config: PollConfig) -> Step:
    """Record how far each voter agrees, and send its receipt; to each voter once."""
    effects: list[Effect] = []
    sampled = state.poll.setup.sampled
    voters = []
    for voter in state.participants:
        if voter.phase is not ParticipantPhase.TALLY or voter.counts is None:
            voters.append(voter)
            continue
        agreement, weighted = voter.counts.agreement, voter.weighted_agreement
        effects.append(RecordAgreement(voter.peer, AgreementType.of(sampled=sampled), agreement))
        if weighted is not None:
            kind = AgreementType.of(sampled=sampled, weighted=True)
            effects.append(RecordAgreement(voter.peer, kind, weighted))
        done, sent = participant.step(state.poll, voter, ReceiptDue(agreement, weighted), now, config)
        voters.append(done)
        effects += sent
    return replace(state, participants=tuple(voters)), tuple(effects)


def complete(state: PollerState, now: int, config: PollConfig) -> Step:
    """End the poll with what it found; the voters hear of it also when there was no quorum (lcap-v3 §8.7)."""
    told, effects = tell_voters(state, now, config)
    status = PollStatus.COMPLETE if state.poll.quorate else PollStatus.NO_QUORUM
    found: Effects = ()
    if state.poll.quorate and state.poll.setup.variant is PollVariant.POR:
        found = (_au_result(told, status, config),)
    closed, last = close(told, status, now)
    return closed, (*effects, *found, *last)


def _au_result(state: PollerState, status: PollStatus, config: PollConfig) -> RecordAuResult:
    weighted = state.poll.weighted_totals
    agreeing = [
        voter
        for voter in state.participants
        if voter.phase is ParticipantPhase.COMPLETE
        and voter.counts is not None
        and voter.counts.agreement >= config.min_agreement_for_repairs
    ]
    return RecordAuResult(
        status=status,
        agreement=state.poll.totals.agreement,
        weighted_agreement=None if weighted is None else weighted.agreement,
        agreeing_peers=len(agreeing),
    )


def close(state: PollerState, status: PollStatus, now: int, detail: str = "") -> Step:
    poll = replace(state.poll, phase=PollPhase.CLOSED, status=status, ended_ms=now, detail=detail)
    return replace(state, poll=poll), (Close(status, detail),)
