"""The second half of a poll: freeze, hash, tally, receipts, and ends that come too soon."""

from dataclasses import replace

import pytest

from apps.lockss.errors import PeerError
from apps.lockss.lcap import poller
from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap.agreement import AgreementType, share
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import (
    Close,
    RecordAgreement,
    RecordAuResult,
    RecordNoAu,
    Report,
    Send,
    StartHash,
    TallyReady,
)
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Nak,
)
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollStatus, PollVariant
from apps.lockss.lcap.poller_state import ParticipantPhase, PollPhase, PollSetup
from apps.lockss.lcap.schedule import PollTimes
from apps.lockss.lcap.tally import TallyRules
from apps.lockss.lcap.totals import PollTotals, WeightedCounts
from apps.lockss.lcap.verdict import VoteCounts
from tests.lockss.lcap.poll_samples import (
    AUID,
    CONFIG,
    KEY,
    MINUTE,
    NOW,
    POLLER,
    VOTERS,
    acceptance,
    codes,
    inviting,
    nonce,
    of_type,
    participant,
    refusal,
    summary,
    tallied,
    vote,
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


# -- the freeze ----------------------------------------------------------------------------------


def test_at_the_vote_deadline_only_votes_count():
    voters = [
        participant(0, _P.WAIT_POLL_ACK),
        participant(1, _P.WAIT_NOMINATE),
        participant(2, _P.WAIT_VOTE),
        participant(3, _P.TALLY, voter_nonce2=nonce(90)),
        participant(4, _P.TALLY),
        participant(5, _P.DROPPED, nak=Nak.NO_AU),
    ]
    state = inviting(*voters)
    state, effects = step(state, pe.Tick(), NOW + 5 * MINUTE)
    assert [voter.status for voter in state.participants] == [
        ParticipantStatus.NO_RESPONSE,
        ParticipantStatus.DID_NOT_VOTE,
        ParticipantStatus.DID_NOT_VOTE,
        ParticipantStatus.VOTED,
        ParticipantStatus.VOTED,
        ParticipantStatus.DECLINED,
    ]
    no_au, hashing = effects
    assert no_au == RecordNoAu((VOTERS[5],))
    assert hashing == StartHash(
        challenges=(
            nonce(103) + nonce(53),
            nonce(104) + nonce(54),
            nonce(103) + nonce(90),
        ),
        algorithm="SHA-1",
        modulus=0,
        sample_nonce=b"",
        earliest_start_ms=NOW + 5 * MINUTE,
        latest_finish_ms=NOW + 10 * MINUTE,
        slashless=True,
        participants=(VOTERS[3], VOTERS[4]),
        symmetric=(VOTERS[3],),
    )
    assert state.poll.frozen == hashing.participants


@pytest.mark.parametrize(
    ("voted", "exhausted", "followup", "frozen"),
    [
        (2, False, True, True),
        (1, False, True, False),
        (1, True, True, True),
        (1, False, False, True),
    ],
)
def test_the_last_vote_ends_the_waiting_when_nobody_else_can_come(voted, exhausted, followup, frozen):
    """Quorum 2: below it the poll waits for others, unless there are none."""
    voters = [participant(index, _P.TALLY) for index in range(voted - 1)]
    state = inviting(
        *voters,
        participant(5, _P.WAIT_VOTE),
        participant(6, _P.DROPPED),
        exhausted=exhausted,
        next_invitation_ms=NOW + 2 * MINUTE if followup else None,
    )
    state, effects = step(state, vote(5), NOW + MINUTE)
    assert (state.poll.phase is PollPhase.HASHING) is frozen
    assert bool(of_type(effects, StartHash)) is frozen
    if frozen:
        assert state.poll.vote_deadline_ms == NOW + MINUTE


def test_a_poll_waits_for_who_may_still_vote():
    voters = [participant(index, _P.TALLY) for index in range(5)]
    state, effects = step(
        inviting(*voters, participant(5, _P.WAIT_VOTE), participant(6)), vote(5), NOW + MINUTE
    )
    assert state.poll.phase is PollPhase.INVITING
    assert effects == ()


def test_names_are_compared_as_revision_5_has_them_once_one_voter_has_no_others():
    for minors, slashless in (((6, 6), False), ((6, 5), True)):
        voters = [participant(index, _P.TALLY, minor=minor) for index, minor in enumerate(minors)]
        state, effects = step(inviting(*voters), pe.Tick(), NOW + 5 * MINUTE)
        assert of_type(effects, StartHash)[0].slashless is slashless
        state, effects = step(state, pe.HashDone("own"))
        assert of_type(effects, TallyReady)[0].rules == TallyRules(
            quorum=2, margin=75, max_versions=21, slashless=slashless
        )


# -- hash, tally, receipts -----------------------------------------------------------------------


def test_the_hash_leads_to_the_tally():
    state = tallied(PollPhase.HASHING)
    state, effects = step(state, pe.HashDone("own"))
    assert effects == (
        TallyReady("own", VOTERS[:2], ("vote-0", "vote-1"), TallyRules(quorum=2, margin=75, slashless=True)),
    )
    assert state.poll.blocks_ref == "own"


def test_symmetric_blocks_go_back_to_who_asked_for_them():
    state = tallied(PollPhase.HASHING, 3)
    for index in (0, 2):
        state = state.with_participant(replace(state.participants[index], voter_nonce2=nonce(90 + index)))
    state, _ = step(state, pe.HashDone("own", ("sym-0", "sym-2")))
    _, effects = step(state, pe.TallyDone(summary(3)))
    receipts = of_type(effects, Send)
    assert [receipt.blocks_ref for receipt in receipts] == ["sym-0", "", "sym-2"]
    assert [receipt.message.header.voter_nonce2 for receipt in receipts] == [nonce(90), b"", nonce(92)]


def test_without_substance_the_blocks_stay_here():
    state = tallied(PollPhase.HASHING)
    state = state.with_participant(replace(state.participants[0], voter_nonce2=nonce(90)))
    state, effects = step(state, pe.HashDone("own", ("sym-0",), has_substance=False))
    assert codes(effects) == [PollCode.NO_SUBSTANCE]
    _, effects = step(state, pe.TallyDone(summary(2)))
    assert [receipt.blocks_ref for receipt in of_type(effects, Send)] == ["", ""]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({}, AgreementType.POR), ({"variant": PollVariant.POP, "modulus": 2}, AgreementType.POP)],
)
def test_completion(changes, kind):
    setup = replace(SETUP, **changes)
    state = tallied(PollPhase.TALLYING, setup=setup)
    counts = (VoteCounts(agreed=7, disagreed=2, neither=5), VoteCounts(agreed=1, voter_only=2))
    found = replace(summary(2), counts=counts)
    state, effects = step(state, pe.TallyDone(found), NOW + 6 * MINUTE)
    assert of_type(effects, RecordAgreement) == [
        RecordAgreement(VOTERS[0], kind, share(7, 9)),
        RecordAgreement(VOTERS[1], kind, share(1, 3)),
    ]
    receipts = of_type(effects, Send)
    assert [type(receipt.message) for receipt in receipts] == [EvaluationReceipt] * 2
    assert [receipt.message.agreement_hint for receipt in receipts] == [share(7, 9), share(1, 3)]
    assert receipts[0].expires_ms == state.poll.poll_deadline_ms
    assert of_type(effects, RecordAuResult) == (
        [
            RecordAuResult(
                status=PollStatus.COMPLETE, agreement=0.75, weighted_agreement=None, agreeing_peers=1
            )
        ]
        if kind is AgreementType.POR
        else []
    )
    assert effects[-1] == Close(PollStatus.COMPLETE)
    assert {voter.status for voter in state.participants} == {ParticipantStatus.COMPLETE}
    assert state.poll.ended_ms == NOW + 6 * MINUTE


