"""Every parameter of polls (lcap-v3 §9) as one value that is handed in; nothing here reads settings.

Defaults are those of deployed 2.x nodes, but for what is sent first: revision 5, because a 2.x node refuses it
by name and so teaches us better, while an old 1.x node answers revision 6 with silence (lcap-v3 §3.2).
``deployed_1x`` differs where the older line does.

Left out are parameters without effect (trustedWeight, maxPollExtendMultiplier, usePollResultWeights), those of storage
that is rows here (checkpoints, saved polls), and useVersionCounts: copies are asked only of voters whose current version
a landslide supports.
"""

import ipaddress
from dataclasses import dataclass, field, fields, replace
from typing import Self

from apps.lockss.errors import LocalError
from apps.lockss.lcap.algorithms import DEFAULT_ALLOWED
from apps.lockss.lcap.curve import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS, Curve
from apps.lockss.lcap.messages import MINOR_1X, MINOR_2X
from apps.lockss.lcap.poll_codes import SettingCode


def _curve(*points: tuple[float, float]) -> Curve:
    return Curve(points)


RESPONSIVENESS = _curve((4.0 * DAY_MS, 1.0), (20.0 * DAY_MS, 0.1), (40.0 * DAY_MS, 0.01))
NOMINATION = _curve((10.0 * DAY_MS, 1.0), (30.0 * DAY_MS, 0.1), (40.0 * DAY_MS, 0.01))
VOTE_RETRY = _curve(
    (5.0 * MINUTE_MS, 2.0 * MINUTE_MS), (20.0 * MINUTE_MS, 4.0 * MINUTE_MS), (1.0 * DAY_MS, 5.0 * HOUR_MS)
)
NO_AU_RESET = _curve(
    (1.0 * WEEK_MS, 2.0 * DAY_MS),
    (1.0 * WEEK_MS, 7.0 * DAY_MS),
    (30.0 * DAY_MS, 7.0 * DAY_MS),
    (30.0 * DAY_MS, 30.0 * DAY_MS),
    (100.0 * DAY_MS, 30.0 * DAY_MS),
    (100.0 * DAY_MS, 50.0 * DAY_MS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollConfig:
    """Times end in ``_ms``; shares run from 0.0 to 1.0; ``vote_margin`` is in percent, as deployed.

    LocalError (BAD_NUMBER) with the parameter's name where a number cannot be used.
    """

    # What we speak.
    default_minor: int = MINOR_1X
    accepted_minors: frozenset[int] = frozenset({MINOR_1X, MINOR_2X})
    hash_algorithm: str = "SHA-1"
    # Names of hashlib, see ``algorithms``.
    accepted_algorithms: frozenset[str] = DEFAULT_ALLOWED
    enable_poller: bool = True
    enable_voter: bool = True

    # How a poll is decided.
    quorum: int = 5
    vote_margin: int = 75
    max_versions_considered: int = 21

    # Whom to invite.
    target_size_quorum_multiplier: float = 1.25
    invitation_size_target_multiplier: float = 1.5
    time_between_invitations_ms: int = 2 * MINUTE_MS
    enable_followup_invitations: bool = True
    target_outer_circle: int = 10
    drop_empty_nominations: bool = False
    min_nomination_size: int = 0
    max_nomination_size: int = 5
    enable_discovery: bool = False
    no_invitation_subnets: tuple[str, ...] = ()
    # Nominated addresses of private and reserved ranges are dialled only where a network lives in one.
    allow_private_nominees: bool = False
    wrong_group_retry_ms: int = 4 * WEEK_MS
    invitation_weight_age_curve: Curve | None = RESPONSIVENESS
    nomination_weight_age_curve: Curve | None = NOMINATION
    invitation_weight_at_risk: float = 1.0
    invitation_weight_safety: float = 0.5
    no_au_reset_curve: Curve | None = NO_AU_RESET

    # How long everything lasts.
    min_poll_duration_ms: int = 10 * MINUTE_MS
    max_poll_duration_ms: int = 3 * WEEK_MS
    vote_duration_multiplier: float = 5.0
    vote_duration_padding_ms: int = 5 * MINUTE_MS
    tally_duration_multiplier: float = 5.0
    tally_duration_padding_ms: int = 5 * MINUTE_MS
    poll_extend_multiplier: float = 2.0
    receipt_padding_ms: int = 10 * MINUTE_MS
    voter_receipt_padding_ms: int = 10 * MINUTE_MS
    extra_poll_time_ms: int = 20 * MINUTE_MS
    hash_pad_percent: int = 10
    hash_pad_constant_ms: int = 10
    vote_message_hash_multiplier: float = 0.01
    vote_message_padding_ms: int = 15 * SECOND_MS
    vote_request_delay_ms: int = 30 * SECOND_MS
    vote_retry_curve: Curve | None = VOTE_RETRY
    vote_retry_max: int = 3

    # Which invitations to accept. Zero switches the limits that deployed nodes lack off.
    max_simultaneous_voters: int = 60
    max_simultaneous_pollers: int = 5
    acceptance_probability_curve: Curve | None = None
    accept_repairers_poll_percent: float = 0.9
    willing_repairer_liveness_ms: int = 2 * WEEK_MS
    min_time_between_invitations_per_au_ms: int = 0
    max_invitations_per_peer_per_day: int = 5_000
    all_symmetric_polls: bool = True
    enable_symmetric_polls: bool = True
    min_weight_symmetric_poll: float = 0.5
    enable_pop_voting: bool = True

    # Which polls to call, and when.
    enable_pop_polls: bool = False
    all_pop_polls: bool = False
    modulus: int = 0
    enable_local_polls: bool = False
    all_local_polls: bool = False
    min_time_between_any_poll_ms: int = 1 * DAY_MS
    max_delay_between_por_multiplier: int = 10
    min_agree_peers_last_por: int = 3
    repairer_threshold: int = 3
    toplevel_poll_interval_ms: int = 10 * WEEK_MS
    min_poll_attempt_interval_ms: int = 4 * HOUR_MS

    # Repair: what to ask for, and what to give.
    min_agreement_for_repairs: float = 0.5
    allow_repairs: bool = True
    open_access_repair_needs_agreement: bool = False
    repair_any_trusted_peer: bool = False
    repair_from_peer_share: float = 0.25
    enable_repair_from_peer: bool = True
    max_repairs: int = 1_000
    repair_from_publisher_when_too_close: bool = False
    min_replicas_for_no_quorum_repair: int = -1
    delete_extra_files: bool = False
    # Deployed nodes wait in silence to the end; we ask the next peer after this time without an answer.
    repair_patience_ms: int = 2 * MINUTE_MS
    reputation_transfer: tuple[tuple[str, str], ...] = field(default=())

    # Read by those who drive the machines: what is hashed, and when polls are called.
    max_versions: int = 5
    exclude_suspect_versions: bool = True
    repair_hash_all_versions: bool = False
    repair_data_threshold: int = 32_768
    max_block_errors: int = 10
    poll_queue_max: int = 20
    poll_queue_recalc_interval_ms: int = 1 * HOUR_MS
    poll_starter_initial_delay_ms: int = 10 * MINUTE_MS
    poll_starter_delay_ms: int = 2 * MINUTE_MS + SECOND_MS
    recent_poll_expiry_ms: int = 2 * DAY_MS

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            low, high = _bounds(parameter.name)
            if isinstance(value, int | float) and not low <= value <= high:
                raise LocalError(
                    SettingCode.BAD_NUMBER, f"{parameter.name} is {value}, expected {low:g} to {high:g}"
                )
        if self.max_nomination_size < self.min_nomination_size:
            raise LocalError(SettingCode.BAD_NUMBER, "max_nomination_size is below min_nomination_size")
        for subnet in self.no_invitation_subnets:
            try:
                ipaddress.ip_network(subnet, strict=False)
            except ValueError as error:
                raise LocalError(
                    SettingCode.BAD_SUBNET, f"no_invitation_subnets: {error}, expected as in 10.1.0.0/16"
                ) from None
        if self.default_minor not in self.accepted_minors:
            raise LocalError(SettingCode.BAD_NUMBER, "default_minor is not among accepted_minors")

    @classmethod
    def deployed_1x(cls) -> Self:
        """As a 1.x node of 2017 has them."""
        return replace(
            cls(),
            min_nomination_size=1,
            enable_discovery=True,
            vote_duration_multiplier=4.0,
            receipt_padding_ms=5 * MINUTE_MS,
            max_simultaneous_pollers=10,
            all_symmetric_polls=False,
            enable_symmetric_polls=False,
            repair_from_peer_share=0.0,
        )


_MOST = float(1 << 53)
_SHARES = frozenset(
    {
        "accept_repairers_poll_percent",
        "min_agreement_for_repairs",
        "min_weight_symmetric_poll",
        "repair_from_peer_share",
    }
)
# Anything else counts or lasts, and may be zero.
_BOUNDS = {
    "default_minor": (1.0, 255.0),
    "quorum": (0.0, 1_000.0),
    "vote_margin": (1.0, 100.0),
    "max_versions_considered": (1.0, _MOST),
    "time_between_invitations_ms": (1.0, _MOST),
    "min_poll_duration_ms": (1.0, _MOST),
    "poll_extend_multiplier": (0.01, _MOST),
    "vote_duration_multiplier": (0.01, _MOST),
    "tally_duration_multiplier": (0.01, _MOST),
    "invitation_weight_at_risk": (1e-6, _MOST),
    "invitation_weight_safety": (1e-6, _MOST),
    "max_repairs": (-1.0, _MOST),
    "min_replicas_for_no_quorum_repair": (-1.0, _MOST),
    "modulus": (0.0, float((1 << 31) - 1)),
}


def _bounds(name: str) -> tuple[float, float]:
    return (0.0, 1.0) if name in _SHARES else _BOUNDS.get(name, (0.0, _MOST))
