"""What a tally adds up to: per voter, and for the AU (lcap-v3 §6.4, §6.5)."""

from dataclasses import dataclass

from apps.lockss.errors import PeerError
from apps.lockss.lcap.agreement import share
from apps.lockss.lcap.verdict import UrlResult, VoteCounts

RESULT_FIELDS = {
    UrlResult.WON: "agreed",
    UrlResult.LOST: "disagreed",
    UrlResult.LOST_VOTER_ONLY: "disagreed",
    UrlResult.TOO_CLOSE: "too_close",
    UrlResult.NO_QUORUM: "no_quorum",
    UrlResult.LOST_POLLER_ONLY: "poller_only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTotals:
    """URLs by result, for the AU's agreement (lcap-v3 §6.4); the weighted sums where the platform has weights.

    A URL that only we hold counts in ``poller_only`` and nowhere in the agreement.
    """

    agreed: float = 0
    disagreed: float = 0
    too_close: float = 0
    no_quorum: float = 0
    poller_only: float = 0

    @property
    def agreement(self) -> float:
        """Float32 from 0.0 to 1.0, 0.0 when nothing was decided."""
        return share(self.agreed, self.agreed + self.disagreed + self.too_close + self.no_quorum)

    def moved(self, old: UrlResult, new: UrlResult, weight: float = 1) -> "PollTotals":
        """After a repair: the URL counts under its new result."""
        sums = {name: getattr(self, name) for name in RESULT_FIELDS.values()}
        sums[RESULT_FIELDS[old]] -= weight
        sums[RESULT_FIELDS[new]] += weight
        return PollTotals(**sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedCounts:
    """Weights of a voter's URLs, summed by verdict."""

    agreed: float = 0.0
    disagreed: float = 0.0
    poller_only: float = 0.0
    voter_only: float = 0.0

    @property
    def agreement(self) -> float:
        return share(self.agreed, self.agreed + self.disagreed + self.poller_only + self.voter_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class TallySummary:
    """What a whole tally found; by participant in frozen order. ``urls``: how many were compared;
    ``rows_withheld``: dissent beyond ``TallyRules.max_quiet_rows``.

    Without quorum the voters' counts stand, so that they get their receipts, and the totals are empty.
    ``faults``: what spoiled a voter's blocks, None for a sound vote.
    """

    counts: tuple[VoteCounts, ...]
    totals: PollTotals
    urls: int
    quorate: bool
    rows_withheld: int = 0
    faults: tuple[PeerError | None, ...]
    weighted_counts: tuple[WeightedCounts, ...] = ()
    weighted_totals: PollTotals | None = None

    @property
    def spoiled(self) -> tuple[bool, ...]:
        return tuple(fault is not None for fault in self.faults)
