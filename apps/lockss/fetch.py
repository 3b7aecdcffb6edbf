"""The fetching port: what the crawler asks for and what it is told, without a socket in sight (collecting §2, §4).

``Fetcher`` has two adapters: the guarded client in ``apps.common.http`` and the scripted publisher of the tests;
``tests/contracts/fetcher.py`` holds what both must do. A fetch never raises for what a publisher or a network
does: every such end is a ``FetchResult`` with a ``Fault``. Redirects are never followed by a fetcher.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

ACCEPT = "text/html, image/gif, image/jpeg; q=.2, */*; q=.2"
USER_AGENT = "LOCKSS cache"
# Never more than these two, whatever this machine can decode: what is offered decides what is stored.
ACCEPT_ENCODING = "gzip,deflate"
DEFAULT_HEADERS = (("User-Agent", USER_AGENT), ("Accept", ACCEPT), ("Accept-Encoding", ACCEPT_ENCODING))

DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE | re.ASCII)
_AUTHORITY = re.compile(
    r"(?:[!-.0-9:;=A-Z_a-z~%]*@)?(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::([0-9]{0,5}))?", re.ASCII
)
_VISIBLE = re.compile(r"[!-~]*", re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


class Fault(StrEnum):
    """What kept a fetch from ending well."""

    BAD_URL = "bad-url"
    REFUSED_ADDRESS = "refused-address"
    UNKNOWN_HOST = "unknown-host"
    CONNECT = "connect-failed"
    CONNECT_TIMEOUT = "connect-timeout"
    IDLE_TIMEOUT = "idle-timeout"
    TOTAL_TIMEOUT = "total-timeout"
    RESET = "connection-reset"
    TLS = "tls-failed"
    TLS_UNTRUSTED = "tls-untrusted"
    BAD_HEAD = "malformed-head"
    HEAD_TOO_LARGE = "head-too-large"
    WRONG_LENGTH = "wrong-length"
    CUT_TLS = "cut-tls"
    CUT_CHUNK = "cut-chunk"
    BAD_CODING = "bad-coding"
    BODY_TOO_LARGE = "body-too-large"
    DECODED_TOO_LARGE = "decoded-too-large"


class Framing(StrEnum):
    """How the end of the body was marked (RFC 9112 §6.3)."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


class TrustLevel(StrEnum):
    """Which server certificates are accepted; deployed nodes accept any."""

    ANY = "any"
    SELF_SIGNED = "self-signed"
    TRUSTED = "trusted"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one fetch, in bytes, lines and seconds; the settings carry other values in."""

    header_line: int = 65_536
    header_bytes: int = 65_536
    header_lines: int = 1_000
    body: int = 4_294_967_296
    decoded: int = 17_179_869_184
    connect: float = 60.0
    idle: float = 300.0
    total: float = 14_400.0


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One GET. ``url`` is absolute and is sent as it stands: escaped already, ASCII, without a fragment.

    ``headers`` are all that is sent beside Host and the jar's cookies, in this order; ``cookies`` are further
    ``name=value`` texts. ``use_cookies`` False neither sends nor keeps any (policy "ignore").
    """

    url: str
    headers: tuple[tuple[str, str], ...] = DEFAULT_HEADERS
    cookies: tuple[str, ...] = ()
    use_cookies: bool = True
    limits: FetchLimits = field(default_factory=FetchLimits)


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The answer's head. ``raw`` is every byte as received, the empty line included; headers in order."""

    status: int
    reason: str
    version: str
    headers: tuple[tuple[str, str], ...]
    raw: bytes

    def first(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def every(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


@dataclass(frozen=True, slots=True)
class BodyReport:
    """The body as it went to the sink: transfer coding undone, content coding left as sent.

    ``decoded`` counts bytes after the content coding, None where the coding is unknown. ``complete`` means that
    framing and content coding both ended properly.
    """

    stored: int
    decoded: int | None
    framing: Framing
    content_coding: str | None
    complete: bool


@dataclass(frozen=True, slots=True)
class TlsReport:
    """What was spoken, and the chain's fault (None: trusted) as data for the capture's record."""

    version: str
    cipher: str
    certificate_sha256: str
    chain_fault: str | None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """How one request ended. ``sent`` is the request's head as it went out, empty if nothing did.

    ``cookies_before`` and ``cookies_after`` are digests of the whole jar: two requests for one URL with equal jars
    are a loop.
    """

    request: FetchRequest
    began: datetime
    ended: datetime
    sent: bytes = b""
    head: ResponseHead | None = None
    body: BodyReport | None = None
    fault: Fault | None = None
    detail: str = ""
    peer: str | None = None
    tls: TlsReport | None = None
    cookies_before: str = ""
    cookies_after: str = ""

    @property
    def status(self) -> int | None:
        return None if self.head is None else self.head.status

    @property
    def took(self) -> timedelta:
        return self.ended - self.began


class Sink(Protocol):
    """Where a body goes, in the order in which it came; a spooled file, a hash, a scanner."""

    def write(self, data: bytes, /) -> object: ...


class Fetcher(Protocol):
    """One crawl's way to its publisher: one cookie jar, one set of connections."""

    async def fetch(self, request: FetchRequest, sink: Sink) -> FetchResult:
        """Ask once; the body goes to ``sink`` while it arrives. Raises only what ``sink`` raises."""

    async def aclose(self) -> None:
        """Give connections back; the fetcher is not used again."""


@dataclass(frozen=True, slots=True)
class Target:
    """A request URL taken apart: where to connect, and the two texts that go into the head unchanged."""

    scheme: str
    host: str
    port: int
    host_header: str
    path: str

    @property
    def endpoint(self) -> str:
        """``host:port`` as allow-lists spell it."""
        return f"{self.host}:{self.port}"


def parse_target(url: str) -> Target | None:
    """The target of a request URL, or None where no request can be made of it (scheme, host, port, bytes)."""
    found = _URL.fullmatch(url.split("#", 1)[0])
    if found is None or _VISIBLE.fullmatch(found[3]) is None:
        return None
    scheme = found[1].lower()
    authority = _AUTHORITY.fullmatch(found[2])
    if authority is None:
        return None
    host = authority[1].lower()
    port = int(authority[2]) if authority[2] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65_536 or not host.strip("."):
        return None
    host_header = host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    path = found[3]
    return Target(scheme, host, port, host_header, path if path.startswith("/") else f"/{path}")


def build_headers(
    *lists: Iterable[str], referrer: str | None = None, if_modified_since: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The default headers, changed by the network's and then by the definition's ``Name: value`` lists.

    ``Name:`` alone removes, a later value replaces an earlier one in its place. Lines that are no header are
    left out: a stray line must not split a request.
    """
    headers = {name.lower(): (name, value) for name, value in DEFAULT_HEADERS}
    for line in (line for each in lists for line in each):
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or _TOKEN.fullmatch(name) is None or any(ord(sign) < 32 for sign in value):
            continue
        if name.lower() in {"host", "content-length", "transfer-encoding", "connection"}:
            continue
        if value:
            headers[name.lower()] = (name, value)
        else:
            headers.pop(name.lower(), None)
    if referrer is not None:
        headers.setdefault("referer", ("Referer", referrer))
    if if_modified_since is not None:
        headers["if-modified-since"] = ("If-Modified-Since", if_modified_since)
    return tuple(headers.values())
