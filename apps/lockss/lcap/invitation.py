"""Whom to invite, whom to nominate, whose invitation to accept (lcap-v3 §4.7, §8.2, §8.4–§8.6).

Chance comes in as ``draws``, an iterator of numbers from 0.0 up to but not including 1.0. Times are ms
since 1970, None for never.
"""

import ipaddress
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFacts:
    """What we know of a peer, for one AU. ``groups`` empty: never told.

    ``configured``: in the network's peer list. ``lacks_au``: it answered so, lately. ``agrees``: our polls
    found it to hold the AU as we do. ``at_risk``: the AU is listed as needing it.
    """

    peer: PeerId
    configured: bool = True
    groups: tuple[str, ...] = ()
    last_group_check_ms: int | None = None
    last_invitation_ms: int | None = None
    last_message_ms: int | None = None
    last_vote_for_us_ms: int | None = None
    lacks_au: bool = False
    agrees: bool = False
    at_risk: bool = False


class Ineligible(StrEnum):
    """Why a peer is not invited."""

    OURSELVES = "ourselves"
    IN_POLL = "in-poll"
    NOT_CONFIGURED = "not-configured"
    SUBNET = "subnet-not-invited"
    LACKS_AU = "lacks-au"
    OTHER_GROUP = "other-group"


@dataclass(frozen=True, slots=True, kw_only=True)
class InviterFacts:
    """The inviting node. ``in_poll``: everybody ever invited to this poll, also those who left it."""

    own_id: PeerId
    groups: tuple[str, ...]
    in_poll: frozenset[PeerId] = frozenset()


def target_size(config: PollConfig) -> int:
    """How many participants a poll aims at."""
    return math.ceil(config.quorum * config.target_size_quorum_multiplier)


def batch_size(shortfall: int, config: PollConfig) -> int:
    """How many to invite when ``shortfall`` are lacking: some will decline."""
    return math.ceil(max(0, shortfall) * config.invitation_size_target_multiplier)


def ineligible(
    candidate: PeerFacts, inviter: InviterFacts, now: int, config: PollConfig
) -> Ineligible | None:
    """The first reason against inviting a peer, None if it may be invited."""
    if candidate.peer == inviter.own_id:
        return Ineligible.OURSELVES
    if candidate.peer in inviter.in_poll:
        return Ineligible.IN_POLL
    if not candidate.configured and not config.enable_discovery:
        return Ineligible.NOT_CONFIGURED
    if in_subnets(candidate.peer, config.no_invitation_subnets):
        return Ineligible.SUBNET
    if candidate.lacks_au:
        return Ineligible.LACKS_AU
    if candidate.groups and set(candidate.groups).isdisjoint(inviter.groups):
        checked = candidate.last_group_check_ms
        if checked is not None and now - checked <= config.wrong_group_retry_ms:
            return Ineligible.OTHER_GROUP
    return None


def invitation_weight(candidate: PeerFacts, config: PollConfig) -> float:
    """How much an invitation is worth: peers that answer, and whose agreement we still lack, weigh more."""
    weight = 1.0
    if config.invitation_weight_age_curve is not None and candidate.last_invitation_ms is not None:
        silence = candidate.last_invitation_ms - (candidate.last_message_ms or 0)
        weight = config.invitation_weight_age_curve.at(silence)
    if candidate.at_risk:
        weight *= config.invitation_weight_at_risk
    if candidate.agrees:
        weight *= config.invitation_weight_safety
    return weight


def choose(
    candidates: Iterable[PeerFacts],
    wanted: int,
    inviter: InviterFacts,
    now: int,
    config: PollConfig,
    draws: Iterator[float],
) -> tuple[PeerId, ...]:
    """The next ``wanted`` peers to invite, fewer if there are no more."""
    eligible = [peer for peer in candidates if ineligible(peer, inviter, now, config) is None]
    weights = [invitation_weight(peer, config) for peer in eligible]
    return tuple(eligible[index].peer for index in weighted_draw(weights, wanted, draws))


def weighted_draw(weights: Sequence[float], wanted: int, draws: Iterator[float]) -> tuple[int, ...]:
    """Indices drawn without replacement, each draw in proportion to the weights that are left.

    All weights must be above zero. One number is used per index drawn.
    """
    left = list(range(len(weights)))
    drawn: list[int] = []
    while left and len(drawn) < wanted:
        mark = next(draws) * sum(weights[index] for index in left)
        place = 0
        while place < len(left) - 1 and mark >= weights[left[place]]:
            mark -= weights[left[place]]
            place += 1
        drawn.append(left.pop(place))
    return tuple(drawn)


