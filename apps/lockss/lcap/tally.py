"""The tally of a poll: our blocks and every voter's, walked side by side in URL order (lcap-v3 §6).

Streams in, rows out: of an AU of two million URLs one block per voter is held at a time, and rows come only
for URLs about which somebody dissents. The result does not depend on the order of the voters.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from apps.lockss.errors import LocalError, PeerError
from apps.lockss.lcap.cursor import Block, Cursor
from apps.lockss.lcap.hashing import HashedUrl, HashedVersion
from apps.lockss.lcap.messages import VoteBlock
from apps.lockss.lcap.poll_codes import PollCode, TallyCode
from apps.lockss.lcap.totals import RESULT_FIELDS, PollTotals, TallySummary, WeightedCounts
from apps.lockss.lcap.verdict import (
    DISSENT,
    UrlResult,
    Verdict,
    VoteCounts,
    agrees,
    count,
    url_result,
)

QUIET = frozenset({UrlResult.WON, UrlResult.NO_QUORUM})


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRules:
    """``quorum`` in votes, ``margin`` in percent; ``slashless`` when anybody votes by revision 5 names.

    ``max_quiet_rows`` bounds the rows of URLs that need nothing done, which one lying voter could make by the
    million. It does not bound those that need a repair: for them a landslide would have to lie.
    """

    quorum: int
    margin: int
    max_versions: int = 21
    slashless: bool = False
    max_quiet_rows: int = 10_000


@dataclass(frozen=True, slots=True)
class UrlTally:
    """One URL with all that a repair and a second look need. ``verdicts`` and ``voter_blocks`` by participant.

    ``url`` is the name under which it was compared; a block keeps the name its owner gave it.
    """

    url: str
    result: UrlResult
    verdicts: tuple[Verdict, ...]
    poller_block: HashedUrl | None
    voter_blocks: tuple[VoteBlock | None, ...]

    @property
    def counts(self) -> VoteCounts:
        return count(self.verdicts)


@dataclass(slots=True)
class _Sums:
    """One participant's running counts."""

    counts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    weights: dict[Verdict, float] = field(default_factory=lambda: dict.fromkeys(Verdict, 0.0))


class Tally:
    """One walk over all blocks: exhaust ``rows``, then ask for ``summary``.

    ``votes`` are the block streams in the order of the frozen participants; a stream that raises PeerError,
    is out of order or is empty is spoiled from there on. ``in_sample``: of a sampled poll; URLs outside that we
    do not have are passed over. ``weight_of``: the platform's URL weights.
    Blocks of voters behind our last URL are counted in polls without quorum too, where deployed nodes stop.
    """

    def __init__(
        self,
        poller_blocks: Iterable[HashedUrl],
        votes: Sequence[Iterable[VoteBlock]],
        rules: TallyRules,
        *,
        in_sample: Callable[[str], bool] | None = None,
        weight_of: Callable[[str], float] | None = None,
    ) -> None:
        self._rules = rules
        self._in_sample = in_sample
        self._weight_of = weight_of
        self._poller = Cursor(poller_blocks, slashless=rules.slashless)
        self._voters = [Cursor(blocks, slashless=rules.slashless) for blocks in votes]
        self._faults: list[PeerError | None] = [
            voter.fault or _empty_vote() if voter.block is None else None for voter in self._voters
        ]
        self._sums = [_Sums() for _ in votes]
        self._results = dict.fromkeys(UrlResult, 0)
        self._weighted_results = dict.fromkeys(UrlResult, 0.0)
        self._urls = 0
        self._quiet_rows = 0

    def rows(self) -> Iterator[UrlTally]:
        """URLs with dissent, in order. LocalError (OUT_OF_ORDER) if our own blocks are not sorted."""
        while True:
            if self._poller.fault is not None:
                raise LocalError(TallyCode.OUT_OF_ORDER, f"our own blocks: {self._poller.fault.message}")
            keys = [voter.key for voter in self._voters if voter.block is not None]
            if self._poller.block is not None:
                keys.append(self._poller.key)
            if not keys:
                break
            row = self._take(min(keys))
            if row is not None:
                self._add(row)
                if self._is_shown(row):
                    yield row

    def _is_shown(self, row: UrlTally) -> bool:
        if DISSENT.isdisjoint(row.verdicts):
            return False
        if row.result not in QUIET:
            return True
        self._quiet_rows += 1
        return self._quiet_rows <= self._rules.max_quiet_rows

    def summary(self) -> TallySummary:
        quorate = len(self._voters) >= self._rules.quorum
        weighted = self._weight_of is not None
        return TallySummary(
            counts=tuple(_counts(sums.counts) for sums in self._sums),
            totals=_totals(self._results) if quorate else PollTotals(),
            urls=self._urls,
            rows_withheld=max(0, self._quiet_rows - self._rules.max_quiet_rows),
            quorate=quorate,
            faults=tuple(
                fault or voter.fault for fault, voter in zip(self._faults, self._voters, strict=True)
            ),
            weighted_counts=tuple(_weighted(sums.weights) for sums in self._sums) if weighted else (),
            weighted_totals=_totals(self._weighted_results) if weighted and quorate else None,
        )

    def _take(self, key: bytes) -> UrlTally | None:
        """The URL of ``key`` from every stream that has it; None for one outside the sample."""
        poller_block = _take(self._poller, key)
        voter_blocks: list[VoteBlock | None] = []
        for index, voter in enumerate(self._voters):
            block = _take(voter, key)
            voter_blocks.append(block)
            # What came before the fault was in order and counts; from here on the vote is spoiled.
            if block is None and voter.block is None and voter.fault is not None:
                self._faults[index] = voter.fault
        url = next(block.url for block in (poller_block, *voter_blocks) if block is not None)
        if self._rules.slashless:
            url = url.removesuffix("/")
        if poller_block is None and self._in_sample is not None and not self._in_sample(url):
            return None
        return _judge(
            url, poller_block, tuple(voter_blocks), [fault is not None for fault in self._faults], self._rules
        )

    def _add(self, row: UrlTally) -> None:
        self._urls += 1
        self._results[row.result] += 1
        for sums, verdict in zip(self._sums, row.verdicts, strict=True):
            sums.counts[verdict] += 1
        if self._weight_of is not None:
            weight = self._weight_of(row.url)
            self._weighted_results[row.result] += weight
            for sums, verdict in zip(self._sums, row.verdicts, strict=True):
                sums.weights[verdict] += weight


