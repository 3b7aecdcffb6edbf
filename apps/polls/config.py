"""The node's settings as the core's ``PollConfig`` (seconds there, milliseconds here)."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.conf import settings

from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.messages import MINOR_1X


def poll_config() -> PollConfig:
    return _from_node(settings.NODE)


@lru_cache(maxsize=4)
def _from_node(node: Any) -> PollConfig:
    def ms(seconds: float) -> int:
        return int(seconds * 1000)

    deployed = PollConfig.deployed_1x() if node.lcap_minor == MINOR_1X else PollConfig()
    changes: dict[str, Any] = {
        "default_minor": node.lcap_minor,
        "hash_algorithm": node.poll_hash_algorithm,
        "enable_poller": node.poll_enabled,
        "enable_voter": node.vote_enabled,
        "quorum": node.poll_quorum,
        "vote_margin": node.poll_vote_margin,
        "time_between_invitations_ms": ms(node.poll_between_invitations),
        "target_outer_circle": node.poll_outer_circle,
        "enable_discovery": node.lcap_discovery,
        "allow_private_nominees": bool(node.allowed_private_hosts),
        "min_poll_duration_ms": ms(node.poll_min_duration),
        "max_poll_duration_ms": ms(node.poll_max_duration),
        "vote_duration_multiplier": node.poll_vote_multiplier,
        "vote_duration_padding_ms": ms(node.poll_vote_padding),
        "vote_message_padding_ms": ms(node.poll_vote_message_padding),
        "tally_duration_multiplier": node.poll_tally_multiplier,
        "tally_duration_padding_ms": ms(node.poll_tally_padding),
        "receipt_padding_ms": ms(node.poll_receipt_padding),
        "voter_receipt_padding_ms": ms(node.poll_receipt_padding),
        "extra_poll_time_ms": ms(node.poll_extra_time),
        "vote_request_delay_ms": ms(node.poll_vote_request_delay),
        "max_simultaneous_voters": node.vote_max_simultaneous,
        "max_simultaneous_pollers": node.poll_max_simultaneous,
        "all_symmetric_polls": node.poll_symmetric,
        "enable_symmetric_polls": node.poll_symmetric,
        "toplevel_poll_interval_ms": ms(node.poll_interval),
        "min_poll_attempt_interval_ms": ms(node.poll_attempt_interval),
        "min_agreement_for_repairs": node.repair_min_agreement,
        "repair_from_peer_share": node.repair_from_peer_share,
        "max_repairs": node.repair_max,
        "repair_patience_ms": ms(node.repair_patience),
    }
    return replace(deployed, **changes)
