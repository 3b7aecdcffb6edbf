"""The poller: one poll from its first invitation to its receipts (lcap-v3 §4.1, §4.6, §4.7).

``start`` makes the first state, ``step`` every other one; both are pure. The dialogues with single voters
are ``participant``'s, repairs are ``repair_queue``'s; here is what holds them together.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from apps.lockss.lcap import participant, poll_opening, repair_queue
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Effects, Report, TallyReady
from apps.lockss.lcap.invitation import batch_size, target_size
from apps.lockss.lcap.participant import FromVoter
from apps.lockss.lcap.poll_codes import PollCode, PollFinding, PollStatus, PollVariant
from apps.lockss.lcap.poll_ending import close, complete, tell_voters, with_counts
from apps.lockss.lcap.poller_events import (
    Abort,
    HashDone,
    Invite,
    Invitee,
    JobFailed,
    PollEvent,
    PollEventKind,
    RepairChecked,
    TallyDone,
    kind_of,
)
from apps.lockss.lcap.poller_state import (
    Participant,
    ParticipantPhase,
    PollerState,
    PollPhase,
    PollSetup,
    PollState,
)
from apps.lockss.lcap.schedule import PollTimes
from apps.lockss.lcap.table import Move

Step = tuple[PollerState, Effects]

_P = PollPhase
_K = PollEventKind
TABLE: dict[tuple[PollPhase, PollEventKind], Move[PollPhase]] = {
    (_P.INVITING, _K.MESSAGE): Move("hear", (_P.INVITING, _P.HASHING, _P.CLOSED)),
    (_P.INVITING, _K.INVITE): Move("invite", (_P.INVITING, _P.HASHING, _P.CLOSED)),
    (_P.INVITING, _K.TICK): Move("tick_inviting", (_P.INVITING, _P.HASHING, _P.CLOSED)),
    (_P.INVITING, _K.ABORT): Move("abort", (_P.CLOSED,)),
    (_P.HASHING, _K.MESSAGE): Move("hear", (_P.HASHING,)),
    # Whoever is chosen after the freeze comes too late.
    (_P.HASHING, _K.INVITE): Move("stay", (_P.HASHING,)),
    (_P.HASHING, _K.HASH_DONE): Move("tally", (_P.TALLYING,)),
    (_P.HASHING, _K.JOB_FAILED): Move("fail", (_P.CLOSED,)),
    (_P.HASHING, _K.TICK): Move("tick_working", (_P.HASHING, _P.CLOSED)),
    (_P.HASHING, _K.ABORT): Move("abort", (_P.CLOSED,)),
    (_P.TALLYING, _K.MESSAGE): Move("hear", (_P.TALLYING,)),
    (_P.TALLYING, _K.INVITE): Move("stay", (_P.TALLYING,)),
    (_P.TALLYING, _K.HASH_DONE): Move("stay", (_P.TALLYING,)),
    (_P.TALLYING, _K.TALLY_DONE): Move("weigh", (_P.REPAIRING, _P.CLOSED)),
    (_P.TALLYING, _K.JOB_FAILED): Move("fail", (_P.CLOSED,)),
    (_P.TALLYING, _K.TICK): Move("tick_working", (_P.TALLYING, _P.CLOSED)),
    (_P.TALLYING, _K.ABORT): Move("abort", (_P.CLOSED,)),
    (_P.REPAIRING, _K.MESSAGE): Move("hear", (_P.REPAIRING,)),
    (_P.REPAIRING, _K.INVITE): Move("stay", (_P.REPAIRING,)),
    (_P.REPAIRING, _K.HASH_DONE): Move("stay", (_P.REPAIRING,)),
    (_P.REPAIRING, _K.TALLY_DONE): Move("stay", (_P.REPAIRING,)),
    (_P.REPAIRING, _K.JOB_FAILED): Move("stay", (_P.REPAIRING,)),
    (_P.REPAIRING, _K.REPAIR_CHECKED): Move("settle", (_P.REPAIRING, _P.CLOSED)),
    (_P.REPAIRING, _K.TICK): Move("tick_repairing", (_P.REPAIRING, _P.CLOSED)),
    (_P.REPAIRING, _K.ABORT): Move("abort", (_P.CLOSED,)),
    # A job may report twice, or after the poll has ended.
    (_P.CLOSED, _K.INVITE): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.HASH_DONE): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.TALLY_DONE): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.JOB_FAILED): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.REPAIR_CHECKED): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.TICK): Move("stay", (_P.CLOSED,)),
    (_P.CLOSED, _K.ABORT): Move("stay", (_P.CLOSED,)),
}


def start(
    setup: PollSetup, times: PollTimes, invitees: Sequence[Invitee], now: int, config: PollConfig
) -> Step:
    """Call a poll. ``invitees``: up to ``first_batch(config)`` peers, none for a local poll. ``now``: ms since 1970."""
    local = setup.variant is PollVariant.LOCAL
    poll = PollState(
        setup=setup,
        quorum=0 if local else config.quorum,
        margin=config.vote_margin,
        target=0 if local else target_size(config),
        created_ms=now,
        vote_deadline_ms=times.vote_deadline_ms,
        tally_end_ms=times.tally_end_ms,
        poll_deadline_ms=times.poll_deadline_ms,
        next_invitation_ms=now + config.time_between_invitations_ms
        if config.enable_followup_invitations and not local
        else None,
    )
    if local:
        return poll_opening.start_hash(PollerState(poll), now)
    return poll_opening.invite(PollerState(poll), Invite(tuple(invitees), first_batch(config)), now, config)


def first_batch(config: PollConfig) -> int:
    """How many peers to choose for ``start``."""
    return batch_size(target_size(config), config)


def step(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    """The next state and what to do. ``now``: ms since 1970. Never raises for anything a peer can send."""
    kind = kind_of(event)
    move = TABLE.get((state.poll.phase, kind))
    if move is None:
        sender = event.sender if isinstance(event, FromVoter) else None
        finding = PollFinding(PollCode.OUT_OF_TURN, sender, f"{kind} in {state.poll.phase}")
        return state, (Report(finding),)
    return HANDLERS[move.handler](state, event, now, config)


def _hear(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    """A voter's message: to its dialogue first, then what it means for the poll."""
    assert isinstance(event, FromVoter)  # noqa: S101 - by the table
    before = state.participant(event.sender)
    if before is None:
        finding = PollFinding(PollCode.NOT_A_PARTICIPANT, event.sender, str(event.kind))
        return state, (Report(finding),)
    after, effects = participant.step(state.poll, before, event, now, config)
    heard = state.with_participant(after)
    if after.phase is before.phase:
        if _is_repair(after, event, effects):
            return _completed(repair_queue.take(heard, event, now, config), now, config)
        return heard, effects
    more: Effects = ()
    if after.phase is ParticipantPhase.WAIT_VOTE and not after.outer:
        heard, more = poll_opening.count_nomination(heard, config)
    ready, last = poll_opening.freeze_if_ready(heard, now, config)
    return ready, (*effects, *more, *last)


