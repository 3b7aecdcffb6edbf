"""The voter of a poll: a pure step from one row value to the next (lcap-v3 §4.1, §4.6).

``admission.admit`` makes the first state. A message out of turn is a finding, never the end of the poll:
deployed voters give up on one, which lets anybody who can reach them spoil a poll.
"""

from collections.abc import Callable
from dataclasses import replace

from apps.lockss.lcap.agreement import AgreementType
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import (
    Close,
    Effect,
    Effects,
    RecordHint,
    RecordSymmetricAgreement,
    Report,
    Send,
    ServeRepair,
    StartHash,
)
from apps.lockss.lcap.hashing import voter_challenges
from apps.lockss.lcap.messages import (
    MINOR_1X,
    EvaluationReceipt,
    Nak,
    Nominate,
    PollAck,
    RepairReply,
    RepairRequest,
    Vote,
)
from apps.lockss.lcap.poll_codes import PollCode, PollFinding, VoterStatus
from apps.lockss.lcap.table import Move
from apps.lockss.lcap.voter_events import Abort, FromPoller, HashDone, HashFailed, VoterEvent, VoterEventKind
from apps.lockss.lcap.voter_state import VoterPhase, VoterState

Step = tuple[VoterState, Effects]

_P = VoterPhase
_K = VoterEventKind
TABLE: dict[tuple[VoterPhase, VoterEventKind], Move[VoterPhase]] = {
    (_P.WAIT_POLL_PROOF, _K.POLL_PROOF): Move("nominate", (_P.WAIT_VOTE_REQUEST,)),
    (_P.WAIT_POLL_PROOF, _K.TICK): Move("expire", (_P.WAIT_POLL_PROOF, _P.CLOSED)),
    (_P.WAIT_POLL_PROOF, _K.ABORT): Move("abort", (_P.CLOSED,)),
    (_P.WAIT_VOTE_REQUEST, _K.VOTE_REQUEST): Move("note_request", (_P.WAIT_VOTE_REQUEST, _P.WAIT_RECEIPT)),
    (_P.WAIT_VOTE_REQUEST, _K.HASH_DONE): Move(
        "note_hash", (_P.WAIT_VOTE_REQUEST, _P.WAIT_RECEIPT, _P.CLOSED)
    ),
    (_P.WAIT_VOTE_REQUEST, _K.HASH_FAILED): Move("give_up", (_P.CLOSED,)),
    (_P.WAIT_VOTE_REQUEST, _K.TICK): Move("expire", (_P.WAIT_VOTE_REQUEST, _P.CLOSED)),
    (_P.WAIT_VOTE_REQUEST, _K.ABORT): Move("abort", (_P.CLOSED,)),
    (_P.WAIT_RECEIPT, _K.VOTE_REQUEST): Move("vote_again", (_P.WAIT_RECEIPT,)),
    (_P.WAIT_RECEIPT, _K.REPAIR_REQUEST): Move("serve_repair", (_P.WAIT_RECEIPT,)),
    (_P.WAIT_RECEIPT, _K.RECEIPT): Move("take_receipt", (_P.CLOSED,)),
    (_P.WAIT_RECEIPT, _K.HASH_DONE): Move("stay", (_P.WAIT_RECEIPT,)),
    (_P.WAIT_RECEIPT, _K.HASH_FAILED): Move("stay", (_P.WAIT_RECEIPT,)),
    (_P.WAIT_RECEIPT, _K.TICK): Move("end_unanswered", (_P.WAIT_RECEIPT, _P.CLOSED)),
    (_P.WAIT_RECEIPT, _K.ABORT): Move("abort", (_P.CLOSED,)),
    # A job may report twice, or after the poll has ended.
    (_P.CLOSED, _K.HASH_DONE): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.HASH_FAILED): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.TICK): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.ABORT): Move("stay", (_P.CLOSED,)),
}


