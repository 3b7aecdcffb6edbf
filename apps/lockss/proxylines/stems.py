"""The hosts a proxy's configuration names, and texts made harmless for it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.urls import UrlRefusal, parse_url
from apps.lockss.urls.parse import DEFAULT_PORTS

MOST_NAMES = 2
"""Names that stand beside a stem; of the others there is a number."""
LONGEST_NAME = 120
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)
_BLANKS = re.compile(r"\s+")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


class StemCode(StrEnum):
    NOT_HTTP = "stem-not-http"
    BAD_HOST = "stem-host-malformed"


@dataclass(frozen=True, slots=True)
class BadStem:
    """A stem that no configuration can name; ``found`` is harmless and cut."""

    code: StemCode
    found: str


@dataclass(frozen=True, slots=True)
class Stem:
    """One origin of publishers. ``host``: lower case, A-labels; an IPv6 address in its brackets. ``port``: None for the
    scheme's own. ``names`` are those of the first AUs, ``au_count`` counts all."""

    scheme: str
    host: str
    port: int | None = None
    names: tuple[str, ...] = ()
    au_count: int = 0
    is_down: bool = False

    @property
    def place(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.place}"

    @property
    def is_address(self) -> bool:
        """A number, no name: of no use where names are listed."""
        return self.host.startswith("[") or _IPV4.fullmatch(self.host) is not None

    def said(self) -> str:
        """Whose host it is: at most two names and how many more there are."""
        shown = [text for name in self.names[:MOST_NAMES] if (text := harmless(name))]
        more = self.au_count - len(shown)
        if not shown:
            return f"{more} AUs" if more > 0 else ""
        return "; ".join(shown) + (f" ({more} more)" if more > 0 else "")


def stem(
    url: str, names: tuple[str, ...] = (), au_count: int = 0, *, is_down: bool = False
) -> Stem | BadStem:
    """A stem of an AU's URLs; only its scheme, host and port count."""
    parsed = parse_url(url)
    if isinstance(parsed, UrlRefusal) or parsed.scheme not in ("http", "https"):
        return BadStem(StemCode.NOT_HTTP, harmless(url))
    host = _host(parsed.host)
    if not host or not -1 <= parsed.port <= 65_535 or parsed.port == 0:
        return BadStem(StemCode.BAD_HOST, harmless(url))
    port = None if parsed.port in (-1, DEFAULT_PORTS[parsed.scheme]) else parsed.port
    return Stem(parsed.scheme, host, port, tuple(names[:MOST_NAMES]), au_count, is_down)


def _host(text: str) -> str:
    lowered = text.lower().rstrip(".")
    if _IPV6.fullmatch(lowered):
        return lowered
    try:
        ascii_host = lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return ascii_host if len(ascii_host) <= 253 and _HOST.fullmatch(ascii_host) else ""


def harmless(text: str) -> str:
    """One line without control characters and marks of direction, that closes no comment; cut to 120 characters."""
    plain = _BLANKS.sub(" ", _UNSAFE.sub(" ", text)).strip()
    return plain.replace("*/", "* /").replace("/*", "/ *")[:LONGEST_NAME].strip()


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the node's content proxy listens. A host that no file can name is a ValueError."""

    host: str
    port: int
    icp_port: int | None = None

    def __post_init__(self) -> None:
        if not self.host or _host(self.host) != self.host or not 0 < self.port <= 65_535:
            raise ValueError(f"{harmless(self.host)}:{self.port} is no host and port of a proxy")
        if self.icp_port is not None and not 0 < self.icp_port <= 65_535:
            raise ValueError(f"{self.icp_port} is no port for ICP")

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"
