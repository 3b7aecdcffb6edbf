"""The first half of a poll: invitations, dialogues, the outer circle."""

from dataclasses import replace

import pytest

from apps.lockss.lcap import participant as dialogue
from apps.lockss.lcap import poller
from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap.effects import (
    ChooseInvitees,
    ChooseOuterCircle,
    Close,
    LearnMinor,
    Send,
)
from apps.lockss.lcap.messages import (
    Nak,
    Poll,
    PollAck,
    PollProof,
    VoteRequest,
)
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollStatus, PollVariant
from apps.lockss.lcap.poller_state import ParticipantPhase, PollPhase, PollSetup
from apps.lockss.lcap.schedule import PollTimes
from tests.lockss.lcap.poll_samples import (
    AUID,
    CONFIG,
    KEY,
    MINUTE,
    NOW,
    OTHER,
    POLLER,
    VOTERS,
    acceptance,
    codes,
    inviting,
    nomination,
    nonce,
    of_type,
    participant,
    refusal,
    said,
    summary,
    vote,
    voter_header,
)

SETUP = PollSetup(
    key=KEY, auid=AUID, own_id=POLLER, groups=("test",), plugin_version="1", hash_algorithm="SHA-1"
)
TIMES = PollTimes(NOW + 5 * MINUTE, NOW + 10 * MINUTE, NOW + 20 * MINUTE)
_P = ParticipantPhase


def invitees(count, minor=5):
    return tuple(pe.Invitee(VOTERS[index], minor, nonce(100 + index)) for index in range(count))


def step(state, event, now=NOW, config=CONFIG):
    return poller.step(state, event, now, config)


# -- inviting -----------------------------------------------------------------------------------


def test_a_poll_begins_with_invitations():
    state, effects = poller.start(SETUP, TIMES, invitees(11), NOW, CONFIG)
    assert poller.first_batch(CONFIG) == 11
    assert len(effects) == 11
    send = effects[3]
    assert isinstance(send.message, Poll)
    head = send.message.header
    assert (send.to, head.orig_id, head.dest_id) == (VOTERS[3], POLLER, VOTERS[3])
    assert (head.poller_nonce, head.voter_nonce) == (nonce(103), b"")
    assert (head.duration_s, head.vote_duration_ms, head.modulus) == (1_200, 300_000, 0)
    assert send.expires_ms == NOW + 2 * MINUTE
    assert len(send.message.effort_proof) == 20
    assert state.poll.phase is PollPhase.INVITING
    assert not state.poll.exhausted
    assert state.next_tick_ms(0) == NOW + 2 * MINUTE


def test_a_poll_of_nobody_ends_at_once():
    state, effects = poller.start(SETUP, TIMES, (), NOW, CONFIG)
    assert effects == (Close(PollStatus.NO_QUORUM, "nobody voted"),)
    assert state.closed
    assert state.next_tick_ms(0) is None


def test_a_local_poll_hashes_at_once():
    setup = replace(SETUP, variant=PollVariant.LOCAL)
    state, (hashing,) = poller.start(setup, TIMES, (), NOW, CONFIG)
    assert hashing.local
    assert hashing.challenges == ()
    state, (ready,) = step(state, pe.HashDone("own"))
    assert ready.rules.quorum == 0
    done, effects = step(state, pe.TallyDone(summary(0, agreed=9)))
    assert effects == (Close(PollStatus.COMPLETE),)
    assert done.poll.totals.agreed == 3


def test_only_the_invitation_tells_of_the_sample():
    setup = replace(SETUP, variant=PollVariant.POP, modulus=3, sample_nonce=nonce(5))
    state, (send,) = poller.start(setup, TIMES, invitees(1), NOW, CONFIG)
    assert (send.message.header.modulus, send.message.header.sample_nonce) == (3, nonce(5))
    _, (send,) = step(state, acceptance())
    assert (send.message.header.modulus, send.message.header.sample_nonce) == (0, nonce(5))


def test_nobody_is_invited_twice_nor_are_we():
    twice = (*invitees(2), *invitees(1), pe.Invitee(POLLER, 5, nonce(9)))
    state, effects = poller.start(SETUP, TIMES, twice, NOW, CONFIG)
    assert [voter.peer for voter in state.participants] == list(VOTERS[:2])
    assert codes(effects) == [PollCode.DUPLICATE_INVITEE] * 2


