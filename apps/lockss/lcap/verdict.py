"""One URL of a poll: who agrees about it, and what the poll finds (lcap-v3 §6.1–§6.3)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.lcap.agreement import share
from apps.lockss.lcap.hashing import HashedVersion
from apps.lockss.lcap.messages import BlockVersion


class Verdict(StrEnum):
    """How one voter stands to the poller in one URL; exactly one holds (lcap-v3 §6.2)."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    POLLER_ONLY = "pollerOnly"
    VOTER_ONLY = "voterOnly"
    NEITHER = "neither"
    SPOILED = "spoiled"


DISSENT = frozenset({Verdict.DISAGREED, Verdict.POLLER_ONLY, Verdict.VOTER_ONLY})


class UrlResult(StrEnum):
    """What the poll finds about one URL (lcap-v3 §6.3); the texts are those of the REST interface."""

    NO_QUORUM = "NoQuorum"
    WON = "Won"
    LOST = "Lost"
    LOST_POLLER_ONLY = "LostPollerOnly"
    LOST_VOTER_ONLY = "LostVoterOnly"
    TOO_CLOSE = "TooClose"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCounts:
    """Verdicts counted: over the voters of a URL, or over the URLs of a voter."""

    agreed: int = 0
    disagreed: int = 0
    poller_only: int = 0
    voter_only: int = 0
    neither: int = 0
    spoiled: int = 0

    @property
    def agreement(self) -> float:
        """Of a voter (lcap-v3 §6.5), float32 from 0.0 to 1.0. What neither side holds says nothing."""
        return share(self.agreed, self.agreed + self.disagreed + self.poller_only + self.voter_only)

    @property
    def votes(self) -> int:
        """Of a URL: all but the spoiled."""
        return self.agreed + self.neither + self.disagreed + self.poller_only + self.voter_only


def count(verdicts: Iterable[Verdict]) -> VoteCounts:
    given = list(verdicts)
    return VoteCounts(
        agreed=given.count(Verdict.AGREED),
        disagreed=given.count(Verdict.DISAGREED),
        poller_only=given.count(Verdict.POLLER_ONLY),
        voter_only=given.count(Verdict.VOTER_ONLY),
        neither=given.count(Verdict.NEITHER),
        spoiled=given.count(Verdict.SPOILED),
    )


def landslide(votes: int, margin: int) -> int:
    """How many of ``votes`` decide, at ``margin`` percent. Doubles, as deployed nodes round."""
    return math.ceil(margin / 100 * votes)


def url_result(counts: VoteCounts, quorum: int, margin: int) -> UrlResult:
    """The poll's finding on a URL. A URL that a landslide lacks, and we lack too, is won."""
    needed = landslide(counts.votes, margin)
    if counts.votes < quorum:
        return UrlResult.NO_QUORUM
    if counts.agreed + counts.neither >= needed:
        return UrlResult.WON
    if counts.disagreed + counts.poller_only + counts.voter_only < needed:
        return UrlResult.TOO_CLOSE
    if counts.poller_only >= needed:
        return UrlResult.LOST_POLLER_ONLY
    if counts.voter_only >= needed:
        return UrlResult.LOST_VOTER_ONLY
    return UrlResult.LOST


def agrees(mine: Sequence[HashedVersion], index: int, theirs: Sequence[BlockVersion]) -> bool:
    """Whether any of a voter's versions is one of ours, proven by the hash with challenge ``index`` of ours.

    The plain hash only finds the version: it can be copied, the nonced hash cannot be made without the content.
    """
    known = {version.plain: version.nonced[index] for version in mine if not version.error}
    return any(
        not version.error
        and bool(version.plain_hash)
        and bool(version.nonced_hash)
        and known.get(version.plain_hash) == version.nonced_hash
        for version in theirs
    )
