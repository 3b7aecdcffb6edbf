"""The voter: what each move sends, and what it will not be talked into."""

from dataclasses import replace

import pytest

from apps.lockss.lcap import voter
from apps.lockss.lcap import voter_events as ve
from apps.lockss.lcap.agreement import AgreementType
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.effects import (
    Close,
    RecordHint,
    RecordSymmetricAgreement,
    Report,
    Send,
    ServeRepair,
    StartHash,
)
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Nak,
    Nominate,
    PollAck,
    PollProof,
    RepairRequest,
    Vote,
    VoteRequest,
)
from apps.lockss.lcap.poll_codes import PollCode, VoterStatus
from apps.lockss.lcap.repair_policy import ServeDecision
from apps.lockss.lcap.voter_state import VoterPhase
from tests.lockss.lcap.poll_samples import (
    CONFIG,
    MINUTE,
    NOW,
    OTHER,
    POLLER,
    URL,
    VOTER_EVENTS,
    codes,
    header,
    nonce,
    of_type,
    told,
    voted_state,
    voter_state,
)

WAITING = voter_state(phase=VoterPhase.WAIT_VOTE_REQUEST, status=VoterStatus.HASHING)


def step(state, event, now=NOW):
    return voter.step(state, event, now, CONFIG)


def test_a_proof_is_answered_by_nomination_and_hash():
    state, effects = step(voter_state(), told(PollProof(header()), nominees=(OTHER,)))
    assert state.phase is VoterPhase.WAIT_VOTE_REQUEST
    assert state.status is VoterStatus.HASHING
    send, hashing = effects
    assert send == Send(
        to=POLLER,
        message=Nominate(state.header(NOW), nominees=(OTHER,)),
        expires_ms=state.hash_start_ms,
    )
    assert hashing == StartHash(
        challenges=(nonce(100) + nonce(1), nonce(100) + nonce(2)),
        algorithm="SHA-1",
        modulus=0,
        sample_nonce=b"",
        earliest_start_ms=NOW + MINUTE // 2,
        latest_finish_ms=NOW + 4 * MINUTE,
        slashless=True,
    )


@pytest.mark.parametrize(
    ("changes", "challenges", "modulus", "slashless"),
    [
        ({"voter_nonce2": b""}, 1, 0, True),
        ({"minor": 6}, 2, 0, False),
        ({"modulus": 4, "sample_nonce": nonce(3), "samples": True}, 2, 4, True),
        ({"modulus": 4, "sample_nonce": nonce(3), "samples": False}, 2, 0, True),
    ],
)
def test_what_is_hashed(changes, challenges, modulus, slashless):
    _, effects = step(voter_state(**changes), VOTER_EVENTS[ve.VoterEventKind.POLL_PROOF])
    (hashing,) = of_type(effects, StartHash)
    assert len(hashing.challenges) == challenges
    assert hashing.modulus == modulus
    assert hashing.sample_nonce == (nonce(3) if modulus else b"")
    assert hashing.slashless is slashless


@pytest.mark.parametrize("request_first", [True, False])
def test_the_vote_goes_out_when_asked_for_and_hashed(request_first):
    events = [VOTER_EVENTS[ve.VoterEventKind.VOTE_REQUEST], VOTER_EVENTS[ve.VoterEventKind.HASH_DONE]]
    first, second = events if request_first else events[::-1]
    state, effects = step(WAITING, first)
    assert effects == ()
    state, effects = step(state, second)
    assert state.phase is VoterPhase.WAIT_RECEIPT
    assert state.status is VoterStatus.VOTED
    (send,) = effects
    assert isinstance(send.message, Vote)
    assert send.message.nak is None
    assert send.blocks_ref == "own"
    assert send.expires_ms == state.vote_deadline_ms
    assert (send.retry_max, send.retry_interval_ms) == (3, 2 * MINUTE)


def test_a_vote_asked_for_again_is_sent_again():
    state, effects = step(voted_state(), VOTER_EVENTS[ve.VoterEventKind.VOTE_REQUEST])
    assert state == voted_state()
    assert [send.blocks_ref for send in effects] == ["own"]