def _is_repair(voter: Participant, event: FromVoter, effects: Effects) -> bool:
    """The dialogue let it pass: the right key and nonce, and from a voter whose vote we have."""
    is_reply = event.kind is participant.ParticipantEventKind.REPAIR_REPLY
    voted = voter.phase in {ParticipantPhase.TALLY, ParticipantPhase.COMPLETE}
    return is_reply and voted and not effects


def _invite(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, Invite)  # noqa: S101 - by the table
    return poll_opening.invite(state, event, now, config)


def _tick_inviting(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    return poll_opening.tick(state, now, config)


def _frozen_voters(state: PollerState) -> tuple[Participant, ...]:
    """In the order that ties hashes to voters; also those who left since."""
    by_peer = {voter.peer: voter for voter in state.participants}
    return tuple(by_peer[peer] for peer in state.poll.frozen)


def _tally(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, HashDone)  # noqa: S101 - by the table
    voters = _frozen_voters(state)
    asking = (voter for voter in voters if voter.voter_nonce2)
    refs = dict(zip((voter.peer for voter in asking), event.symmetric_refs, strict=False))
    named = tuple(replace(voter, symmetric_ref=refs.get(voter.peer, "")) for voter in state.participants)
    poll = replace(
        state.poll,
        phase=PollPhase.TALLYING,
        status=PollStatus.TALLYING,
        blocks_ref=event.blocks_ref,
        has_substance=event.has_substance,
    )
    ready = TallyReady(
        event.blocks_ref,
        poll.frozen,
        tuple(voter.blocks_ref for voter in voters),
        state.rules(config.max_versions_considered),
    )
    findings: Effects = ()
    if not event.has_substance:
        findings = (
            Report(PollFinding(PollCode.NO_SUBSTANCE, None, "the AU has no substantial content here")),
        )
    return replace(state, poll=poll, participants=named), (*findings, ready)


def _weigh(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    """The tally is in: repair where there is a quorum, then complete."""
    assert isinstance(event, TallyDone)  # noqa: S101 - by the table
    summary = event.summary
    poll = replace(
        state.poll,
        quorate=summary.quorate,
        urls=summary.urls,
        totals=summary.totals,
        weighted_totals=summary.weighted_totals,
    )
    counted = replace(state, poll=poll, participants=with_counts(state, summary))
    findings = tuple(
        Report(PollFinding(PollCode.SPOILED_VOTE, peer, str(fault)))
        for peer, fault in zip(poll.frozen, summary.faults, strict=True)
        if fault is not None
    )
    begun, effects = repair_queue.begin(counted, event.wishes if summary.quorate else (), now, config)
    if not begun.outstanding_repairs:
        done, last = complete(begun, now, config)
        return done, (*findings, *effects, *last)
    waiting = replace(begun.poll, phase=PollPhase.REPAIRING, status=PollStatus.WAITING_FOR_REPAIRS)
    return replace(begun, poll=waiting), (*findings, *effects)


def _settle(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, RepairChecked)  # noqa: S101 - by the table
    return _completed(repair_queue.settle(state, event, now, config), now, config)


def _completed(taken: Step, now: int, config: PollConfig) -> Step:
    """Complete a poll whose last repair has come to an end."""
    state, effects = taken
    if state.poll.phase is not PollPhase.REPAIRING or state.outstanding_repairs:
        return taken
    done, last = complete(state, now, config)
    return done, (*effects, *last)


def _tick_repairing(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    """At the deadline the voters are told, since they close soon; copies on their way are waited for once more."""
    poll = state.poll
    if now < poll.poll_deadline_ms:
        return _completed(repair_queue.remind(state, now, config), now, config)
    if poll.extended:
        return complete(state, now, config)
    told, effects = tell_voters(state, now, config)
    extended = replace(
        poll, extended=True, poll_deadline_ms=poll.poll_deadline_ms + config.extra_poll_time_ms
    )
    later, more = _tick_repairing(replace(told, poll=extended), event, now, config)
    return later, (*effects, *more)


def _tick_working(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    if now < state.poll.poll_deadline_ms:
        return state, ()
    return close(state, PollStatus.EXPIRED, now, f"still {state.poll.phase} at the deadline")


def _fail(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, JobFailed)  # noqa: S101 - by the table
    return close(state, PollStatus.EXPIRED if event.timed_out else PollStatus.ERROR, now, event.detail)


def _abort(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    assert isinstance(event, Abort)  # noqa: S101 - by the table
    return close(state, PollStatus.ABORTED, now, event.detail)


def _stay(state: PollerState, event: PollEvent, now: int, config: PollConfig) -> Step:
    return state, ()


HANDLERS: dict[str, Callable[[PollerState, PollEvent, int, PollConfig], Step]] = {
    "hear": _hear,
    "invite": _invite,
    "tick_inviting": _tick_inviting,
    "tally": _tally,
    "weigh": _weigh,
    "settle": _settle,
    "tick_repairing": _tick_repairing,
    "tick_working": _tick_working,
    "fail": _fail,
    "abort": _abort,
    "stay": _stay,
}
