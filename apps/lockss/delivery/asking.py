"""What the decision tables are told, and the steps they answer with; the owner carries the steps out (delivery §1–4)."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from apps.lockss.delivery.conditions import Conditions, Fields
from apps.lockss.delivery.missing import Listing, MissingAction, MissingAnswer, PublisherState
from apps.lockss.delivery.readers import Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag


class Named(StrEnum):
    """Whether the request names an AU (``auid=``, ``X-Lockss-Auid``)."""

    NO = "no"
    KNOWN = "known"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where a proxy's client wants it from: ``X-Lockss-Source``, or ``X-Lockss: Repair``."""

    EITHER = "either"
    CACHE = "cache"
    PUBLISHER = "publisher"
    REPAIR = "repair"


class Subscription(StrEnum):
    """What is known of our institution's subscription, where that is looked for (CLOCKSS)."""

    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"
    INACCESSIBLE = "inaccessible"
    NOT_MAINTAINED = "not-maintained"


class HostDownAction(StrEnum):
    """For a URL that is not held on a host that is down: refuse at once (1.x: 1), or try shortly (2)."""

    REFUSE = "refuse"
    QUICK = "quick"


class FollowRedirects(StrEnum):
    """When the content host follows a publisher's redirect, always inside held stems."""

    ALWAYS = "always"
    NEVER = "never"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """The node's settings; seconds. ``race``: how long a reader waits for the publisher's head where a copy is held;
    ``unheld``: where none is, connecting included."""

    missing_action: MissingAction = MissingAction.HOST_INDEX
    host_down_action: HostDownAction = HostDownAction.REFUSE
    follow_redirects: FollowRedirects = FollowRedirects.MISSING
    most_redirects: int = 5
    forbidden_methods: frozenset[str] = frozenset()
    open_forwarding: bool = False
    terminate_tls: bool = False
    audit_index: bool = False
    without_index: frozenset[int] = frozenset({301, 302, 303, 307, 308})
    connect: float = 5.0
    race: float = 3.0
    unheld: float = 15.0
    quick_data: float = 300.0
    normal_data: float = 1800.0
    retry_after: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of a reader, with all that is known when it is decided.

    ``access`` and ``free`` are the verdict's. Who looks up the holders of a URL passes over AUs that are hidden from
    this reader: then ``in_au`` and ``has`` already say what the reader may know; the hidden row of the tables is the
    second bolt. ``access`` of a URL in no AU is gray. ``stem_held``: ``stems.is_held`` of the URL or of the CONNECT target; ``candidates``: there are AUs
    to name on a page; ``peer_agreed``: an authenticated peer that has proven it had this AU; ``loop``: Via holds our
    own name; ``last_modified`` is the stored field of the copy that is held.
    """

    surface: Surface
    now: dt.datetime
    method: str = "GET"
    access: Access = Access.GRAY
    free: bool = False
    named: Named = Named.NO
    in_au: bool = True
    has: bool = False
    stem_held: bool = True
    version: bool = False
    never: bool = False
    publisher: PublisherFlag = PublisherFlag.UP
    host_down: bool = False
    recent: bool = False
    subscription: Subscription | None = None
    source: Source = Source.EITHER
    peer_agreed: bool = False
    candidates: bool = False
    ready: bool = True
    loop: bool = False
    service_worker: bool = False
    rewriting: bool = False
    conditions: Conditions = field(default_factory=Conditions)
    last_modified: str | None = None
    settings: DeliverySettings = field(default_factory=DeliverySettings)

    @property
    def reads(self) -> bool:
        """HEAD is GET without the body, everywhere."""
        return self.method in {"GET", "HEAD"}

    @property
    def holds(self) -> bool:
        """Whether there is a copy that this request may get.

        None is there for who has no subscription, where one is looked for; for who wants the publisher's own answer,
        unless the publisher cannot be asked; for other methods than reading.
        """
        if not (self.has and self.in_au and self.reads) or self.access is Access.HIDDEN:
            return False
        if self.surface is Surface.AUDIT:
            return True
        if self.subscription not in {None, Subscription.YES} and not self.free:
            return False
        unwanted = self.surface is Surface.PROXY and self.source is Source.PUBLISHER
        return self.never or self.host_down or not unwanted


class Pool(StrEnum):
    """Which of the two sets of outgoing connections."""

    QUICK = "quick"
    NORMAL = "normal"


class Mark(StrEnum):
    """What the owner notes: the host is down (``DownHosts``), or the URL was served after the publisher was asked. The host
    is the one that was asked, which behind a redirect is another."""

    HOST_DOWN = "host-down"
    RECENT = "recent"


class Row(StrEnum):
    """Which row of the tables decided; in the order in which they are tried, then those after the publisher's answer."""

    LOOP = "loop"
    STARTING = "starting"
    METHOD = "method"
    TUNNEL = "tunnel"
    SERVICE_WORKER = "service-worker"
    UNKNOWN_AU = "unknown-au"
    HIDDEN = "hidden"
    NO_AU = "no-au"
    REPAIR = "repair"
    VERSION = "version"
    CACHE_ONLY = "cache-only"
    OPEN = "open"
    HOST_DOWN = "host-down"
    PUBLISHER_ONLY = "publisher-only"
    RECENT = "recent"
    PUBLISHER_GONE = "publisher-gone"
    ASK = "ask"
    REDIRECT = "redirect"
    ANSWERED = "publisher-answered"
    READERS_CONDITION = "readers-condition"
    NO_CONTENT = "publisher-without-content"
    FAILED = "publisher-failed"
    BUSY = "too-many-requests-going-out"
    CUT = "answer-broke-off"


