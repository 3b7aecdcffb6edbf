"""The poller's dialogue with one voter (lcap-v3 §4.1): a pure step of one participant's row.

What the poll as a whole makes of it is the affair of ``poller``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Effects, LearnMinor, Report, Send
from apps.lockss.lcap.effort import effort_proof
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Message,
    Nak,
    Nominate,
    Opcode,
    Poll,
    PollAck,
    PollProof,
    Vote,
    VoteRequest,
)
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollFinding
from apps.lockss.lcap.poller_state import Participant, ParticipantPhase, PollState, header
from apps.lockss.lcap.table import Move


class ParticipantEventKind(StrEnum):
    ACCEPT = "POLL_ACK"
    REFUSE = "POLL_ACK or VOTE with nak"
    NOMINATE = "NOMINATE"
    VOTE = "VOTE"
    REPAIR_REPLY = "REPAIR_REP"
    STRAY = "any other message"
    VOTE_DEADLINE = "vote deadline"
    RECEIPT_DUE = "poll complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class FromVoter:
    """A message with this poll's key. ``sender`` by the rules of lcap-v3 §3.5.

    ``blocks_ref`` names the vote blocks that came with it, ``body_ref`` the bytes of a repair.
    """

    sender: PeerId
    message: Message
    blocks_ref: str = ""
    body_ref: str = ""

    @property
    def kind(self) -> ParticipantEventKind:
        message = self.message
        if isinstance(message, PollAck):
            return ParticipantEventKind.ACCEPT if message.accepted else ParticipantEventKind.REFUSE
        if isinstance(message, Vote) and message.nak is not None:
            return ParticipantEventKind.REFUSE
        return _MESSAGE_KINDS.get(message.opcode, ParticipantEventKind.STRAY)


_MESSAGE_KINDS = {
    Opcode.NOMINATE: ParticipantEventKind.NOMINATE,
    Opcode.VOTE: ParticipantEventKind.VOTE,
    Opcode.REPAIR_REPLY: ParticipantEventKind.REPAIR_REPLY,
}


@dataclass(frozen=True, slots=True)
class VoteDeadline:
    """Who has not voted by now does not count."""

    kind: ClassVar[ParticipantEventKind] = ParticipantEventKind.VOTE_DEADLINE


@dataclass(frozen=True, slots=True)
class ReceiptDue:
    """The poll is complete: the voter hears how far we agree."""

    agreement: float
    weighted_agreement: float | None
    kind: ClassVar[ParticipantEventKind] = ParticipantEventKind.RECEIPT_DUE


ParticipantEvent = FromVoter | VoteDeadline | ReceiptDue
Step = tuple[Participant, Effects]

_P = ParticipantPhase
_K = ParticipantEventKind
TABLE: dict[tuple[ParticipantPhase, ParticipantEventKind], Move[ParticipantPhase]] = {
    (_P.WAIT_POLL_ACK, _K.ACCEPT): Move("accept", (_P.WAIT_NOMINATE,)),
    (_P.WAIT_POLL_ACK, _K.REFUSE): Move("decline", (_P.WAIT_POLL_ACK, _P.DROPPED)),
    (_P.WAIT_POLL_ACK, _K.VOTE_DEADLINE): Move("miss", (_P.DROPPED,)),
    (_P.WAIT_NOMINATE, _K.NOMINATE): Move("nominate", (_P.WAIT_VOTE, _P.DROPPED)),
    (_P.WAIT_NOMINATE, _K.REFUSE): Move("drop_out", (_P.DROPPED,)),
    (_P.WAIT_NOMINATE, _K.VOTE_DEADLINE): Move("miss", (_P.DROPPED,)),
    (_P.WAIT_VOTE, _K.VOTE): Move("vote", (_P.TALLY,)),
    (_P.WAIT_VOTE, _K.REFUSE): Move("drop_out", (_P.DROPPED,)),
    (_P.WAIT_VOTE, _K.VOTE_DEADLINE): Move("miss", (_P.DROPPED,)),
    (_P.TALLY, _K.REFUSE): Move("drop_out", (_P.DROPPED,)),
    # Whether the repair was asked for is known to the poll, not to the dialogue.
    (_P.TALLY, _K.REPAIR_REPLY): Move("stay", (_P.TALLY,)),
    (_P.TALLY, _K.VOTE_DEADLINE): Move("stay", (_P.TALLY,)),
    (_P.TALLY, _K.RECEIPT_DUE): Move("send_receipt", (_P.COMPLETE,)),
    # Sent before the receipt came, or meanwhile.
    (_P.COMPLETE, _K.REPAIR_REPLY): Move("stay", (_P.COMPLETE,)),
    (_P.COMPLETE, _K.VOTE_DEADLINE): Move("stay", (_P.COMPLETE,)),
    (_P.COMPLETE, _K.RECEIPT_DUE): Move("stay", (_P.COMPLETE,)),
    (_P.DROPPED, _K.VOTE_DEADLINE): Move("stay", (_P.DROPPED,)),
    (_P.DROPPED, _K.RECEIPT_DUE): Move("stay", (_P.DROPPED,)),
}


def step(poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig) -> Step:
    """The participant's next state and what to do; a message out of turn is a finding. ``now``: ms since 1970."""
    if isinstance(event, FromVoter) and (finding := _stranger(poll, voter, event)) is not None:
        return voter, (Report(finding),)
    move = TABLE.get((voter.phase, event.kind))
    if move is None:
        return voter, (_odd(PollCode.OUT_OF_TURN, voter, f"{event.kind} in {voter.phase}"),)
    return HANDLERS[move.handler](poll, voter, event, now, config)