def retally(row: UrlTally, block: HashedUrl | None, rules: TallyRules) -> UrlTally:
    """The same URL with our block as it is after a repair; spoiled votes stay spoiled."""
    spoiled = [verdict is Verdict.SPOILED for verdict in row.verdicts]
    return _judge(row.url, block, row.voter_blocks, spoiled, rules)


def symmetric_counts(own: Iterable[VoteBlock], poller: Iterable[VoteBlock]) -> VoteCounts:
    """At the voter: how the poller's receipt blocks stand to our own, both with symmetric hashes (lcap-v3 §6.5).

    The poller's blocks end where they are out of order; agreement is then over what we have.
    """
    ours, theirs = Cursor(own), Cursor(poller)
    verdicts = dict.fromkeys(Verdict, 0)
    while ours.block is not None or theirs.block is not None:
        key = min(cursor.key for cursor in (ours, theirs) if cursor.block is not None)
        mine, given = _take(ours, key), _take(theirs, key)
        if mine is None:
            verdicts[Verdict.POLLER_ONLY] += 1
        elif given is None:
            verdicts[Verdict.VOTER_ONLY] += 1
        else:
            same = agrees(_as_hashed(mine), 0, given.versions)
            verdicts[Verdict.AGREED if same else Verdict.DISAGREED] += 1
    return _counts(verdicts)


def _take(cursor: Cursor[Block], key: bytes) -> Block | None:
    """The block at hand if it is the one of ``key``; the cursor goes on."""
    block = cursor.block
    if block is None or cursor.key != key:
        return None
    cursor.advance()
    return block


def _judge(
    url: str,
    mine: HashedUrl | None,
    theirs: tuple[VoteBlock | None, ...],
    spoiled: Sequence[bool],
    rules: TallyRules,
) -> UrlTally:
    versions = mine.versions[: rules.max_versions] if mine is not None else ()
    verdicts = []
    for index, (block, lost) in enumerate(zip(theirs, spoiled, strict=True)):
        if lost:
            verdict = Verdict.SPOILED
        elif block is None:
            verdict = Verdict.NEITHER if mine is None else Verdict.POLLER_ONLY
        elif mine is None:
            verdict = Verdict.VOTER_ONLY
        elif agrees(versions, index, block.versions[: rules.max_versions]):
            verdict = Verdict.AGREED
        else:
            verdict = Verdict.DISAGREED
        verdicts.append(verdict)
    given = tuple(verdicts)
    return UrlTally(url, _result(given, rules.quorum, rules.margin), given, mine, theirs)


@lru_cache(maxsize=4096)
def _result(verdicts: tuple[Verdict, ...], quorum: int, margin: int) -> UrlResult:
    """Most URLs of a poll have the same verdicts: counting them again would be a third of the tally."""
    return url_result(count(verdicts), quorum, margin)


def _as_hashed(block: VoteBlock) -> tuple[HashedVersion, ...]:
    """Our own block as the side that is compared with: one challenge, the symmetric one."""
    return tuple(
        HashedVersion(version.plain_hash, (version.nonced_hash,), 0, 0, "failed" if version.error else "")
        for version in block.versions
    )


def _counts(verdicts: Mapping[Verdict, int]) -> VoteCounts:
    return VoteCounts(**{verdict.name.lower(): number for verdict, number in verdicts.items()})


def _weighted(verdicts: Mapping[Verdict, float]) -> WeightedCounts:
    return WeightedCounts(
        agreed=verdicts[Verdict.AGREED],
        disagreed=verdicts[Verdict.DISAGREED],
        poller_only=verdicts[Verdict.POLLER_ONLY],
        voter_only=verdicts[Verdict.VOTER_ONLY],
    )


def _totals(results: Mapping[UrlResult, float]) -> PollTotals:
    totals = dict.fromkeys(RESULT_FIELDS.values(), 0.0)
    for result, number in results.items():
        totals[RESULT_FIELDS[result]] += number
    return PollTotals(**totals)


def _empty_vote() -> PeerError:
    return PeerError(PollCode.EMPTY_VOTE, "a vote without blocks")