Marks = frozenset[Mark]
NO_MARKS: Marks = frozenset()


@dataclass(frozen=True, slots=True)
class Serve:
    """Our copy, with the reader's conditions and ranges judged against it. ``row`` names the row that decided."""

    row: Row
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the publisher. ``head``: seconds until its whole head is here, connecting included; ``data``: seconds
    without a byte of the body. ``follow``: the redirect's target instead of the URL."""

    row: Row
    pool: Pool
    connect: float
    head: float
    data: float
    fields: Fields = ()
    follow: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """The missing-file action of the content host, for a publisher in this state."""

    row: Row
    state: PublisherState
    answer: MissingAnswer
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class PassOn:
    """The publisher's answer. ``index``: its status, with a page of AUs for its body."""

    row: Row
    index: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """An answer of our own. ``retry_after`` in seconds."""

    row: Row
    status: int
    listing: Listing = Listing.NONE
    retry_after: int | None = None
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class Cut:
    """End the connection: bytes of the publisher's answer have left and no others can follow them."""

    row: Row


@dataclass(frozen=True, slots=True)
class Terminate:
    """CONNECT: end TLS here, with a certificate for the held host; what comes inside is judged anew."""

    row: Row


Step = Serve | Ask | Missing | PassOn | Refuse | Cut | Terminate


class Failure(StrEnum):
    """What kept the publisher from answering wholly."""

    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect-timeout"
    STALL = "stall"
    """Connected, but no head in time; the lost header race too."""
    TRUNCATED = "truncated"
    RESET = "reset"
    DNS = "unknown-host"
    TLS = "tls"
    QUEUE_FULL = "queue-full"
    FORBIDDEN_ADDRESS = "forbidden-address"


class PageKind(StrEnum):
    """What a page that came with 200 turns out to be."""

    SOUND = "sound"
    LOGIN = "login-page"
    SOFT_404 = "soft-404"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How asking the publisher ended: exactly one of ``status`` and ``failure``.

    ``begun``: bytes of the answer have left for the reader before it failed. ``target_held``: a redirect leads to a
    URL on a held stem; ``hops``: redirects that were followed before this answer.
    """

    status: int | None = None
    failure: Failure | None = None
    page: PageKind = PageKind.SOUND
    begun: bool = False
    target_held: bool = False
    hops: int = 0

    def __post_init__(self) -> None:
        if (self.status is None) is (self.failure is None):
            raise ValueError(f"an answer has a status or a failure: {self.status}, {self.failure}")
        if self.begun and self.failure is None:
            raise ValueError("an answer that has begun to leave needs no decision unless it failed")