def invitation(poll: PollState, voter: Participant, now: int, config: PollConfig) -> Send:
    """POLL, the only message that says how the poll is to be held."""
    left = max(0, poll.vote_deadline_ms - now)
    head = replace(header(poll, voter, now), vote_duration_ms=left, modulus=poll.setup.modulus)
    message = Poll(head, effort_proof=effort_proof(voter.poller_nonce, Opcode.POLL))
    return _prompt(voter, message, now, config)


def _prompt(voter: Participant, message: Message, now: int, config: PollConfig) -> Send:
    """A message that is pointless once others have been invited instead."""
    return Send(to=voter.peer, message=message, expires_ms=now + config.time_between_invitations_ms)


def _odd(code: PollCode, voter: Participant, detail: str) -> Report:
    return Report(PollFinding(code, voter.peer, detail))


def _stranger(poll: PollState, voter: Participant, event: FromVoter) -> PollFinding | None:
    head = event.message.header
    if head.key != poll.setup.key or head.auid != poll.setup.auid:
        return PollFinding(PollCode.OTHER_POLL, voter.peer, f"{event.kind} for {head.auid[:80]!r}")
    if head.poller_nonce and head.poller_nonce != voter.poller_nonce:
        return PollFinding(PollCode.WRONG_NONCE, voter.peer, f"{event.kind} with another poller nonce")
    return None


def _accept(
    poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig
) -> Step:
    assert isinstance(event, FromVoter)  # noqa: S101 - by the table
    head = event.message.header
    accepted = replace(
        voter,
        phase=ParticipantPhase.WAIT_NOMINATE,
        status=ParticipantStatus.ACCEPTED,
        voter_nonce=head.voter_nonce,
        voter_nonce2=head.voter_nonce2,
    )
    proof = effort_proof(voter.poller_nonce, Opcode.POLL_PROOF)
    message = PollProof(header(poll, accepted, now), effort_proof=proof)
    return accepted, (_prompt(voter, message, now, config),)