def step(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    """The next state and what to do. ``now``: ms since 1970. Never raises for anything a peer can send."""
    if isinstance(event, FromPoller):
        finding = _stranger(state, event)
        if finding is not None:
            return state, (Report(finding),)
    move = TABLE.get((state.phase, event.kind))
    if move is None:
        sender = event.sender if isinstance(event, FromPoller) else None
        detail = f"{event.kind} in {state.phase}"
        return state, (Report(PollFinding(PollCode.OUT_OF_TURN, sender, detail)),)
    return HANDLERS[move.handler](state, event, now, config)


def _stranger(state: VoterState, event: FromPoller) -> PollFinding | None:
    """Why a message cannot belong to this poll."""
    header = event.message.header
    if event.sender != state.poller:
        return PollFinding(
            PollCode.NOT_THE_POLLER, event.sender, f"{event.kind}, expected from {state.poller}"
        )
    if header.key != state.key or header.auid != state.auid:
        return PollFinding(PollCode.OTHER_POLL, event.sender, f"{event.kind} for {header.auid[:80]!r}")
    if header.poller_nonce and header.poller_nonce != state.poller_nonce:
        return PollFinding(PollCode.WRONG_NONCE, event.sender, f"{event.kind} with another poller nonce")
    return None


def _nominate(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, FromPoller)  # noqa: S101 - by the table
    message = Nominate(state.header(now), nominees=event.nominees)
    hashing = StartHash(
        challenges=voter_challenges(state.poller_nonce, state.voter_nonce, state.voter_nonce2),
        algorithm=state.hash_algorithm,
        modulus=state.modulus if state.samples else 0,
        sample_nonce=state.sample_nonce if state.samples else b"",
        earliest_start_ms=state.hash_start_ms,
        latest_finish_ms=state.hash_finish_ms,
        slashless=state.minor == MINOR_1X,
    )
    waiting = replace(state, phase=VoterPhase.WAIT_VOTE_REQUEST, status=VoterStatus.HASHING)
    return waiting, (Send(to=state.poller, message=message, expires_ms=state.hash_start_ms), hashing)


def _note_request(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    return _vote_if_ready(replace(state, vote_requested=True), now, config)


def _note_hash(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, HashDone)  # noqa: S101 - by the table
    if state.hashing_done:
        return state, ()
    if not event.has_substance:
        header = replace(state.header(now), voter_nonce=b"")
        refusal = Send(
            to=state.poller, message=Vote(header, nak=Nak.NO_SUBSTANCE), expires_ms=state.vote_deadline_ms
        )
        return _close(state, VoterStatus.NO_SUBSTANCE, refusal)
    hashed = replace(state, hashing_done=True, blocks_ref=event.blocks_ref, symmetric_ref=event.symmetric_ref)
    return _vote_if_ready(hashed, now, config)


def _vote_if_ready(state: VoterState, now: int, config: PollConfig) -> Step:
    if not (state.vote_requested and state.hashing_done):
        return state, ()
    voted = replace(state, phase=VoterPhase.WAIT_RECEIPT, status=VoterStatus.VOTED)
    return voted, (_vote(voted, now, config),)


def _vote_again(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    return state, (_vote(state, now, config),)


def _vote(state: VoterState, now: int, config: PollConfig) -> Send:
    left = max(0, state.vote_deadline_ms - now)
    curve = config.vote_retry_curve
    return Send(
        to=state.poller,
        message=Vote(state.header(now)),
        expires_ms=state.vote_deadline_ms,
        retry_max=config.vote_retry_max,
        retry_interval_ms=None if curve is None else int(curve.at(left)),
        blocks_ref=state.blocks_ref,
    )


def _give_up(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, HashFailed)  # noqa: S101 - by the table
    nak = Nak.HASH_TIMEOUT if event.timed_out else Nak.HASH_ERROR
    refusal = Send(
        to=state.poller, message=PollAck(state.header(now, accepted=False), nak=nak), expires_ms=None
    )
    status = VoterStatus.EXPIRED if event.timed_out else VoterStatus.ERROR
    return _close(state, status, refusal, detail=event.detail)


def _serve_repair(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, FromPoller)  # noqa: S101 - by the table
    assert isinstance(event.message, RepairRequest)  # noqa: S101 - by the kind
    if not event.serve.serves:
        # Refusing is silence: an answer would tell a stranger what we hold.
        detail = f"{event.message.url[:200]!r}: {event.serve}"
        return state, (Report(PollFinding(PollCode.REPAIR_NOT_SERVED, event.sender, detail)),)
    reply = RepairReply(state.header(now), url=event.message.url)
    served = replace(state, repairs_served=state.repairs_served + 1)
    return served, (ServeRepair(state.poller, reply, state.poll_deadline_ms),)


def _take_receipt(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, FromPoller)  # noqa: S101 - by the table
    receipt = event.message
    assert isinstance(receipt, EvaluationReceipt)  # noqa: S101 - by the kind
    noted = replace(
        state,
        agreement_hint=receipt.agreement_hint,
        weighted_agreement_hint=receipt.weighted_agreement_hint,
    )
    return _close(noted, VoterStatus.COMPLETE, *_hints(state, receipt), *_symmetric(state, event))


def _hints(state: VoterState, receipt: EvaluationReceipt) -> list[Effect]:
    if receipt.agreement_hint is None:
        finding = PollFinding(PollCode.MISSING_HINT, state.poller, "no agreementHint from 0.0 to 1.0")
        effects: list[Effect] = [Report(finding)]
    else:
        kind = AgreementType.of(sampled=state.sampled, hint=True)
        effects = [RecordHint(state.poller, kind, receipt.agreement_hint)]
    if state.weighted and receipt.weighted_agreement_hint is not None:
        kind = AgreementType.of(sampled=state.sampled, hint=True, weighted=True)
        effects.append(RecordHint(state.poller, kind, receipt.weighted_agreement_hint))
    return effects


def _symmetric(state: VoterState, event: FromPoller) -> list[Effect]:
    if not event.blocks_ref:
        return []
    if not state.voter_nonce2 or event.message.header.voter_nonce2 != state.voter_nonce2:
        return [
            Report(PollFinding(PollCode.WRONG_NONCE, state.poller, "receipt blocks for another voterNonce2"))
        ]
    kind = AgreementType.of(sampled=state.sampled, symmetric=True)
    weighted = AgreementType.of(sampled=state.sampled, symmetric=True, weighted=True)
    return [
        RecordSymmetricAgreement(
            state.poller, kind, weighted if state.weighted else None, state.symmetric_ref, event.blocks_ref
        )
    ]


def _expire(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    if now < state.vote_deadline_ms:
        return state, ()
    return _close(state, VoterStatus.EXPIRED)


def _end_unanswered(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    """Voted, and no receipt came: the status stays "Voted"."""
    if now < state.poll_deadline_ms:
        return state, ()
    return _close(state, VoterStatus.VOTED)


def _abort(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, Abort)  # noqa: S101 - by the table
    return _close(state, VoterStatus.ABORTED, detail=event.detail)


def _stay(state: VoterState, event: VoterEvent, now: int, config: PollConfig) -> Step:
    return state, ()


def _close(state: VoterState, status: VoterStatus, *effects: Effect, detail: str = "") -> Step:
    closed = replace(state, phase=VoterPhase.CLOSED, status=status)
    return closed, (*effects, Close(status, detail))


HANDLERS: dict[str, Callable[[VoterState, VoterEvent, int, PollConfig], Step]] = {
    "nominate": _nominate,
    "note_request": _note_request,
    "note_hash": _note_hash,
    "vote_again": _vote_again,
    "give_up": _give_up,
    "serve_repair": _serve_repair,
    "take_receipt": _take_receipt,
    "expire": _expire,
    "end_unanswered": _end_unanswered,
    "abort": _abort,
    "stay": _stay,
}
