"""How long polls last, and which are called."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.curve import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS
from apps.lockss.lcap.poll_codes import PollVariant
from apps.lockss.lcap.schedule import (
    AuPollHistory,
    HashWindow,
    base_hash_estimate,
    padded_hash_estimate,
    poll_times,
    poll_variant,
    poll_weight,
    vote_window,
)
from tests.lockss.lcap.poll_samples import NOW

CONFIG = PollConfig()


@pytest.mark.parametrize(("base", "padded"), [(0, 10), (1_000, 1_110), (HOUR_MS, 66 * MINUTE_MS + 10)])
def test_estimates_are_padded(base, padded):
    assert padded_hash_estimate(base, CONFIG) == padded


@pytest.mark.parametrize(
    ("last", "size", "speed", "expected"),
    [(5, 999, 1, 5), (0, 999, 1, 0), (None, 1_000, 10, 100), (None, 5, 0, 5)],
)
def test_estimates_come_from_the_last_hash_or_the_size(last, size, speed, expected):
    assert base_hash_estimate(last, size, speed) == expected


@pytest.mark.parametrize(
    ("config", "base", "vote", "whole"),
    [
        # Nothing to hash: little more than the paddings, half of it for votes.
        (CONFIG, 0, 5 * MINUTE_MS + 50, 10 * MINUTE_MS + 100),
        (
            replace(CONFIG, vote_duration_padding_ms=0, tally_duration_padding_ms=0),
            0,
            5 * MINUTE_MS,
            10 * MINUTE_MS,
        ),
        (CONFIG, SECOND_MS, 305_550, 611_100),
        (CONFIG, HOUR_MS, 330 * MINUTE_MS + 50 + 5 * MINUTE_MS, 670 * MINUTE_MS + 100),
        # 1.x: four hashes' time for votes, five for the tally.
        (PollConfig.deployed_1x(), HOUR_MS, 264 * MINUTE_MS + 40 + 5 * MINUTE_MS, 604 * MINUTE_MS + 90),
    ],
)
def test_deadlines_of_idle_nodes(config, base, vote, whole):
    times = poll_times(base, NOW, NOW, config)
    assert abs(times.vote_deadline_ms - NOW - vote) <= 1
    assert abs(times.tally_end_ms - NOW - max(whole, config.min_poll_duration_ms)) <= 1
    assert times.poll_deadline_ms == times.tally_end_ms + config.receipt_padding_ms


def test_an_au_that_cannot_be_hashed_in_time_is_not_polled():
    assert poll_times(WEEK_MS, NOW, NOW, CONFIG) is None
    assert poll_times(0, NOW, NOW + 4 * WEEK_MS, CONFIG) is None


@given(
    st.integers(0, 3 * DAY_MS), st.integers(-HOUR_MS, 4 * WEEK_MS), st.floats(0.01, 10), st.floats(0.01, 10)
)
def test_the_tally_always_fits(base, busy, vote, tally):
    """Between the vote deadline and the end there is room for the hash, behind all that was promised before."""
    config = replace(CONFIG, vote_duration_multiplier=vote, tally_duration_multiplier=tally)
    times = poll_times(base, NOW, NOW + busy, config)
    if times is None:
        return
    window = HashWindow(times.vote_deadline_ms, times.tally_end_ms)
    # Rounding to whole milliseconds may cost one.
    assert window.fits(padded_hash_estimate(base, config) - 1, NOW + busy)
    assert NOW < times.vote_deadline_ms < times.tally_end_ms < times.poll_deadline_ms
    assert times.tally_end_ms - NOW < config.max_poll_duration_ms


def test_a_busy_node_draws_its_poll_out_in_steps():
    """Each step is twice the voting time (lcap-v3 §4.6)."""
    step = 2 * (padded_hash_estimate(0, CONFIG) * 5 + 5 * MINUTE_MS)
    idle = poll_times(0, NOW, NOW, CONFIG).tally_end_ms
    for busy, steps in ((9 * MINUTE_MS, 0), (11 * MINUTE_MS, 1), (21 * MINUTE_MS, 2), (31 * MINUTE_MS, 3)):
        assert poll_times(0, NOW, NOW + busy, CONFIG).tally_end_ms == idle + steps * step


@pytest.mark.parametrize(
    ("length", "free", "fits"),
    [(100, 0, True), (101, 0, False), (50, 150, True), (51, 150, False), (0, 200, True), (0, 201, False)],
)
def test_windows(length, free, fits):
    assert HashWindow(100, 200).fits(length, free) is fits


def test_a_voter_hashes_after_the_request_and_before_the_deadline():
    window = vote_window(NOW, NOW + 10 * MINUTE_MS, 100 * SECOND_MS, CONFIG)
    assert window == HashWindow(NOW + 30 * SECOND_MS, NOW + 10 * MINUTE_MS - 16 * SECOND_MS)


POLLED = AuPollHistory(
    last_poll_start_ms=NOW - 80 * DAY_MS,
    last_por_ms=NOW - 80 * DAY_MS,
    agreeing_peers_last_por=3,
    willing_repairers=3,
)
LOCAL = replace(CONFIG, enable_local_polls=True)
POP = replace(CONFIG, enable_pop_polls=True, modulus=2)


@pytest.mark.parametrize(
    ("au", "config", "variant"),
    [
        (AuPollHistory(), CONFIG, PollVariant.POR),
        (replace(POLLED, last_poll_start_ms=NOW - DAY_MS + 1), CONFIG, PollVariant.NO_POLL),
        (replace(POLLED, last_poll_start_ms=NOW - DAY_MS), CONFIG, PollVariant.POR),
        (POLLED, CONFIG, PollVariant.POR),
        (POLLED, LOCAL, PollVariant.LOCAL),
        (replace(POLLED, suspect_versions=1), LOCAL, PollVariant.POR),
        (replace(POLLED, last_por_ms=NOW - 701 * DAY_MS), LOCAL, PollVariant.POR),
        (replace(POLLED, last_content_change_ms=NOW), LOCAL, PollVariant.POR),
        (replace(POLLED, last_content_change_ms=NOW - 90 * DAY_MS), LOCAL, PollVariant.LOCAL),
        (replace(POLLED, agreeing_peers_last_por=2), LOCAL, PollVariant.POR),
        (replace(POLLED, willing_repairers=2), LOCAL, PollVariant.POR),
        (replace(POLLED, willing_repairers=2), POP, PollVariant.POP),
        (replace(POLLED, willing_repairers=2, is_registry=True), POP, PollVariant.POR),
        (replace(POLLED, willing_repairers=2), replace(POP, modulus=0), PollVariant.POR),
        (AuPollHistory(), replace(POP, all_pop_polls=True), PollVariant.POP),
        (AuPollHistory(), replace(CONFIG, all_pop_polls=True), PollVariant.POR),
        (AuPollHistory(), replace(CONFIG, all_local_polls=True), PollVariant.LOCAL),
    ],
)
def test_variants(au, config, variant):
    assert poll_variant(au, NOW, config) is variant


@pytest.mark.parametrize(
    "au",
    [
        replace(POLLED, last_por_ms=NOW - 70 * DAY_MS + 1),
        replace(POLLED, last_attempt_ms=NOW - 4 * HOUR_MS + 1),
        replace(POLLED, poll_running=True),
        replace(POLLED, polls_allowed=False),
        replace(POLLED, crawled_or_publisher_down=False),
    ],
)
def test_what_is_not_due_weighs_nothing(au):
    assert poll_weight(au, NOW, CONFIG) == 0.0


def test_the_longer_overdue_the_heavier():
    due = replace(POLLED, last_por_ms=NOW - 70 * DAY_MS)
    late = replace(POLLED, last_por_ms=NOW - 140 * DAY_MS)
    slow = replace(late, last_poll_duration_ms=70 * DAY_MS)
    assert poll_weight(due, NOW, CONFIG) == 1.0
    assert poll_weight(late, NOW, CONFIG) == 2.0
    assert poll_weight(slow, NOW, CONFIG) == 1.0
    assert poll_weight(AuPollHistory(), NOW, CONFIG) > 100