def test_a_dialogue():
    state, _ = poller.start(SETUP, TIMES, invitees(2), NOW, CONFIG)
    state, (send,) = step(state, acceptance(0, voter_nonce2=nonce(70)))
    assert isinstance(send.message, PollProof)
    assert send.message.header.voter_nonce == nonce(50)
    assert send.message.header.voter_nonce2 == nonce(70)
    state, (send,) = step(state, nomination(0, OTHER))
    assert isinstance(send.message, VoteRequest)
    state, effects = step(state, vote(0))
    assert effects == ()
    voter = state.participant(VOTERS[0])
    assert (voter.phase, voter.status) == (_P.TALLY, ParticipantStatus.VOTED)
    assert (voter.blocks_ref, voter.nominees) == ("vote-0", (OTHER,))


@pytest.mark.parametrize("minor", [5, 6])
def test_each_voter_is_addressed_in_its_own_revision(minor):
    state, (send,) = poller.start(SETUP, TIMES, invitees(1, minor), NOW, CONFIG)
    assert send.message.header.minor == minor
    _, (send,) = step(state, acceptance())
    assert send.message.header.minor == minor


def test_who_lacks_our_revision_is_invited_again_in_its_own():
    state, _ = poller.start(SETUP, TIMES, invitees(2), NOW, CONFIG)
    state, (learn, again) = step(state, refusal(0, Nak.VERSION_MISMATCH, minor=6), NOW + 5)
    assert learn == LearnMinor(VOTERS[0], 6)
    assert isinstance(again.message, Poll)
    assert again.message.header.minor == 6
    assert again.message.header.vote_duration_ms == 300_000 - 5
    state, effects = step(state, refusal(0, Nak.VERSION_MISMATCH, minor=5))
    assert of_type(effects, Send) == []
    assert state.participant(VOTERS[0]).status is ParticipantStatus.DECLINED


@pytest.mark.parametrize("theirs", [5, 9])
def test_a_revision_that_helps_nothing_is_not_tried(theirs):
    state, _ = poller.start(SETUP, TIMES, invitees(2), NOW, CONFIG)
    state, effects = step(state, refusal(0, Nak.VERSION_MISMATCH, minor=theirs))
    assert effects == (LearnMinor(VOTERS[0], theirs),)
    assert state.participant(VOTERS[0]).phase is _P.DROPPED


@pytest.mark.parametrize("nak", [nak for nak in Nak if nak is not Nak.VERSION_MISMATCH])
def test_refusals(nak):
    state, effects = step(inviting(participant(0), participant(1)), refusal(0, nak))
    assert effects == ()
    voter = state.participant(VOTERS[0])
    assert (voter.phase, voter.status, voter.nak) == (_P.DROPPED, ParticipantStatus.DECLINED, nak)


def test_a_refusal_without_a_reason_is_told():
    """A deployed poller breaks over it."""
    state, effects = step(inviting(participant(0), participant(1)), refusal(0, None))
    assert codes(effects) == [PollCode.REFUSED_WITHOUT_REASON]
    assert state.participant(VOTERS[0]).status is ParticipantStatus.DECLINED


def test_a_nak_beside_a_nonce_is_a_refusal():
    message = PollAck(voter_header(0), nak=Nak.NO_TIME)
    state, _ = step(inviting(participant(0), participant(1)), said(message))
    assert state.participant(VOTERS[0]).status is ParticipantStatus.DECLINED


@pytest.mark.parametrize("phase", [_P.WAIT_NOMINATE, _P.WAIT_VOTE, _P.TALLY])
@pytest.mark.parametrize("nak", [Nak.HASH_ERROR, Nak.HASH_TIMEOUT, Nak.NO_TIME])
def test_a_nak_at_any_time_is_a_voter_less(phase, nak):
    state, effects = step(inviting(participant(0, phase), participant(1)), refusal(0, nak))
    voter = state.participant(VOTERS[0])
    assert (voter.phase, voter.status, voter.nak) == (_P.DROPPED, ParticipantStatus.DROPPED_OUT, nak)
    assert codes(effects) == [PollCode.DROPPED_OUT]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (replace(vote(0), sender=OTHER), PollCode.NOT_A_PARTICIPANT),
        (said(PollAck(voter_header(0, key="other"))), PollCode.OTHER_POLL),
        (said(PollAck(voter_header(0, auid="other"))), PollCode.OTHER_POLL),
        (said(PollAck(voter_header(0, poller_nonce=nonce(3)))), PollCode.WRONG_NONCE),
        (vote(0), PollCode.OUT_OF_TURN),
    ],
)
def test_what_does_not_belong_is_a_finding(event, code):
    before = inviting(participant(0), participant(1))
    after, effects = step(before, event)
    assert after == before
    assert codes(effects) == [code]
    assert len(effects) == 1


