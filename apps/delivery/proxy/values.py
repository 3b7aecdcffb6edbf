"""What the listener is told of a URL and gives back; and the port to whoever knows: ``Library``."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.lockss.delivery import Named, Reader, Row, Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What ``Proxy-Authorization: Basic`` says."""

    name: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A client, as it was made sure of. ``slug`` and ``day``: the AU and the day that an auditor chose, of which the
    newest version up to its end counts; ``pinned_by`` names the person of the token, for the log. ``own``: one of the
    node's own readers, who alone may be forwarded to sites of no AU."""

    surface: Surface
    reader: Reader
    address: str
    slug: str | None = None
    day: dt.date | None = None
    pinned_by: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Credentials that are missing or wrong: 407. ``wait``: seconds, after too many wrong ones (429)."""

    wait: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is of a URL for this client; the names are those of ``Asked``. ``url``: under which it was found.
    ``publisher_first``: the publisher refused serving while it serves itself. ``copy`` and ``others`` are the library's
    own, for ``open`` and ``beginning``."""

    url: str
    access: Access = Access.GRAY
    free: bool = False
    publisher_first: bool = False
    named: Named = Named.NO
    in_au: bool = False
    has: bool = False
    stem_held: bool = False
    publisher: PublisherFlag = PublisherFlag.UP
    candidates: bool = False
    last_modified: str | None = None
    content_type: str = ""
    copy: Any = None
    others: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An AU that a page names; ``start`` is a URL in its stems."""

    slug: str
    name: str
    start: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of AUs in the catalogue's order; ``after`` leads to the next one."""

    rows: tuple[Candidate, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copy is that the auditor's choice missed: a user name of the proxy leads there. ``day``: when the copy was
    collected that it gives."""

    slug: str
    name: str
    day: dt.date
    as_of: dt.date | None = None

    @property
    def user_name(self) -> str:
        return f"{self.slug}@{self.as_of.isoformat()}" if self.as_of else self.slug


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What an auditor chose, and where this URL is held otherwise. ``name``: of the AU; empty where none was chosen, or
    one that is not here."""

    name: str = ""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An answer on its way. ``length`` None: it ends with its last chunk or with the connection. A body that raises
    ``BrokenOffError`` ends the connection short. ``row`` decided, for the log and for tests."""

    status: int
    fields: Fields = ()
    body: bytes | AsyncIterator[bytes] = b""
    length: int | None = None
    row: Row | None = None
    close_line: bool = False
    close: Callable[[], Awaitable[object]] | None = None


class BrokenOffError(Exception):
    """Bytes have left, and no others can follow them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request as far as our copy goes: ``given`` fields by name in lower case; without ``body`` it is a HEAD."""

    given: Mapping[str, str] = field(default_factory=dict)
    body: bool = True


class Library(Protocol):
    """What the node holds, and for whom. Asks the database and the disk, never the network."""

    async def admit(self, address: str, credentials: Credentials | None) -> Who | Unknown:
        """Who it is that asks from this address."""

    async def know(self, url: str, who: Who, *, auid: str | None = None, referer: str = "") -> Known:
        """What there is of a URL; hidden AUs are passed over."""

    async def holds_host(self, host: str, who: Who) -> bool:
        """Whether an AU that may be shown has a stem ``https://host``."""

    async def open(self, known: Known, who: Who, wanted: Wanted) -> Outgoing:
        """Our copy, with the reader's conditions and ranges judged against it."""

    async def beginning(self, known: Known) -> bytes:
        """The decoded first 64 KiB of our copy."""

    async def candidates(self, who: Who, *, url: str = "", search: str = "", after: str = "") -> Listed:
        """AUs that may be shown, of the URL's host or all."""

    async def elsewhere(self, url: str, who: Who) -> Elsewhere:
        """For an auditor: what was chosen, and the AUs or days which have this URL all the same."""

    async def note_certificate(self, host: str, who: Who) -> None:
        """A certificate for this host was made for the first time: a row of the audit record."""

    def ready(self) -> bool:
        """Whether the node knows its AUs yet."""


class UnavailableError(Exception):
    """The database is away."""
