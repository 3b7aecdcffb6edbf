"""The reasons not to vote in a poll, in the order in which deployed nodes find them (lcap-v3 §4.4).

A check returns why not: a refusal to send, or a finding and silence; None lets the next one decide. Checks that
deployed nodes lack stand where they disclose least.
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.lockss.lcap.algorithms import is_supported
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.invitation import acceptance_probability
from apps.lockss.lcap.messages import Nak, Poll
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.schedule import HashWindow, padded_hash_estimate, vote_window

DEFAULT_PLUGIN_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """This node at the time of the invitation. ``hash_free_from_ms``: when all accepted hashing will be done."""

    own_id: PeerId
    groups: tuple[str, ...]
    active_voters: int = 0
    hash_free_from_ms: int = 0
    all_aus_started: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AuFacts:
    """The AU that the invitation names. ``can_hash``: all its hash filters are known here (lcap-v3 §5.4)."""

    known: bool = True
    ready: bool = True
    can_hash: bool = True
    poll_version: str = DEFAULT_PLUGIN_VERSION
    has_substance: bool = True
    crawled: bool = True
    weighted: bool = False
    base_hash_ms: int = 0
    willing_repairers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerFacts:
    """Who invites. Agreements are the highest recorded for this AU, -1.0 for none; times ms since 1970."""

    known: bool = True
    por: float = -1.0
    por_hint: float = -1.0
    last_invitation_for_au_ms: int | None = None
    invitations_last_day: int = 0


@dataclass(frozen=True, slots=True)
class Lots:
    """What chance decides: two fresh nonces of 20 bytes and a number from 0.0 up to 1.0."""

    voter_nonce: bytes
    voter_nonce2: bytes
    acceptance: float


@dataclass(frozen=True, slots=True)
class Case:
    """All that the checks look at."""

    poller: PeerId
    poll: Poll
    node: NodeFacts
    au: AuFacts
    peer: PollerFacts
    lots: Lots
    now: int
    config: PollConfig

    @property
    def vote_deadline_ms(self) -> int:
        return self.now + self.poll.header.vote_duration_ms

    @property
    def poll_deadline_ms(self) -> int:
        return self.now + self.poll.header.duration_s * 1_000 + self.config.voter_receipt_padding_ms

    @property
    def hash_ms(self) -> int:
        return padded_hash_estimate(self.au.base_hash_ms, self.config)

    @property
    def window(self) -> HashWindow:
        return vote_window(self.now, self.vote_deadline_ms, self.hash_ms, self.config)


Refusal = Nak | PollCode | None


def _duration(case: Case) -> Refusal:
    longest = 2 * case.config.max_poll_duration_ms
    return None if 0 < case.poll.header.duration_s * 1_000 <= longest else PollCode.BAD_DURATION


def _key(case: Case) -> Refusal:
    return None if case.poll.header.key else PollCode.BAD_POLL_KEY


def _minor(case: Case) -> Refusal:
    return None if case.poll.header.minor in case.config.accepted_minors else Nak.VERSION_MISMATCH


def _au_known(case: Case) -> Refusal:
    if case.au.known:
        return None
    return Nak.NO_AU if case.node.all_aus_started else Nak.NOT_READY


def _au_ready(case: Case) -> Refusal:
    return None if case.au.ready and case.au.can_hash else Nak.NOT_READY


def plugin_version(case: Case) -> Refusal:
    theirs = case.poll.header.plugin_version or DEFAULT_PLUGIN_VERSION
    return None if theirs == case.au.poll_version else Nak.PLUGIN_VERSION_MISMATCH


def _not_ourselves(case: Case) -> Refusal:
    return PollCode.OWN_POLL if case.poller == case.node.own_id else None


def _enabled(case: Case) -> Refusal:
    return None if case.config.enable_voter else Nak.DISABLED


def _groups(case: Case) -> Refusal:
    return Nak.GROUP_MISMATCH if set(case.poll.header.groups).isdisjoint(case.node.groups) else None


def _known_poller(case: Case) -> Refusal:
    return None if case.peer.known or case.config.enable_discovery else PollCode.UNKNOWN_POLLER


def _flood(case: Case) -> Refusal:
    most = case.config.max_invitations_per_peer_per_day
    if most and case.peer.invitations_last_day >= most:
        return PollCode.FLOODED
    last, pause = case.peer.last_invitation_for_au_ms, case.config.min_time_between_invitations_per_au_ms
    # A clock that was ahead leaves dates that have not come yet: they say nothing about how often somebody asks.
    return PollCode.FLOODED if last is not None and 0 <= case.now - last < pause else None


def _substance(case: Case) -> Refusal:
    return None if case.au.has_substance else Nak.NO_SUBSTANCE


def _crawled(case: Case) -> Refusal:
    return None if case.au.crawled else Nak.NOT_CRAWLED


def _room(case: Case) -> Refusal:
    busy = case.node.active_voters >= case.config.max_simultaneous_voters
    return Nak.TOO_MANY_VOTERS if busy else None


def _worth_it(case: Case) -> Refusal:
    chance = acceptance_probability(
        case.au.willing_repairers,
        caller_repairs=case.peer.por_hint >= case.config.min_agreement_for_repairs,
        config=case.config,
    )
    return None if case.lots.acceptance < chance else Nak.HAVE_SUFFICIENT_REPAIRERS


def _algorithm(case: Case) -> Refusal:
    allowed = case.config.accepted_algorithms
    return None if is_supported(case.poll.header.hash_algorithm, allowed) else PollCode.UNSUPPORTED_ALGORITHM


def _nonces(case: Case) -> Refusal:
    return None if case.poll.header.poller_nonce else PollCode.WRONG_NONCE


def _sample(case: Case) -> Refusal:
    modulus = case.poll.header.modulus
    return PollCode.BAD_SAMPLE if modulus < 0 or (modulus > 0 and not case.poll.header.sample_nonce) else None


def _deadlines(case: Case) -> Refusal:
    return None if case.vote_deadline_ms < case.poll_deadline_ms else PollCode.BAD_DURATION


def _time(case: Case) -> Refusal:
    fits = case.window.fits(case.hash_ms, case.node.hash_free_from_ms)
    return None if fits else Nak.NO_TIME


CHECKS: tuple[Callable[[Case], Refusal], ...] = (
    _duration,
    _key,
    _minor,
    _not_ourselves,
    _known_poller,
    _flood,
    _au_known,
    _au_ready,
    plugin_version,
    _enabled,
    _groups,
    _substance,
    _crawled,
    _room,
    _worth_it,
    _algorithm,
    _nonces,
    _sample,
    _deadlines,
    _time,
)
