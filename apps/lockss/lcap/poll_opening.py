"""The first half of a poll: inviting voters until their votes are in (lcap-v3 §4.6, §4.7)."""

from dataclasses import replace

from apps.lockss.lcap import participant
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import (
    ChooseInvitees,
    ChooseOuterCircle,
    Effect,
    Effects,
    RecordNoAu,
    Report,
    StartHash,
)
from apps.lockss.lcap.invitation import batch_size
from apps.lockss.lcap.messages import Nak
from apps.lockss.lcap.participant import VoteDeadline
from apps.lockss.lcap.poll_codes import PollCode, PollFinding, PollStatus, PollVariant
from apps.lockss.lcap.poll_ending import close
from apps.lockss.lcap.poller_events import Invite
from apps.lockss.lcap.poller_state import Participant, PollerState, PollPhase

Step = tuple[PollerState, Effects]


def count_nomination(state: PollerState, config: PollConfig) -> Step:
    """With enough nominations in, invite some of the nominees: the outer circle (lcap-v3 §4.7)."""
    counted = replace(state, poll=replace(state.poll, nominations=state.poll.nominations + 1))
    poll = counted.poll
    room = config.target_outer_circle - poll.outer_invited
    if poll.nominations < poll.quorum or room <= 0:
        return counted, ()
    inner = [voter for voter in counted.participants if not voter.outer]
    per_voter = (config.target_outer_circle + len(inner) - 1) // len(inner)
    named = tuple((voter.peer, voter.nominees) for voter in inner if voter.nominees)
    return counted, (ChooseOuterCircle(named, per_voter, room),) if named else ()


def invite(state: PollerState, event: Invite, now: int, config: PollConfig) -> Step:
    effects: list[Effect] = []
    voters = list(state.participants)
    in_poll = {voter.peer for voter in voters} | {state.poll.setup.own_id}
    # Several rounds of the outer circle can have been asked for before the first is answered.
    room = config.target_outer_circle - state.poll.outer_invited if event.outer else len(event.invitees)
    for invitee in event.invitees[: max(0, room)]:
        if invitee.peer in in_poll:
            effects.append(Report(PollFinding(PollCode.DUPLICATE_INVITEE, invitee.peer, "already invited")))
            continue
        in_poll.add(invitee.peer)
        voter = Participant(
            peer=invitee.peer,
            minor=invitee.minor,
            poller_nonce=invitee.poller_nonce,
            invited_ms=now,
            outer=event.outer,
        )
        voters.append(voter)
        effects.append(participant.invitation(state.poll, voter, now, config))
    added = len(voters) - len(state.participants)
    poll = state.poll
    if event.outer:
        poll = replace(poll, outer_invited=poll.outer_invited + added)
    elif added < event.wanted or not added:
        poll = replace(poll, exhausted=True)
    ready, last = freeze_if_ready(replace(state, poll=poll, participants=tuple(voters)), now, config)
    return ready, (*effects, *last)


def freeze_if_ready(state: PollerState, now: int, config: PollConfig) -> Step:
    """Do not wait for the vote deadline when everybody has voted and nobody else could be invited for a quorum."""
    poll = state.poll
    if poll.phase is not PollPhase.INVITING or state.waiting:
        return state, ()
    nobody_else = poll.exhausted or poll.next_invitation_ms is None
    if not nobody_else and (not state.voters or len(state.voters) < poll.quorum):
        return state, ()
    return freeze(state, now, config)


def tick(state: PollerState, now: int, config: PollConfig) -> Step:
    poll = state.poll
    if now >= poll.vote_deadline_ms:
        return freeze(state, now, config)
    due = poll.next_invitation_ms
    if due is None or now < due:
        return state, ()
    later = replace(poll, next_invitation_ms=now + config.time_between_invitations_ms)
    lacking = poll.target - sum(voter.participating for voter in state.participants)
    if lacking <= 0 or poll.exhausted:
        return replace(state, poll=later), ()
    return replace(state, poll=later), (ChooseInvitees(batch_size(lacking, config)),)


def freeze(state: PollerState, now: int, config: PollConfig) -> Step:
    """The vote is over: drop those who did not vote, and hash with the challenges of those who did."""
    voters = tuple(
        participant.step(state.poll, voter, VoteDeadline(), now, config)[0] for voter in state.participants
    )
    lacking = tuple(voter.peer for voter in voters if voter.nak is Nak.NO_AU)
    noted: Effects = (RecordNoAu(lacking),) if lacking else ()
    frozen = replace(state, participants=voters)
    if not frozen.voters:
        closed, effects = close(frozen, PollStatus.NO_QUORUM, now, "nobody voted")
    else:
        closed, effects = start_hash(frozen, now)
    return closed, (*noted, *effects)


def start_hash(state: PollerState, now: int) -> Step:
    poll, voters = state.poll, state.voters
    symmetric = tuple(voter for voter in voters if voter.voter_nonce2)
    hashing = StartHash(
        challenges=(
            *(voter.poller_nonce + voter.voter_nonce for voter in voters),
            *(voter.poller_nonce + voter.voter_nonce2 for voter in symmetric),
        ),
        algorithm=poll.setup.hash_algorithm,
        modulus=poll.setup.modulus,
        sample_nonce=poll.setup.sample_nonce,
        earliest_start_ms=now,
        latest_finish_ms=poll.tally_end_ms,
        slashless=state.slashless,
        participants=tuple(voter.peer for voter in voters),
        symmetric=tuple(voter.peer for voter in symmetric),
        local=poll.setup.variant is PollVariant.LOCAL,
    )
    begun = replace(
        poll,
        phase=PollPhase.HASHING,
        status=PollStatus.HASHING,
        frozen=hashing.participants,
        vote_deadline_ms=min(poll.vote_deadline_ms, now),
        next_invitation_ms=None,
    )
    return replace(state, poll=begun), (hashing,)
