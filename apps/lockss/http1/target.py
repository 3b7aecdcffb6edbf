"""The request target in three of its four forms (RFC 9112 §3.2); the asterisk has no use at a proxy of pages."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.fetch import DEFAULT_PORTS

_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?]*)([^?]*)(\?.*)?", re.ASCII)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::([0-9]{1,5}))?", re.ASCII)
_VISIBLE = re.compile(r"[!-\"$-~]+", re.ASCII)


class TargetForm(StrEnum):
    """Absolute: a proxy's. Authority: CONNECT's. Origin: a server's."""

    ABSOLUTE = "absolute"
    AUTHORITY = "authority"
    ORIGIN = "origin"


class TargetFault(StrEnum):
    """What is wrong with a target or with the value of Host."""

    BAD_TARGET = "bad-target"
    BAD_SCHEME = "bad-scheme"
    USER_INFO = "user-info"
    BAD_PORT = "bad-port"


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """``host`` in lower case without a final dot, IPv6 in brackets; ``port`` is stated or the scheme's own; of the
    origin form both are those of Host. ``path`` with its query, ``/`` at least; empty for the authority form."""

    form: TargetForm
    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """What an absolute target asks for, host and scheme in lower case, the scheme's own port left out; empty for
        the other forms."""
        if self.form is not TargetForm.ABSOLUTE:
            return ""
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def authority(text: str, default_port: int | None) -> tuple[str, int] | TargetFault:
    """Host and port of ``host[:port]``; without ``default_port`` the port must be stated."""
    if "@" in text:
        return TargetFault.USER_INFO
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return TargetFault.BAD_TARGET
    host = found[1].lower().removesuffix(".")
    if not (_is_ipv6(host) if host.startswith("[") else all(host.split("."))):
        return TargetFault.BAD_TARGET
    port = default_port if found[2] is None else int(found[2])
    return TargetFault.BAD_PORT if port is None or not 0 < port < 65_536 else (host, port)


def parse_target(method: str, text: str) -> RequestTarget | TargetFault:
    """The target of a request line; in origin form host and port are still empty and 0."""
    if _VISIBLE.fullmatch(text) is None:
        return TargetFault.BAD_TARGET
    if method == "CONNECT":
        where = authority(text, None)
        return (
            where if isinstance(where, TargetFault) else RequestTarget(TargetForm.AUTHORITY, "", *where, "")
        )
    if text.startswith("/"):
        return (
            TargetFault.BAD_TARGET if _climbs_out(text) else RequestTarget(TargetForm.ORIGIN, "", "", 0, text)
        )
    found = _ABSOLUTE.fullmatch(text)
    if found is None:
        return TargetFault.BAD_TARGET
    scheme = found[1].lower()
    if scheme not in DEFAULT_PORTS:
        return TargetFault.BAD_SCHEME
    where = authority(found[2], DEFAULT_PORTS[scheme])
    if isinstance(where, TargetFault):
        return where
    path = (found[3] or "/") + (found[4] or "")
    if _climbs_out(path):
        return TargetFault.BAD_TARGET
    return RequestTarget(TargetForm.ABSOLUTE, scheme, *where, path)


def _climbs_out(path: str) -> bool:
    """Browsers read a backslash in a path as a slash, servers do not: two readings of one request."""
    return "\\" in path.partition("?")[0]


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True
