"""Repairs: which to want and from whom, and whether to give one (lcap-v3 §7.1, §7.2).

When to believe one is the affair of ``repair_content``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.lcap.agreement import Agreement, AgreementType, has_proven
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.tally import TallyRules, UrlTally
from apps.lockss.lcap.verdict import UrlResult, Verdict, landslide


@dataclass(frozen=True, slots=True)
class Source:
    """Where a copy may come from: a voter, or None for the publisher; ``name`` is how it calls the URL."""

    peer: PeerId | None
    name: str


class RepairAction(StrEnum):
    """What a URL's result asks the poller to do."""

    NONE = "none"
    REPAIR = "repair"
    DELETE = "delete"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class RepairWish:
    """``sources`` in the order to try them. ``hashes``: plain hashes that a peer's copy may have.

    ``reason`` is the URL's result. Only REPAIR has sources.
    """

    url: str
    action: RepairAction
    reason: UrlResult
    sources: tuple[Source, ...] = ()
    hashes: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairFacts:
    """What the poller knows beside the tally.

    ``deletes_extra`` and ``min_replicas`` are the platform's word where it has one, None to follow the
    configuration; ``peer_repair_if_missing``: the URL matches the platform's pattern of that name.
    """

    publisher_up: bool = True
    deletes_extra: bool | None = None
    min_replicas: int | None = None
    peer_repair_if_missing: bool = False
    publisher_when_too_close: bool | None = None


def supported_heads(row: UrlTally, support: int, max_versions: int = 21) -> dict[bytes, tuple[int, ...]]:
    """Plain hashes that are some voter's current version and any version of at least ``support`` voters.

    To each, the participants whose current version it is. Hashes we hold ourselves are left out: a copy
    would bring nothing. Only these copies are worth asking for: a single voter's word is not.
    """
    own = {version.plain for version in row.poller_block.versions} if row.poller_block is not None else set()
    holders: dict[bytes, set[int]] = {}
    heads: dict[bytes, list[int]] = {}
    for index, (block, verdict) in enumerate(zip(row.voter_blocks, row.verdicts, strict=True)):
        if block is None or verdict is Verdict.SPOILED:
            continue
        sound = [version for version in block.versions[:max_versions] if not version.error]
        for version in sound:
            holders.setdefault(version.plain_hash, set()).add(index)
        if block.versions and not block.versions[0].error:
            heads.setdefault(block.versions[0].plain_hash, []).append(index)
    return {
        plain: tuple(voters)
        for plain, voters in heads.items()
        if plain and plain not in own and len(holders[plain]) >= max(1, support)
    }


def repair_wish(
    row: UrlTally,
    participants: Sequence[PeerId],
    rules: TallyRules,
    facts: RepairFacts,
    config: PollConfig,
    draws: Iterator[float],
) -> RepairWish:
    """What a quorate poll does about one URL (lcap-v3 §7.1).

    ``draws``: random numbers from 0.0 up to 1.0; the first decides between peer and publisher, the others
    shuffle the peers.
    """
    needed = landslide(row.counts.votes, rules.margin)
    match row.result:
        case UrlResult.WON:
            return RepairWish(row.url, RepairAction.NONE, row.result)
        case UrlResult.LOST_POLLER_ONLY:
            deletes = config.delete_extra_files if facts.deletes_extra is None else facts.deletes_extra
            action = RepairAction.DELETE if deletes else RepairAction.REPORT
            return RepairWish(row.url, action, row.result)
        case UrlResult.LOST | UrlResult.LOST_VOTER_ONLY:
            return _from_somewhere(row, participants, needed, config, draws, publisher=facts.publisher_up)
        case UrlResult.NO_QUORUM:
            replicas = config.min_replicas_for_no_quorum_repair
            replicas = replicas if facts.min_replicas is None else facts.min_replicas
            if facts.publisher_up or not _voter_only(row) or replicas <= 0:
                return RepairWish(row.url, RepairAction.REPORT, row.result)
            return _from_somewhere(row, participants, replicas, config, draws, publisher=False)
        case UrlResult.TOO_CLOSE:
            return _too_close(row, participants, facts, config, draws)