def test_without_quorum_the_voters_get_their_receipts():
    state = tallied(PollPhase.TALLYING)
    _, effects = step(state, pe.TallyDone(summary(2, quorate=False)))
    assert len(of_type(effects, RecordAgreement)) == len(of_type(effects, Send)) == 2
    assert not of_type(effects, RecordAuResult)
    assert effects[-1] == Close(PollStatus.NO_QUORUM)


def test_weights_go_beside():
    state = tallied(PollPhase.TALLYING, setup=replace(SETUP, weighted=True))
    found = replace(
        summary(2),
        weighted_counts=(WeightedCounts(agreed=1, disagreed=1), WeightedCounts(agreed=3)),
        weighted_totals=PollTotals(agreed=1, disagreed=3),
    )
    _, effects = step(state, pe.TallyDone(found))
    assert of_type(effects, RecordAgreement)[1] == RecordAgreement(VOTERS[0], AgreementType.W_POR, 0.5)
    assert [send.message.weighted_agreement_hint for send in of_type(effects, Send)] == [0.5, 1.0]
    assert of_type(effects, RecordAuResult)[0].weighted_agreement == 0.25


def test_spoiled_votes_are_told():
    fault = PeerError(PollCode.EMPTY_VOTE, "a vote without blocks")
    found = replace(summary(2), faults=(None, fault))
    _, effects = step(tallied(PollPhase.TALLYING), pe.TallyDone(found))
    (report,) = of_type(effects, Report)
    assert (report.finding.code, report.finding.peer) == (PollCode.SPOILED_VOTE, VOTERS[1])


