"""How long a poll lasts, and whether our own hashing leaves room for it (lcap-v3 §4.6, §4.9, §8.1).

All times are milliseconds since 1970 UTC, all lengths milliseconds. Deadlines travel as differences, so two
nodes whose clocks disagree still agree on them.
"""

import math
from dataclasses import dataclass

from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.poll_codes import PollVariant


@dataclass(frozen=True, slots=True)
class PollTimes:
    """Of one poll at its poller."""

    vote_deadline_ms: int
    tally_end_ms: int
    poll_deadline_ms: int


@dataclass(frozen=True, slots=True)
class HashWindow:
    """When a voter's hash may begin and must have ended."""

    earliest_start_ms: int
    latest_finish_ms: int

    def fits(self, length_ms: int, free_from_ms: int) -> bool:
        """Whether a hash fits when all hashing accepted before ends at ``free_from_ms``."""
        return max(self.earliest_start_ms, free_from_ms) + length_ms <= self.latest_finish_ms


def padded_hash_estimate(base_ms: int, config: PollConfig) -> int:
    """What to reserve for a hash that is expected to take ``base_ms``."""
    return base_ms + base_ms * config.hash_pad_percent // 100 + config.hash_pad_constant_ms


def base_hash_estimate(last_hash_ms: int | None, content_bytes: int, bytes_per_ms: int) -> int:
    """The last measured hash of the AU, else its size over the measured speed of this node."""
    if last_hash_ms is not None:
        return last_hash_ms
    return content_bytes // max(1, bytes_per_ms)


def poll_times(base_estimate_ms: int, now: int, free_from_ms: int, config: PollConfig) -> PollTimes | None:
    """Deadlines for a poll that starts now; None when this node is too busy to tally it in time.

    The poll is drawn out until the tally fits behind the hashing already promised. ``base_estimate_ms`` is
    not padded yet.
    """
    estimate = padded_hash_estimate(base_estimate_ms, config)
    vote = estimate * config.vote_duration_multiplier + config.vote_duration_padding_ms
    tally = estimate * config.tally_duration_multiplier + config.tally_duration_padding_ms
    share = vote / (vote + tally) if tally else 0.5
    length = max(vote + tally, float(config.min_poll_duration_ms))
    step = max(vote * config.poll_extend_multiplier, 1.0)
    # The hash must fit between the vote deadline and the end, and behind what is promised already.
    needed = max(estimate / (1.0 - share), float(free_from_ms - now + estimate))
    length += math.ceil(max(needed - length, 0.0) / step) * step
    if length >= config.max_poll_duration_ms:
        return None
    return PollTimes(
        vote_deadline_ms=now + int(length * share),
        tally_end_ms=now + int(length),
        poll_deadline_ms=now + int(length) + config.receipt_padding_ms,
    )


def vote_window(now: int, vote_deadline_ms: int, padded_estimate_ms: int, config: PollConfig) -> HashWindow:
    """When a voter hashes: after the poller's VOTE_REQ has had time to come, and so that the vote arrives in time."""
    sending = int(padded_estimate_ms * config.vote_message_hash_multiplier) + config.vote_message_padding_ms
    return HashWindow(now + config.vote_request_delay_ms, vote_deadline_ms - sending)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuPollHistory:
    """What decides which poll an AU needs. Times are ms since 1970, None for never."""

    last_poll_start_ms: int | None = None
    last_por_ms: int | None = None
    last_attempt_ms: int | None = None
    last_content_change_ms: int | None = None
    last_poll_duration_ms: int = 0
    suspect_versions: int = 0
    agreeing_peers_last_por: int = 0
    willing_repairers: int = 0
    is_registry: bool = False
    crawled_or_publisher_down: bool = True
    polls_allowed: bool = True
    poll_running: bool = False


def poll_variant(au: AuPollHistory, now: int, config: PollConfig) -> PollVariant:
    """Which poll is worth its cost now (lcap-v3 §4.9)."""
    if (
        au.last_poll_start_ms is not None
        and now - au.last_poll_start_ms < config.min_time_between_any_poll_ms
    ):
        return PollVariant.NO_POLL
    wanted = _wanted_variant(au, now, config)
    if wanted is PollVariant.POP and config.modulus <= 0:
        return PollVariant.POR
    return wanted


def _wanted_variant(au: AuPollHistory, now: int, config: PollConfig) -> PollVariant:
    if config.all_pop_polls:
        return PollVariant.POP
    if config.all_local_polls:
        return PollVariant.LOCAL
    stale = config.toplevel_poll_interval_ms * config.max_delay_between_por_multiplier
    if (
        au.suspect_versions > 0
        or au.last_por_ms is None
        or now - au.last_por_ms > stale
        or (au.last_content_change_ms is not None and au.last_content_change_ms > au.last_por_ms)
        or au.agreeing_peers_last_por < config.min_agree_peers_last_por
    ):
        return PollVariant.POR
    if au.willing_repairers < config.repairer_threshold:
        return PollVariant.POP if config.enable_pop_polls and not au.is_registry else PollVariant.POR
    return PollVariant.LOCAL if config.enable_local_polls else PollVariant.POR


def poll_weight(au: AuPollHistory, now: int, config: PollConfig) -> float:
    """How urgent the AU's next poll is (lcap-v3 §8.1): 0.0 not due, 1.0 due just now, more the longer it waits."""
    if au.poll_running or not au.polls_allowed or not au.crawled_or_publisher_down:
        return 0.0
    if au.last_attempt_ms is not None and now - au.last_attempt_ms < config.min_poll_attempt_interval_ms:
        return 0.0
    interval = config.toplevel_poll_interval_ms
    # A node that has never polled an AU has waited since 1970 by the deployed formula: very urgent.
    last = 0 if au.last_por_ms is None else au.last_por_ms
    if last + interval > now:
        return 0.0
    return (now - last) / max(1, interval + au.last_poll_duration_ms)