def _voter_only(row: UrlTally) -> bool:
    return row.poller_block is None


def _too_close(
    row: UrlTally,
    participants: Sequence[PeerId],
    facts: RepairFacts,
    config: PollConfig,
    draws: Iterator[float],
) -> RepairWish:
    if _voter_only(row) and facts.peer_repair_if_missing:
        return _from_somewhere(row, participants, 1, config, draws, publisher=False)
    wanted = facts.publisher_when_too_close
    wanted = config.repair_from_publisher_when_too_close if wanted is None else wanted
    if wanted and facts.publisher_up:
        return RepairWish(row.url, RepairAction.REPAIR, row.result, (Source(None, row.url),))
    return RepairWish(row.url, RepairAction.REPORT, row.result)


def _from_somewhere(
    row: UrlTally,
    participants: Sequence[PeerId],
    support: int,
    config: PollConfig,
    draws: Iterator[float],
    *,
    publisher: bool,
) -> RepairWish:
    """Peers and publisher in the order to try; where nobody has a supported copy, a report."""
    heads = supported_heads(row, support) if config.enable_repair_from_peer else {}
    voters = sorted(index for indices in heads.values() for index in indices)
    blocks = {index: block for index in voters if (block := row.voter_blocks[index]) is not None}
    peer_first = next(draws) < config.repair_from_peer_share
    shuffled = sorted(zip([next(draws) for _ in blocks], blocks, strict=True))
    peers = [Source(participants[index], blocks[index].url) for _, index in shuffled]
    origin = [Source(None, row.url)] if publisher else []
    sources = peers + origin if peer_first else origin + peers
    if not sources:
        return RepairWish(row.url, RepairAction.REPORT, row.result)
    return RepairWish(row.url, RepairAction.REPAIR, row.result, tuple(sources), frozenset(heads))


class ServeDecision(StrEnum):
    """Why a repair is given, or not (lcap-v3 §7.2)."""

    DISABLED = "repairs-disabled"
    FORBIDDEN = "publisher-forbids"
    UNKNOWN_URL = "url-not-held"
    OPEN_ACCESS = "open-access"
    TRUSTED_NETWORK = "trusted-network"
    AGREED = "agreed-before"
    NO_AGREEMENT = "no-agreement"

    @property
    def serves(self) -> bool:
        return self in {ServeDecision.OPEN_ACCESS, ServeDecision.TRUSTED_NETWORK, ServeDecision.AGREED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeFacts:
    """``agreements`` of the AU with the requester and everyone in its ``predecessors``.

    ``holds_url``: the AU has a current version of the URL and would vote on it. ``permitted``: the publisher does
    not forbid that copies are given; it never stands for the proof that the requester once had one.
    """

    holds_url: bool
    permitted: bool = True
    open_access: bool = False
    trusted_network: bool = False
    agreements: Sequence[Mapping[AgreementType, Agreement]] = ()


def may_serve(facts: ServeFacts, config: PollConfig) -> ServeDecision:
    """Whether to send a peer a copy. Hints do not count: what a peer says of us proves nothing of it."""
    if not config.allow_repairs:
        return ServeDecision.DISABLED
    if not facts.permitted:
        return ServeDecision.FORBIDDEN
    if not facts.holds_url:
        return ServeDecision.UNKNOWN_URL
    if facts.open_access and not config.open_access_repair_needs_agreement:
        return ServeDecision.OPEN_ACCESS
    if facts.trusted_network and config.repair_any_trusted_peer:
        return ServeDecision.TRUSTED_NETWORK
    if any(has_proven(records, config.min_agreement_for_repairs) for records in facts.agreements):
        return ServeDecision.AGREED
    return ServeDecision.NO_AGREEMENT


def predecessors(peer: PeerId, config: PollConfig) -> tuple[PeerId, ...]:
    """The peer and the identities whose standing it inherits, newest first; a cycle is followed once."""
    before = {PeerId.parse(new): PeerId.parse(old) for old, new in config.reputation_transfer}
    chain = [peer]
    while (older := before.get(chain[-1])) is not None and older not in chain:
        chain.append(older)
    return tuple(chain)