def _decline(
    poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig
) -> Step:
    assert isinstance(event, FromVoter)  # noqa: S101 - by the table
    nak = _nak(event)
    theirs = event.message.header.minor
    if nak is Nak.VERSION_MISMATCH:
        learn = LearnMinor(voter.peer, theirs)
        if theirs in config.accepted_minors - {voter.minor} and not voter.learnt_minor:
            again = replace(voter, minor=theirs, learnt_minor=True)
            return again, (learn, invitation(poll, again, now, config))
        return _leave(voter, ParticipantStatus.DECLINED, nak), (learn,)
    odd = (
        ()
        if nak is not None
        else (_odd(PollCode.REFUSED_WITHOUT_REASON, voter, "POLL_ACK without voterNonce"),)
    )
    return _leave(voter, ParticipantStatus.DECLINED, nak), odd


def _drop_out(
    poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig
) -> Step:
    assert isinstance(event, FromVoter)  # noqa: S101 - by the table
    nak = _nak(event)
    finding = _odd(PollCode.DROPPED_OUT, voter, f"{nak or 'no reason'} in {voter.phase}")
    return _leave(voter, ParticipantStatus.DROPPED_OUT, nak), (finding,)


def _nak(event: FromVoter) -> Nak | None:
    return event.message.nak if isinstance(event.message, PollAck | Vote) else None


def _leave(voter: Participant, status: ParticipantStatus, nak: Nak | None) -> Participant:
    return replace(voter, phase=ParticipantPhase.DROPPED, status=status, nak=nak)


def _nominate(
    poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig
) -> Step:
    assert isinstance(event, FromVoter)  # noqa: S101 - by the table
    assert isinstance(event.message, Nominate)  # noqa: S101 - by the kind
    nominees = event.message.nominees
    if not nominees and config.drop_empty_nominations:
        return _leave(voter, ParticipantStatus.NO_NOMINATIONS, None), ()
    # Nominations of nominees would let one peer fill a poll with its own.
    named = replace(
        voter,
        phase=ParticipantPhase.WAIT_VOTE,
        status=ParticipantStatus.WAITING_FOR_VOTE,
        nominees=() if voter.outer else nominees[:MAX_NOMINEES],
    )
    return named, (_prompt(voter, VoteRequest(header(poll, named, now)), now, config),)


# Deployed voters name at most five.
MAX_NOMINEES = 20


def _vote(poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, FromVoter)  # noqa: S101 - by the table
    voted = replace(
        voter,
        phase=ParticipantPhase.TALLY,
        status=ParticipantStatus.VOTED,
        blocks_ref=event.blocks_ref,
    )
    return voted, ()


def _miss(poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig) -> Step:
    silent = voter.phase is ParticipantPhase.WAIT_POLL_ACK
    return _leave(
        voter, ParticipantStatus.NO_RESPONSE if silent else ParticipantStatus.DID_NOT_VOTE, None
    ), ()


def _send_receipt(
    poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig
) -> Step:
    assert isinstance(event, ReceiptDue)  # noqa: S101 - by the table
    receipt = EvaluationReceipt(
        header(poll, voter, now),
        effort_proof=effort_proof(voter.poller_nonce, Opcode.EVALUATION_RECEIPT),
        agreement_hint=event.agreement,
        weighted_agreement_hint=event.weighted_agreement,
    )
    # The blocks show what we hold; a poller without substance keeps them to itself (lcap-v3 §5.12).
    blocks = voter.symmetric_ref if poll.has_substance else ""
    send = Send(to=voter.peer, message=receipt, expires_ms=poll.poll_deadline_ms, blocks_ref=blocks)
    done = replace(voter, phase=ParticipantPhase.COMPLETE, status=ParticipantStatus.COMPLETE)
    return done, (send,)


def _stay(poll: PollState, voter: Participant, event: ParticipantEvent, now: int, config: PollConfig) -> Step:
    return voter, ()


HANDLERS: dict[str, Callable[[PollState, Participant, ParticipantEvent, int, PollConfig], Step]] = {
    "accept": _accept,
    "decline": _decline,
    "drop_out": _drop_out,
    "nominate": _nominate,
    "vote": _vote,
    "miss": _miss,
    "send_receipt": _send_receipt,
    "stay": _stay,
}