def nominees(
    candidates: Iterable[PeerFacts],
    poller: PeerId,
    inviter: InviterFacts,
    now: int,
    config: PollConfig,
    draws: Iterator[float],
) -> tuple[PeerId, ...]:
    """Whom a voter names to its poller: peers of our groups that have voted for us (lcap-v3 §4.7)."""
    spread = config.max_nomination_size - config.min_nomination_size
    wanted = config.min_nomination_size + int(next(draws) * spread)
    fit = [
        peer
        for peer in candidates
        if peer.peer not in {poller, inviter.own_id}
        and not peer.lacks_au
        and not set(peer.groups).isdisjoint(inviter.groups)
    ]
    weights = [_nomination_weight(peer, now, config) for peer in fit]
    return tuple(fit[index].peer for index in weighted_draw(weights, wanted, draws))


def _nomination_weight(peer: PeerFacts, now: int, config: PollConfig) -> float:
    curve = config.nomination_weight_age_curve
    if curve is None:
        return 1.0
    return curve.at(now - (peer.last_vote_for_us_ms or 0))


def choose_outer(
    nominated: Sequence[tuple[PeerId, Sequence[PeerId]]],
    per_voter: int,
    limit: int,
    known: Mapping[PeerId, PeerFacts],
    inviter: InviterFacts,
    now: int,
    config: PollConfig,
    draws: Iterator[float],
) -> tuple[PeerId, ...]:
    """Up to ``per_voter`` of each voter's nominees, ``limit`` in all, each once.

    A nomination makes us dial an address that a peer chose: unknown ones are tried only where discovery is
    on, and addresses of private and reserved ranges only where that is allowed.
    """
    chosen: list[PeerId] = []
    for _, names in nominated:
        fit = sorted(
            {
                name
                for name in names
                if name not in chosen and _may_dial(name, known.get(name), inviter, now, config)
            }
        )
        shuffled = sorted(zip([next(draws) for _ in fit], fit, strict=True))
        chosen += [name for _, name in shuffled[: min(per_voter, limit - len(chosen))]]
    return tuple(chosen)


def _may_dial(
    name: PeerId, facts: PeerFacts | None, inviter: InviterFacts, now: int, config: PollConfig
) -> bool:
    if facts is None:
        if name.port == 0 or not (config.allow_private_nominees or _is_public(name)):
            return False
        facts = PeerFacts(peer=name, configured=False)
    return ineligible(facts, inviter, now, config) is None


def _is_public(peer: PeerId) -> bool:
    address = ipaddress.ip_address(peer.ip)
    return address.is_global and not address.is_multicast


def in_subnets(peer: PeerId, subnets: Collection[str]) -> bool:
    """Whether the peer's address lies in one of these networks (``10.1.0.0/16``, a single address is one)."""
    address = ipaddress.ip_address(peer.ip)
    return any(address in ipaddress.ip_network(subnet, strict=False) for subnet in subnets)


def acceptance_probability(willing_repairers: int, *, caller_repairs: bool, config: PollConfig) -> float:
    """How likely to vote for a caller (lcap-v3 §8.5): less so, the more peers would repair us already.

    ``caller_repairs``: the caller is one of them.
    """
    curve = config.acceptance_probability_curve
    if curve is None:
        return 1.0
    chance = curve.at(willing_repairers)
    return chance * config.accept_repairers_poll_percent if caller_repairs else chance


def is_willing_repairer(
    por_hint: float, last_message_ms: int | None, peer: PeerId, now: int, config: PollConfig
) -> bool:
    """Whether the peer would repair us: it told us of agreement, it is alive, and it is not set aside."""
    return (
        por_hint > config.min_agreement_for_repairs
        and last_message_ms is not None
        and now - last_message_ms <= config.willing_repairer_liveness_ms
        and not in_subnets(peer, config.no_invitation_subnets)
    )


def no_au_set_expired(set_since_ms: int, au_created_ms: int, now: int, config: PollConfig) -> bool:
    """Whether to ask peers again that said they lack the AU: the older the AU, the longer they are left alone."""
    curve = config.no_au_reset_curve
    return curve is None or now - set_since_ms >= curve.at(now - au_created_ms)