def test_a_hash_reported_twice_changes_nothing():
    state, _ = step(WAITING, ve.HashDone(blocks_ref="first"))
    again, effects = step(state, ve.HashDone(blocks_ref="second"))
    assert (again, effects) == (state, ())


def test_no_substance_is_told_at_once():
    state, effects = step(WAITING, ve.HashDone(blocks_ref="own", has_substance=False))
    send, close = effects
    assert send.message.nak is Nak.NO_SUBSTANCE
    assert send.message.header.voter_nonce == b""
    assert send.blocks_ref == ""
    assert close == Close(VoterStatus.NO_SUBSTANCE)
    assert state.phase is VoterPhase.CLOSED


@pytest.mark.parametrize(
    ("timed_out", "nak", "status"),
    [(True, Nak.HASH_TIMEOUT, VoterStatus.EXPIRED), (False, Nak.HASH_ERROR, VoterStatus.ERROR)],
)
def test_a_failed_hash_takes_the_acceptance_back(timed_out, nak, status):
    _, effects = step(WAITING, ve.HashFailed(timed_out=timed_out, detail="why"))
    send, close = effects
    assert isinstance(send.message, PollAck)
    assert send.message.nak is nak
    assert send.message.header.poller_nonce == nonce(100)
    assert send.message.header.voter_nonce == send.message.header.voter_nonce2 == b""
    assert close == Close(status, "why")


def test_a_repair_is_served_to_whom_it_is_owed():
    request = told(RepairRequest(header(), url=URL), serve=ServeDecision.AGREED)
    state, effects = step(voted_state(), request)
    (serve,) = effects
    assert isinstance(serve, ServeRepair)
    assert serve.to == POLLER
    assert serve.reply.url == URL
    assert serve.expires_ms == state.poll_deadline_ms
    assert state.repairs_served == 1


@pytest.mark.parametrize("decision", [decision for decision in ServeDecision if not decision.serves], ids=str)
def test_a_refused_repair_is_answered_by_silence(decision):
    state, effects = step(voted_state(), told(RepairRequest(header(), url=URL), serve=decision))
    assert state == voted_state()
    assert codes(effects) == [PollCode.REPAIR_NOT_SERVED]
    assert len(effects) == 1


RECEIPT = EvaluationReceipt(header(voter_nonce2=nonce(2)), agreement_hint=0.875, weighted_agreement_hint=0.5)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, [AgreementType.POR_HINT]),
        ({"weighted": True}, [AgreementType.POR_HINT, AgreementType.W_POR_HINT]),
        ({"modulus": 2, "weighted": True}, [AgreementType.POP_HINT, AgreementType.W_POP_HINT]),
    ],
)
def test_a_receipt_records_what_the_poller_says(changes, kinds):
    state, effects = step(voted_state(**changes), told(RECEIPT))
    assert [effect.kind for effect in of_type(effects, RecordHint)] == kinds
    assert of_type(effects, RecordHint)[0].value == 0.875
    assert effects[-1] == Close(VoterStatus.COMPLETE)
    assert (state.agreement_hint, state.weighted_agreement_hint) == (0.875, 0.5)


@pytest.mark.parametrize(
    ("changes", "kind", "weighted"),
    [
        ({}, AgreementType.SYMMETRIC_POR, None),
        ({"modulus": 2}, AgreementType.SYMMETRIC_POP, None),
        ({"weighted": True}, AgreementType.SYMMETRIC_POR, AgreementType.W_SYMMETRIC_POR),
    ],
)
def test_receipt_blocks_are_compared_with_our_own(changes, kind, weighted):
    _, effects = step(voted_state(**changes), told(RECEIPT, blocks_ref="theirs"))
    assert of_type(effects, RecordSymmetricAgreement) == [
        RecordSymmetricAgreement(POLLER, kind, weighted, "own-symmetric", "theirs")
    ]


