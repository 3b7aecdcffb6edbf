"""Whether to vote in a poll to which we are invited (lcap-v3 §4.4, §8.5).

The checks are a table in the order in which deployed nodes make them; the first that fails answers. Checks
that those nodes lack stand where they disclose least.
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.lockss.lcap.algorithms import is_supported
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Effect, Effects, ForgetNoAu, Report, Send
from apps.lockss.lcap.effort import effort_proof
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.invitation import acceptance_probability
from apps.lockss.lcap.messages import Header, Nak, Opcode, Poll, PollAck
from apps.lockss.lcap.poll_codes import PollCode, PollFinding
from apps.lockss.lcap.schedule import HashWindow, padded_hash_estimate, vote_window
from apps.lockss.lcap.voter_state import VoterState

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
class Admission:
    """``state`` is the new poll, None if we do not take part."""

    state: VoterState | None
    effects: Effects


@dataclass(frozen=True, slots=True)
class _Case:
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


# A check returns why not: a refusal to send, or a finding and silence. None lets the next one decide.
_Refusal = Nak | PollCode | None


def _duration(case: _Case) -> _Refusal:
    longest = 2 * case.config.max_poll_duration_ms
    return None if 0 < case.poll.header.duration_s * 1_000 <= longest else PollCode.BAD_DURATION


def _key(case: _Case) -> _Refusal:
    return None if case.poll.header.key else PollCode.BAD_POLL_KEY


def _minor(case: _Case) -> _Refusal:
    return None if case.poll.header.minor in case.config.accepted_minors else Nak.VERSION_MISMATCH


def _au_known(case: _Case) -> _Refusal:
    if case.au.known:
        return None
    return Nak.NO_AU if case.node.all_aus_started else Nak.NOT_READY


def _au_ready(case: _Case) -> _Refusal:
    return None if case.au.ready and case.au.can_hash else Nak.NOT_READY


def _plugin_version(case: _Case) -> _Refusal:
    theirs = case.poll.header.plugin_version or DEFAULT_PLUGIN_VERSION
    return None if theirs == case.au.poll_version else Nak.PLUGIN_VERSION_MISMATCH


def _not_ourselves(case: _Case) -> _Refusal:
    return PollCode.OWN_POLL if case.poller == case.node.own_id else None


def _enabled(case: _Case) -> _Refusal:
    return None if case.config.enable_voter else Nak.DISABLED


def _groups(case: _Case) -> _Refusal:
    return Nak.GROUP_MISMATCH if set(case.poll.header.groups).isdisjoint(case.node.groups) else None


def _known_poller(case: _Case) -> _Refusal:
    return None if case.peer.known or case.config.enable_discovery else PollCode.UNKNOWN_POLLER


def _flood(case: _Case) -> _Refusal:
    most = case.config.max_invitations_per_peer_per_day
    if most and case.peer.invitations_last_day >= most:
        return PollCode.FLOODED
    last, pause = case.peer.last_invitation_for_au_ms, case.config.min_time_between_invitations_per_au_ms
    return PollCode.FLOODED if last is not None and case.now - last < pause else None


def _substance(case: _Case) -> _Refusal:
    return None if case.au.has_substance else Nak.NO_SUBSTANCE


def _crawled(case: _Case) -> _Refusal:
    return None if case.au.crawled else Nak.NOT_CRAWLED


def _room(case: _Case) -> _Refusal:
    busy = case.node.active_voters >= case.config.max_simultaneous_voters
    return Nak.TOO_MANY_VOTERS if busy else None


def _worth_it(case: _Case) -> _Refusal:
    chance = acceptance_probability(
        case.au.willing_repairers,
        caller_repairs=case.peer.por_hint >= case.config.min_agreement_for_repairs,
        config=case.config,
    )
    return None if case.lots.acceptance < chance else Nak.HAVE_SUFFICIENT_REPAIRERS


def _algorithm(case: _Case) -> _Refusal:
    allowed = case.config.accepted_algorithms
    return None if is_supported(case.poll.header.hash_algorithm, allowed) else PollCode.UNSUPPORTED_ALGORITHM


def _nonces(case: _Case) -> _Refusal:
    return None if case.poll.header.poller_nonce else PollCode.WRONG_NONCE


def _sample(case: _Case) -> _Refusal:
    modulus = case.poll.header.modulus
    return PollCode.BAD_SAMPLE if modulus < 0 or (modulus > 0 and not case.poll.header.sample_nonce) else None


def _deadlines(case: _Case) -> _Refusal:
    return None if case.vote_deadline_ms < case.poll_deadline_ms else PollCode.BAD_DURATION


def _time(case: _Case) -> _Refusal:
    fits = case.window.fits(case.hash_ms, case.node.hash_free_from_ms)
    return None if fits else Nak.NO_TIME


CHECKS: tuple[Callable[[_Case], _Refusal], ...] = (
    _duration,
    _key,
    _minor,
    _not_ourselves,
    _known_poller,
    _flood,
    _au_known,
    _au_ready,
    _plugin_version,
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


def admit(
    poller: PeerId,
    poll: Poll,
    node: NodeFacts,
    au: AuFacts,
    peer: PollerFacts,
    lots: Lots,
    now: int,
    config: PollConfig,
) -> Admission:
    """Answer an invitation of ``poller``, who is the sender by the rules of lcap-v3 §3.5. ``now``: ms since 1970.

    A refusal that has a name on the wire is sent; where deployed nodes keep silent, so do we, with a finding.
    """
    case = _Case(poller, poll, node, au, peer, lots, now, config)
    for check in CHECKS:
        refusal = check(case)
        if refusal is not None:
            # Once the plugin versions agree, the poller is known to hold the AU.
            holds = CHECKS.index(check) > CHECKS.index(_plugin_version)
            return Admission(None, (*_forget(case, holds=holds), *_refuse(case, refusal)))
    state = _state(case)
    return Admission(state, (*_forget(case, holds=True), _ack(state, now)))


def _forget(case: _Case, *, holds: bool) -> tuple[ForgetNoAu, ...]:
    return (ForgetNoAu(case.poller),) if holds else ()


def _refuse(case: _Case, refusal: Nak | PollCode) -> tuple[Effect, ...]:
    header = case.poll.header
    if isinstance(refusal, PollCode):
        detail = (
            f"invitation to poll {header.key[:40]!r} with duration {header.duration_s} s, vote duration "
            f"{header.vote_duration_ms} ms, modulus {header.modulus}, algorithm {header.hash_algorithm[:20]!r}"
        )
        return (Report(PollFinding(refusal, case.poller, detail)),)
    own_version = case.au.poll_version if refusal is Nak.PLUGIN_VERSION_MISMATCH else header.plugin_version
    reply = Header(
        key=header.key,
        auid=header.auid,
        orig_id=case.node.own_id,
        dest_id=case.poller,
        hash_algorithm=header.hash_algorithm,
        plugin_version=own_version,
        duration_s=header.duration_s,
        # Refusals made before a poll exists here bear no nonce; this one comes after all that could prevent it.
        poller_nonce=header.poller_nonce if refusal is Nak.NO_TIME else b"",
        groups=case.node.groups,
        minor=case.config.default_minor if refusal is Nak.VERSION_MISMATCH else header.minor,
    )
    return (Send(to=case.poller, message=PollAck(reply, nak=refusal), expires_ms=None),)


def _state(case: _Case) -> VoterState:
    header, config = case.poll.header, case.config
    window = case.window
    return VoterState(
        key=header.key,
        auid=header.auid,
        own_id=case.node.own_id,
        poller=case.poller,
        minor=header.minor,
        groups=case.node.groups,
        plugin_version=case.au.poll_version,
        hash_algorithm=header.hash_algorithm,
        modulus=header.modulus,
        samples=header.modulus > 0 and config.enable_pop_voting,
        sample_nonce=header.sample_nonce,
        poller_nonce=header.poller_nonce,
        voter_nonce=case.lots.voter_nonce,
        voter_nonce2=case.lots.voter_nonce2 if wants_symmetry(case.peer.por, config) else b"",
        weighted=case.au.weighted,
        created_ms=case.now,
        vote_deadline_ms=case.vote_deadline_ms,
        poll_deadline_ms=case.poll_deadline_ms,
        hash_start_ms=window.earliest_start_ms,
        hash_finish_ms=window.latest_finish_ms,
    )


def wants_symmetry(por: float, config: PollConfig) -> bool:
    """Whether to ask for the poller's hashes too: of those whose agreement we have not seen ourselves (lcap-v3 §4.5)."""
    if config.all_symmetric_polls:
        weight = 1.0
    elif not config.enable_symmetric_polls or por >= config.min_agreement_for_repairs:
        weight = 0.0
    else:
        weight = 1.0
    return weight >= config.min_weight_symmetric_poll


def _ack(state: VoterState, now: int) -> Send:
    proof = effort_proof(state.voter_nonce, Opcode.POLL_ACK)
    return Send(
        to=state.poller,
        message=PollAck(state.header(now), effort_proof=proof),
        expires_ms=state.hash_start_ms,
    )
