"""URL stems compared as parsed values, never as text: scheme, host, port (rulings §2, "open proxy", "open redirect").

``http://pub.example.evil.net/`` begins like ``http://pub.example`` and is another host; ``http://pub.example@evil.net/``
names a user. So both sides are parsed as browsers do (WHATWG URL) and compared part by part. What browsers silently
mend (blanks, line ends, backslashes, missing slashes) is refused here: whoever forwards it may mend it otherwise.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import ada_url

from apps.lockss.fetch import DEFAULT_PORTS
from apps.lockss.urls import MAX_NAME

_BEGINNING = re.compile(r"(?:https?)://([^/?#]+)", re.IGNORECASE | re.ASCII)
_MENDED = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@]+):([0-9]{1,5})", re.ASCII)


class StemFault(StrEnum):
    """Why a URL has no stem."""

    NOT_HTTP = "not-http"
    USER_INFO = "user-info"
    FORBIDDEN_SIGN = "forbidden-sign"
    BAD_URL = "bad-url"
    BAD_PORT = "bad-port"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class Stem:
    """``scheme`` http or https; ``host`` an A-label or address in lower case without final dot, IPv6 in brackets."""

    scheme: str
    host: str
    port: int

    @property
    def text(self) -> str:
        """As a browser writes it, without a slash at the end."""
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def stem_of(url: str) -> Stem | StemFault:
    """The stem of an absolute URL, or what is wrong with it."""
    parsed = _parsed(url)
    return parsed if isinstance(parsed, StemFault) else parsed[0]


def tunnel_stem(authority: str) -> Stem | StemFault:
    """The stem that a CONNECT request names as ``host:port``; only port 443 is a web server's."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return StemFault.USER_INFO if "@" in authority else StemFault.BAD_URL
    if int(found[2]) != DEFAULT_PORTS["https"]:
        return StemFault.BAD_PORT
    return stem_of(f"https://{authority}/")


def is_held(url: str, stems: Collection[Stem]) -> bool:
    """Whether the URL lies on one of these stems."""
    found = stem_of(url)
    return not isinstance(found, StemFault) and found in stems


def location(url: str, stems: Collection[Stem]) -> str | None:
    """A URL as it may stand in ``Location`` or in a link: on a held stem, and written anew from its parsed form.

    None for every other URL, and for a path that begins with two slashes. The fragment is dropped.
    """
    parsed = _parsed(url)
    if isinstance(parsed, StemFault):
        return None
    stem, rest = parsed
    return None if stem not in stems or rest.startswith("//") else stem.text + rest


def _parsed(url: str) -> tuple[Stem, str] | StemFault:
    """Stem, and path with query in ASCII."""
    if len(url) > MAX_NAME:
        return StemFault.TOO_LONG
    if _MENDED.search(url) is not None:
        return StemFault.FORBIDDEN_SIGN
    beginning = _BEGINNING.match(url)
    if beginning is None:
        return StemFault.NOT_HTTP
    if "@" in beginning[1]:
        return StemFault.USER_INFO
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return StemFault.BAD_URL
    scheme = parsed.protocol.removesuffix(":")
    host = parsed.hostname.removesuffix(".")
    port = int(parsed.port) if parsed.port else DEFAULT_PORTS.get(scheme, 0)
    if port == 0:
        return StemFault.BAD_PORT
    if not all(host.split(".")):
        return StemFault.BAD_URL
    rest = parsed.href.removeprefix(f"{parsed.protocol}//{parsed.host}").partition("#")[0]
    return Stem(scheme, host, port), rest
