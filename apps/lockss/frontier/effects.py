"""What the frontier asks its owner to do, as values; the owner carries them out and writes the rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.lockss.frontier.outcome import CrawlOutcome, Severity, UrlReason
from apps.lockss.frontier.redirects import Chain, Copy


class RowKind(StrEnum):
    """Why a URL is in the frontier."""

    START = "start"
    LINK = "link"


class RowState(StrEnum):
    """A frontier row's life; all but ``PENDING`` are ends."""

    PENDING = "pending"
    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    HELD = "held"
    DEAD = "dead"
    FAILED = "failed"
    EXCLUDED = "excluded"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Row:
    """A URL of the frontier. Start URLs have depth 1; ``tries`` counts requests that were already made."""

    url: str
    depth: int = 1
    kind: RowKind = RowKind.LINK
    tries: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Add these URLs where they are not known; where they are, keep the smaller depth.

    A row that was left unfetched because of its depth becomes pending again when the smaller depth is within the
    refetch depth.
    """

    urls: tuple[str, ...]
    depth: int
    kind: RowKind = RowKind.LINK


@dataclass(frozen=True, slots=True)
class Ask:
    """Request the chain's current name when the pause is over; ``conditional`` allows If-Modified-Since."""

    chain: Chain
    conditional: bool


@dataclass(frozen=True, slots=True)
class AskHost:
    """Ask this URL's host for permission (``HostTable``), then judge again what led here."""

    url: str


@dataclass(frozen=True, slots=True)
class Store:
    """Keep what was fetched under these names; then read it for links."""

    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class ReadStored:
    """Read the stored copy of this URL for links; nothing is written."""

    url: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The row stays pending, with one more try, and is not asked before ``not_before``."""

    url: str
    tries: int
    not_before: datetime


@dataclass(frozen=True, slots=True)
class MarkDone:
    """The row's end."""

    url: str
    state: RowState


@dataclass(frozen=True, slots=True)
class Note:
    """A finding about a URL: shown with the crawl; ``about`` is the URL or key that it speaks of."""

    url: str
    reason: UrlReason
    severity: Severity
    about: str = ""


@dataclass(frozen=True, slots=True)
class SetError:
    """The crawl goes on but cannot end as complete; the first such outcome names its end."""

    outcome: CrawlOutcome


@dataclass(frozen=True, slots=True)
class AbortCrawl:
    """Nothing more is asked; pending rows stay, for what they tell."""

    outcome: CrawlOutcome
    reason: UrlReason
    detail: str = ""


Effect = Enqueue | Ask | AskHost | Store | ReadStored | Retry | MarkDone | Note | SetError | AbortCrawl
