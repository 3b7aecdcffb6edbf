"""Agreements: float32 shares, records that remember their best, types by what they come from."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.agreement import PROVEN, Agreement, AgreementType, has_proven, record, share
from apps.lockss.lcap.verdict import VoteCounts

SHARES = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (7, 8, "0.875"),
        (7, 9, "0.7777777910232544"),
        (2, 3, "0.6666666865348816"),
        (1, 3, "0.3333333432674408"),
        (1, 1, "1.0"),
        (0, 5, "0.0"),
        (0, 0, "0.0"),
    ],
)
def test_shares_are_float32_widened(part, whole, text):
    assert repr(share(part, whole)) == text


@given(st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_a_share_is_a_float32_from_zero_to_one(part, rest):
    value = share(part, part + rest)
    assert 0.0 <= value <= 1.0
    assert struct.unpack(">f", struct.pack(">f", value))[0] == value
    if part:
        assert value == pytest.approx(part / (part + rest), rel=1e-6)


def test_what_neither_holds_and_what_is_spoiled_is_no_agreement():
    counts = VoteCounts(agreed=6, disagreed=1, poller_only=1, voter_only=1, neither=50, spoiled=50)
    assert counts.agreement == share(6, 9)


def test_the_highest_is_a_true_maximum():
    """Deployed nodes would end at 0.5 here."""
    held = record(record(record(None, 0.9, 1), 0.5, 2), 0.4, 3)
    assert held == Agreement(last=0.4, last_ms=3, highest=0.9, highest_ms=1)


@given(st.lists(st.tuples(SHARES, st.integers(0, 1_000)), min_size=1))
def test_records_are_the_last_and_the_best(observed):
    held = None
    for value, now in observed:
        held = record(held, value, now)
    assert held.highest == max(value for value, _ in observed)
    assert (held.highest, held.highest_ms) in observed
    assert held.last_ms == max(now for _, now in observed)
    assert (held.last, held.last_ms) in observed


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_what_is_no_share_is_not_recorded(value):
    with pytest.raises(ValueError, match="expected 0"):
        record(None, value, 1)


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ({}, "POR"),
        ({"sampled": True}, "POP"),
        ({"symmetric": True}, "SYMMETRIC_POR"),
        ({"hint": True}, "POR_HINT"),
        ({"sampled": True, "hint": True, "weighted": True}, "W_POP_HINT"),
        ({"sampled": True, "symmetric": True, "weighted": True}, "W_SYMMETRIC_POP"),
    ],
)
def test_types_say_how_it_was_found_out(flags, kind):
    assert AgreementType.of(**{"sampled": False, **flags}) is AgreementType(kind)


def test_every_type_has_a_way_to_it():
    flags = [(a, b, c, d) for a in (0, 1) for b in (0, 1) for c in (0, 1) for d in (0, 1)]
    made = {AgreementType.of(sampled=a, symmetric=b, hint=c, weighted=d) for a, b, c, d in flags}
    assert made == set(AgreementType)


@pytest.mark.parametrize("kind", AgreementType)
def test_only_what_we_found_out_ourselves_is_proof(kind):
    assert has_proven({kind: Agreement.first(1.0, 1)}, 0.5) is (kind in PROVEN)


@pytest.mark.parametrize(("highest", "enough"), [(0.49, False), (0.5, True), (1.0, True)])
def test_proof_is_the_best_ever_seen(highest, enough):
    held = record(record(None, highest, 1), 0.0, 2)
    assert has_proven({AgreementType.POP: held}, 0.5) is enough