def test_who_left_after_the_freeze_gets_no_receipt_but_keeps_its_place():
    state = tallied(PollPhase.HASHING, 3)
    state, _ = step(state, refusal(1, Nak.HASH_ERROR))
    state, (ready,) = step(state, pe.HashDone("own"))
    assert ready.votes == ("vote-0", "vote-1", "vote-2")
    counts = tuple(VoteCounts(agreed=index) for index in (1, 2, 3))
    state, effects = step(state, pe.TallyDone(replace(summary(3), counts=counts)))
    assert [send.to for send in of_type(effects, Send)] == [VOTERS[0], VOTERS[2]]
    assert [effect.peer for effect in of_type(effects, RecordAgreement)] == [VOTERS[0], VOTERS[2]]
    assert state.participants[2].counts == VoteCounts(agreed=3)


@pytest.mark.parametrize("phase", [PollPhase.HASHING, PollPhase.TALLYING])
@pytest.mark.parametrize(
    ("event", "now", "status"),
    [
        (pe.Tick(), NOW + 20 * MINUTE, PollStatus.EXPIRED),
        (pe.JobFailed(timed_out=True), NOW, PollStatus.EXPIRED),
        (pe.JobFailed(timed_out=False), NOW, PollStatus.ERROR),
        (pe.Abort("by hand"), NOW, PollStatus.ABORTED),
    ],
)
def test_polls_that_come_to_nothing(phase, event, now, status):
    state, (close,) = step(tallied(phase), event, now)
    assert close.status is status
    assert state.poll.status is status
    assert state.next_tick_ms(0) is None


def test_a_tick_before_its_time_changes_nothing():
    for state in (tallied(PollPhase.HASHING), tallied(PollPhase.TALLYING), inviting(participant(0))):
        due = state.next_tick_ms(MINUTE)
        assert step(state, pe.Tick(), due - 1) == (state, ())


def test_one_tick_after_long_sleep_is_enough():
    """A node that was down over all deadlines goes on with what is due now."""
    state, effects = step(inviting(participant(0, _P.TALLY)), pe.Tick(), NOW + 60 * MINUTE)
    assert of_type(effects, StartHash)
    closed, _ = step(state, pe.Tick(), NOW + 60 * MINUTE)
    assert closed.poll.status is PollStatus.EXPIRED


def test_nothing_is_received_after_the_end():
    state = tallied(PollPhase.CLOSED)
    after, effects = step(state, vote(0))
    assert after == state
    assert codes(effects) == [PollCode.OUT_OF_TURN]


def test_effort_proofs_differ_by_voter_and_message():
    state, sent = poller.start(SETUP, TIMES, invitees(3), NOW, CONFIG)
    proofs = {send.message.effort_proof for send in sent}
    for index in range(3):
        _, (proof,) = step(state, acceptance(index))
        proofs.add(proof.message.effort_proof)
    assert len(proofs) == 6


def test_polls_without_followups_do_not_ask():
    config = PollConfig(enable_followup_invitations=False)
    state, _ = poller.start(SETUP, TIMES, invitees(2), NOW, config)
    assert state.next_tick_ms(0) == NOW + 5 * MINUTE