# -- follow-up invitations and the outer circle ----------------------------------------------------


@pytest.mark.parametrize(
    ("phases", "wanted"),
    [
        ([_P.WAIT_POLL_ACK, _P.WAIT_POLL_ACK], 5),
        ([_P.WAIT_NOMINATE, _P.WAIT_POLL_ACK], 3),
        ([_P.WAIT_VOTE, _P.TALLY, _P.DROPPED], 2),
        ([_P.WAIT_VOTE, _P.WAIT_NOMINATE, _P.TALLY, _P.WAIT_POLL_ACK], None),
    ],
)
def test_followup_invitations(phases, wanted):
    """Target 3: whoever has not accepted yet counts as lacking, and half as many more are asked."""
    state = inviting(*(participant(index, phase) for index, phase in enumerate(phases)))
    assert step(state, pe.Tick(), NOW + 2 * MINUTE - 1) == (state, ())
    later, effects = step(state, pe.Tick(), NOW + 2 * MINUTE)
    assert effects == (() if wanted is None else (ChooseInvitees(wanted),))
    assert later.poll.next_invitation_ms == NOW + 4 * MINUTE


def test_who_is_chosen_is_invited_and_nobody_more_means_the_end_of_asking():
    state = inviting(participant(0, _P.WAIT_VOTE))
    state, effects = step(state, pe.Invite((pe.Invitee(OTHER, 5, nonce(7)),), 2), NOW + MINUTE)
    assert [send.to for send in effects] == [OTHER]
    assert state.poll.exhausted
    _, effects = step(state, pe.Tick(), NOW + 2 * MINUTE)
    assert effects == ()


def test_a_poll_whose_last_voter_declines_looks_for_others_first():
    state, effects = step(inviting(participant(0)), refusal())
    assert state.poll.phase is PollPhase.INVITING
    state, effects = step(state, pe.Invite((), 3))
    assert effects[-1] == Close(PollStatus.NO_QUORUM, "nobody voted")


def test_nominations_open_an_outer_circle():
    voters = [participant(index, _P.WAIT_NOMINATE) for index in range(3)]
    state = inviting(*voters, quorum=2)
    state, effects = step(state, nomination(0, OTHER))
    assert not of_type(effects, ChooseOuterCircle)
    state, effects = step(state, nomination(1, VOTERS[9]))
    (choose,) = of_type(effects, ChooseOuterCircle)
    assert choose.nominees == ((VOTERS[0], (OTHER,)), (VOTERS[1], (VOTERS[9],)))
    assert (choose.per_voter, choose.limit) == (4, 10)
    chosen = tuple(pe.Invitee(peer, 5, nonce(8)) for peer in (OTHER, VOTERS[9]))
    state, effects = step(state, pe.Invite(chosen, outer=True))
    assert [voter.outer for voter in state.participants] == [False, False, False, True, True]
    assert state.poll.outer_invited == 2
    assert not state.poll.exhausted
    _, effects = step(state, nomination(2))
    assert of_type(effects, ChooseOuterCircle)[0].limit == 8


def test_the_outer_circle_is_bounded():
    state = inviting(
        *(participant(index, _P.WAIT_NOMINATE) for index in range(3)), quorum=1, outer_invited=10
    )
    _, effects = step(state, nomination(0, OTHER))
    assert not of_type(effects, ChooseOuterCircle)


def test_nominees_of_nominees_are_not_invited():
    outer = participant(1, _P.WAIT_NOMINATE, outer=True)
    state, effects = step(inviting(participant(0), outer, quorum=1), nomination(1, OTHER))
    assert not of_type(effects, ChooseOuterCircle)
    assert state.participant(VOTERS[1]).nominees == ()
    assert state.poll.nominations == 0


def test_long_nominations_are_cut():
    state, _ = step(inviting(participant(0, _P.WAIT_NOMINATE)), nomination(0, *VOTERS, *VOTERS))
    assert len(state.participant(VOTERS[0]).nominees) == dialogue.MAX_NOMINEES