@pytest.mark.parametrize(
    ("own", "theirs"), [(nonce(2), nonce(3)), (nonce(2), b""), (b"", nonce(2)), (b"", b"")]
)
def test_receipt_blocks_for_another_challenge_are_not(own, theirs):
    receipt = replace(RECEIPT, header=header(voter_nonce2=theirs))
    _, effects = step(voted_state(voter_nonce2=own), told(receipt, blocks_ref="theirs"))
    assert not of_type(effects, RecordSymmetricAgreement)
    assert codes(effects) == [PollCode.WRONG_NONCE]
    assert of_type(effects, RecordHint, Close)


def test_a_receipt_without_hint_still_brings_symmetric_blocks():
    """Deployed voters give up before they come to them."""
    receipt = replace(RECEIPT, agreement_hint=None)
    _, effects = step(voted_state(), told(receipt, blocks_ref="theirs"))
    assert codes(effects) == [PollCode.MISSING_HINT]
    assert of_type(effects, RecordSymmetricAgreement)
    assert not of_type(effects, RecordHint)


MESSAGES = [VOTER_EVENTS[kind] for kind in ve.VoterEventKind if isinstance(VOTER_EVENTS[kind], ve.FromPoller)]


@pytest.mark.parametrize("event", MESSAGES, ids=lambda event: event.kind.name)
@pytest.mark.parametrize("phase", VoterPhase)
def test_nobody_but_the_poller_is_heard(event, phase):
    """Deployed voters do not look who asks for a vote or brings a receipt."""
    state = voted_state(phase=phase)
    after, effects = step(state, replace(event, sender=OTHER))
    assert after == state
    assert effects == (effects[0],)
    assert isinstance(effects[0], Report)
    assert effects[0].finding.code is PollCode.NOT_THE_POLLER
    assert effects[0].finding.peer == OTHER


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (header(key="other"), PollCode.OTHER_POLL),
        (header(auid="other"), PollCode.OTHER_POLL),
        (header(poller_nonce=nonce(9)), PollCode.WRONG_NONCE),
    ],
)
def test_messages_of_another_poll_are_set_aside(head, code):
    after, effects = step(WAITING, told(VoteRequest(head)))
    assert after == WAITING
    assert codes(effects) == [code]


@pytest.mark.parametrize(
    ("state", "due", "status"),
    [
        (voter_state(), NOW + 5 * MINUTE, VoterStatus.EXPIRED),
        (WAITING, NOW + 5 * MINUTE, VoterStatus.EXPIRED),
        (replace(WAITING, hashing_done=True), NOW + 5 * MINUTE, VoterStatus.EXPIRED),
        (voted_state(), NOW + 20 * MINUTE, VoterStatus.VOTED),
    ],
)
def test_deadlines(state, due, status):
    assert state.next_tick_ms() == due
    assert step(state, ve.Tick(), due - 1) == (state, ())
    closed, effects = step(state, ve.Tick(), due)
    assert effects == (Close(status),)
    assert closed.status is status
    assert closed.closed
    assert closed.next_tick_ms() is None


def test_an_abort_closes_with_its_reason():
    _, effects = step(voted_state(), ve.Abort("removed"))
    assert effects == (Close(VoterStatus.ABORTED, "removed"),)


@pytest.mark.parametrize("minor", [5, 6])
@pytest.mark.parametrize("now", [NOW, NOW + 20 * MINUTE, NOW + 60 * MINUTE])
def test_all_that_is_sent_can_be_sent(minor, now):
    """Header fields as lcap-v3 §3.5 wants them, at any time."""
    state = voted_state(minor=minor, modulus=3, sample_nonce=nonce(5))
    head = state.header(now)
    assert head.duration_s == max(0, (state.poll_deadline_ms - now) // 1_000)
    assert (head.orig_id, head.dest_id, head.minor) == (state.own_id, POLLER, minor)
    assert (head.modulus, head.sample_nonce) == (0, nonce(5))
    message = Nominate(head, nominees=(OTHER,))
    assert decode(encode(message)) == message
