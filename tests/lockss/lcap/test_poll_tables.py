"""The transition tables: complete, true to their handlers, and drawn as they are."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from apps.lockss.lcap import participant as dialogue
from apps.lockss.lcap import poller, voter
from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap import voter_events as ve
from apps.lockss.lcap.messages import NoOp, Vote
from apps.lockss.lcap.participant import ParticipantEventKind, ReceiptDue, VoteDeadline
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.poll_states import document
from apps.lockss.lcap.poller_events import PollEventKind
from apps.lockss.lcap.poller_state import ParticipantPhase, PollPhase
from apps.lockss.lcap.repair_policy import RepairAction, RepairWish, Source
from apps.lockss.lcap.verdict import UrlResult
from apps.lockss.lcap.voter_events import VoterEventKind
from apps.lockss.lcap.voter_state import VoterPhase
from tests.lockss.lcap.poll_samples import (
    CONFIG,
    NOW,
    POLL_EVENTS,
    URL,
    VOTER_EVENTS,
    VOTERS,
    acceptance,
    codes,
    copy_of,
    inviting,
    nomination,
    participant,
    poll_state,
    refusal,
    repair,
    said,
    summary,
    tallied,
    vote,
    voter_header,
    voter_state,
)

TIMES = (NOW, NOW + 2 * 60_000, NOW + 6 * 60_000, NOW + 90 * 60_000)


def voter_cases(phase, kind):
    flags = product((False, True), repeat=2)
    events = [VOTER_EVENTS[kind]]
    if kind is VoterEventKind.HASH_DONE:
        events.append(ve.HashDone(blocks_ref="own", has_substance=False))
    states = [voter_state(phase=phase, hashing_done=done, vote_requested=asked) for done, asked in flags]
    return product(states, events, TIMES)


@pytest.mark.parametrize("kind", VoterEventKind)
@pytest.mark.parametrize("phase", VoterPhase)
def test_every_voter_pair(phase, kind):
    """Where the table has a move, exactly its phases are reached; elsewhere nothing but a finding happens."""
    move = voter.TABLE.get((phase, kind))
    reached = set()
    for state, event, now in voter_cases(phase, kind):
        after, effects = voter.step(state, event, now, CONFIG)
        reached.add(after.phase)
        if move is None:
            assert after == state
            assert codes(effects) == [PollCode.OUT_OF_TURN]
            assert len(effects) == 1
        else:
            assert PollCode.OUT_OF_TURN not in codes(effects)
    assert reached == ({phase} if move is None else set(move.to))


WISH = RepairWish(
    URL, RepairAction.REPAIR, UrlResult.LOST, (Source(VOTERS[0], URL),), frozenset({b"\x09" * 20})
)


def poll_cases(phase, kind):
    """Polls in a phase that between them can go wherever the event may lead."""
    wait = [participant(index) for index in range(2)]
    votes = [participant(index, ParticipantPhase.TALLY) for index in range(2)]
    asked = repair(URL, asked=(0,))
    states = {
        PollPhase.INVITING: [
            inviting(*wait),
            inviting(wait[0], exhausted=True),
            inviting(participant(0, ParticipantPhase.WAIT_VOTE), votes[1]),
            inviting(votes[0]),
            inviting(),
        ],
        PollPhase.HASHING: [tallied(PollPhase.HASHING)],
        PollPhase.TALLYING: [tallied(PollPhase.TALLYING)],
        PollPhase.REPAIRING: [
            tallied(PollPhase.REPAIRING, 2, (asked,)),
            tallied(PollPhase.REPAIRING, 2, (asked, repair("http://example.com/b", 1, asked=(0,)))),
            tallied(PollPhase.REPAIRING, 2, (asked,), extended=True),
        ],
        PollPhase.CLOSED: [tallied(PollPhase.CLOSED)],
    }[phase]
    events = [POLL_EVENTS[kind]]
    if kind is PollEventKind.MESSAGE:
        events += [refusal(), vote()]
    if kind is PollEventKind.INVITE:
        events.append(pe.Invite((), 1))
    if kind is PollEventKind.TALLY_DONE:
        events.append(pe.TallyDone(summary(2), (WISH,)))
    return product(states, events, TIMES)


@pytest.mark.parametrize("kind", PollEventKind)
@pytest.mark.parametrize("phase", PollPhase)
def test_every_poll_pair(phase, kind):
    move = poller.TABLE.get((phase, kind))
    reached = set()
    for state, event, now in poll_cases(phase, kind):
        after, effects = poller.step(state, event, now, CONFIG)
        reached.add(after.poll.phase)
        if move is None:
            assert after == state
            assert codes(effects) == [PollCode.OUT_OF_TURN]
            assert len(effects) == 1
    assert reached == ({phase} if move is None else set(move.to))


def participant_events(kind):
    return {
        ParticipantEventKind.ACCEPT: [acceptance()],
        ParticipantEventKind.REFUSE: [
            refusal(),
            refusal(nak=None),
            refusal(nak=dialogue.Nak.VERSION_MISMATCH, minor=6),
            said(Vote(voter_header(voter_nonce=b""), nak=dialogue.Nak.NO_SUBSTANCE)),
        ],
        ParticipantEventKind.NOMINATE: [nomination(0, VOTERS[5]), nomination(0)],
        ParticipantEventKind.VOTE: [vote()],
        ParticipantEventKind.REPAIR_REPLY: [copy_of()],
        ParticipantEventKind.STRAY: [said(NoOp(voter_header()))],
        ParticipantEventKind.VOTE_DEADLINE: [VoteDeadline()],
        ParticipantEventKind.RECEIPT_DUE: [ReceiptDue(0.5, None)],
    }[kind]


@pytest.mark.parametrize("kind", ParticipantEventKind)
@pytest.mark.parametrize("phase", ParticipantPhase)
def test_every_participant_pair(phase, kind):
    move = dialogue.TABLE.get((phase, kind))
    reached = set()
    strict = replace(CONFIG, drop_empty_nominations=True)
    for event, config in product(participant_events(kind), (CONFIG, strict)):
        before = participant(0, phase)
        after, effects = dialogue.step(poll_state(), before, event, NOW, config)
        reached.add(after.phase)
        if move is None:
            assert after == before
            assert codes(effects) == [PollCode.OUT_OF_TURN]
            assert len(effects) == 1
        else:
            assert PollCode.OUT_OF_TURN not in codes(effects)
    assert reached == ({phase} if move is None else set(move.to))


@pytest.mark.parametrize("machine", [voter, poller, dialogue], ids=lambda machine: machine.__name__)
def test_every_handler_is_used_and_there(machine):
    assert {move.handler for move in machine.TABLE.values()} == set(machine.HANDLERS)


@pytest.mark.parametrize(
    ("machine", "phases", "closed"),
    [
        (voter, VoterPhase, VoterPhase.CLOSED),
        (poller, PollPhase, PollPhase.CLOSED),
        (dialogue, ParticipantPhase, ParticipantPhase.DROPPED),
    ],
    ids=["voter", "poller", "participant"],
)
def test_every_phase_leads_to_the_end(machine, phases, closed):
    """No phase is a trap; the end is one."""
    to = {
        phase: {target for (start, _), move in machine.TABLE.items() if start is phase for target in move.to}
        for phase in phases
    }
    assert to[closed] == {closed}
    done = {closed, ParticipantPhase.COMPLETE}
    leading = set(done)
    while grown := {phase for phase in phases if phase not in leading and to[phase] & leading}:
        leading |= grown
    assert set(phases) <= leading


def test_the_page_is_drawn_from_the_tables():
    page = Path(__file__).parents[3] / "docs" / "poll-states.md"
    assert page.read_text(encoding="utf-8") == document(), (
        "run: python -m apps.lockss.lcap.poll_states > docs/poll-states.md"
    )
