"""Curves and parameters: what is read, what is refused, what is deployed."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.errors import LocalError
from apps.lockss.lcap.config import NO_AU_RESET, NOMINATION, RESPONSIVENESS, VOTE_RETRY, PollConfig
from apps.lockss.lcap.curve import DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, Curve
from apps.lockss.lcap.poll_codes import SettingCode


@pytest.mark.parametrize(
    ("text", "curve"),
    [
        ("[4d,1.0],[20d,0.1],[40d,0.01]", RESPONSIVENESS),
        ("[10d,1.0],[30d,0.1],[40d,0.01]", NOMINATION),
        ("[1w,2d],[1w,7d],[30d,7d],[30d,30d],[100d,30d],[100d,50d]", NO_AU_RESET),
        (" [5m,2m] , [20m,4m],[1d,5h] ", VOTE_RETRY),
        ("[1,2]", Curve(((1.0, 2.0),))),
        ("[1y,0.5]", Curve(((365.0 * DAY_MS, 0.5),))),
    ],
)
def test_curves_as_settings_write_them(text, curve):
    assert Curve.parse(text) == curve


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_is_no_curve(text):
    assert Curve.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "[1,2",
        "[1,2],",
        "[1,2][3,4]",
        "[2,1],[1,1]",
        "[x,1]",
        "[1,-2]",
        "1,2",
        "[1,2]" + " " * 3_000,
        "[1q,2]",
    ],
)
def test_what_is_no_curve_says_so(text):
    with pytest.raises(LocalError, match="is no curve") as error:
        Curve.parse(text)
    assert error.value.code is SettingCode.BAD_CURVE


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (0, 1.0),
        (4 * DAY_MS, 1.0),
        (12 * DAY_MS, 0.55),
        (20 * DAY_MS, 0.1),
        (30 * DAY_MS, 0.055),
        (40 * DAY_MS, 0.01),
        (400 * DAY_MS, 0.01),
    ],
)
def test_heights_between_the_points(x, y):
    assert RESPONSIVENESS.at(x) == pytest.approx(y)


@pytest.mark.parametrize(
    ("age", "life"),
    [
        (0, 2 * DAY_MS),
        (WEEK_MS - 1, 2 * DAY_MS),
        (WEEK_MS, 7 * DAY_MS),
        (30 * DAY_MS, 30 * DAY_MS),
        (100 * DAY_MS, 50 * DAY_MS),
    ],
)
def test_a_step_takes_effect_at_its_place(age, life):
    assert NO_AU_RESET.at(age) == life


POINTS = st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 1_000)), min_size=1, max_size=6)


@given(POINTS, st.integers(-10, 1_010))
def test_a_curve_stays_between_its_points(points, x):
    curve = Curve(tuple((float(a), float(b)) for a, b in sorted(points)))
    heights = [y for _, y in curve.points]
    assert min(heights) - 1e-9 <= curve.at(x) <= max(heights) + 1e-9


def test_deployed_defaults():
    """The figures of lcap-v3 §9 that peers can feel."""
    new, old = PollConfig(), PollConfig.deployed_1x()
    assert (new.quorum, new.vote_margin, new.hash_algorithm) == (5, 75, "SHA-1")
    assert (new.vote_duration_multiplier, old.vote_duration_multiplier) == (5, 4)
    assert (new.receipt_padding_ms, old.receipt_padding_ms) == (10 * MINUTE_MS, 5 * MINUTE_MS)
    assert old.voter_receipt_padding_ms == 10 * MINUTE_MS
    assert (new.enable_discovery, old.enable_discovery) == (False, True)
    assert (new.enable_symmetric_polls, old.enable_symmetric_polls) == (True, False)
    assert (new.min_nomination_size, old.min_nomination_size, old.max_nomination_size) == (0, 1, 5)
    assert (new.repair_from_peer_share, old.repair_from_peer_share) == (0.25, 0.0)
    assert (new.max_simultaneous_pollers, old.max_simultaneous_pollers) == (5, 10)
    assert new.min_poll_attempt_interval_ms == 4 * HOUR_MS
    assert new.extra_poll_time_ms == 20 * MINUTE_MS
    assert new.min_agreement_for_repairs == old.min_agreement_for_repairs == 0.5


@pytest.mark.parametrize(
    "name", [each.name for each in fields(PollConfig) if each.type in {"int", "float", int, float}]
)
@pytest.mark.parametrize("value", [-2, float("nan"), float("inf")])
def test_unusable_numbers_are_named(name, value):
    with pytest.raises(LocalError, match=name) as error:
        replace(PollConfig(), **{name: value})
    assert error.value.code is SettingCode.BAD_NUMBER


@pytest.mark.parametrize(
    "changes",
    [
        {"default_minor": 7},
        {"min_nomination_size": 6},
        {"vote_margin": 101},
        {"min_agreement_for_repairs": 50},
        {"time_between_invitations_ms": 0},
    ],
)
def test_numbers_that_do_not_fit_are_refused(changes):
    with pytest.raises(LocalError):
        PollConfig(**changes)


@pytest.mark.parametrize("subnet", ["10.1.0.0/33", "host", ""])
def test_unreadable_subnets_are_refused(subnet):
    with pytest.raises(LocalError) as error:
        PollConfig(no_invitation_subnets=(subnet,))
    assert error.value.code is SettingCode.BAD_SUBNET
