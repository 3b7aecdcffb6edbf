"""How a URL stands in an address of the content host, so that browsers and servers bring it through unchanged. Pure.

As it is, wherever nobody on the way would touch it: relative links of the page then lead to its neighbours.
``~`` and the URL with every other byte as ``~XX``: what browsers would rewrite (dot segments, blanks, ``#``, …).
``@`` and the SHA-256 of the URL: what is longer than addresses may be.
"""

import hashlib
import re
from dataclasses import dataclass

LONGEST = 7_000
"""Bytes of an address that every server and proxy on the way takes (common limits are 8 KiB a line)."""
ESCAPED, DIGEST = "~", "@"

# What browsers send as it stands in a path and in a query (WHATWG URL), servers too.
_UNTOUCHED = "A-Za-z0-9._~%:/?&=+,;@!$()*\\[\\]-"
_AS_IT_IS = re.compile(rf"[a-z][a-z0-9+.-]*:[{_UNTOUCHED}]*", re.ASCII)
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_UNPLAIN = re.compile(rb"[^A-Za-z0-9._:/?&=+,;@!$()*\[\]%-]")
_ONLY_DOTS = re.compile(rb"(?<=/)(?:\.|%2[eE]){1,2}(?=/|\Z)")
_ESCAPE = re.compile(rb"~([0-9A-F]{2})")
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Named:
    """A URL by its text, or where the address is too short for it by the hex of its SHA-256."""

    url: str = ""
    digest: str = ""


def digest_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def spell(url: str) -> str:
    """``url`` as the last part of an address. A text that UTF-8 cannot spell is no URL: UnicodeEncodeError."""
    if len(url) <= LONGEST and _stays(url):
        return url
    escaped = ESCAPED + _escaped(url.encode()).decode("ascii") if len(url) <= LONGEST else ""
    return escaped if 0 < len(escaped) <= LONGEST else DIGEST + digest_of(url)


def read(text: str) -> Named | None:
    """The URL that stands as ``text``, query included; None where no URL is spelt so.

    Links resolved by a browser are read too: what ``spell`` would have escaped comes as it was sent.
    """
    if text.startswith(DIGEST):
        digest = text[1:]
        return Named(digest=digest) if _HEX.fullmatch(digest) else None
    if text.startswith(ESCAPED):
        try:
            raw = text[1:].encode("latin-1")
            url = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), raw).decode()
        except UnicodeError:
            return None
        return Named(url) if url else None
    return Named(text) if text and text.isascii() else None


def _stays(url: str) -> bool:
    if not _AS_IT_IS.fullmatch(url):
        return False
    path, mark, query = url.partition("?")
    # A question mark at the very end is lost on the way.
    return not (mark and not query) and _DOTS.search(path) is None


def _escaped(raw: bytes) -> bytes:
    path, mark, query = raw.partition(b"?")
    path = _ONLY_DOTS.sub(lambda found: _each(found[0]), _bytewise(path))
    if query:
        return path + b"?" + _bytewise(query)
    return path + (b"~3F" if mark else b"")


def _bytewise(raw: bytes) -> bytes:
    return _UNPLAIN.sub(lambda found: _each(found[0]), raw)


def _each(raw: bytes) -> bytes:
    return b"".join(b"~%02X" % byte for byte in raw)
