"""One document's links: from the text as it means to the text that takes its place."""

import re

import ada_url

from apps.lockss.errors import LocalError
from apps.lockss.rewrite.charset import closest
from apps.lockss.rewrite.faults import RewriteError, RewriteFault
from apps.lockss.rewrite.ports import LinkMap, Use
from apps.lockss.urls import UrlRefusalCode

# What browsers take off the ends of a link (WHATWG URL §4.4).
_ENDS = "".join(map(chr, range(33)))
_WEB = ("http://", "https://")
# Certainly below the page's folder: no scheme, no host, nothing that climbs, nothing that browsers take out.
_BELOW = re.compile(r"(?!.*(?:\.\.|%2[eE]))[A-Za-z0-9_~-][^:\s\\\0-\x1f]*")
_RELATIVE = re.compile(r"(?![a-zA-Z][a-zA-Z0-9+.-]*:)(?![/\\]{2})")
_BEYOND_ASCII = re.compile("[^\0-\x7f]+")
# Nothing in it that a browser's parser would change: such links are most, and are put together here.
_SIMPLE = re.compile(
    r"/?[A-Za-z0-9_~-][A-Za-z0-9_~.-]*+(?:/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*+)*+/?(?:\?[A-Za-z0-9_~./=&-]*+)?"
)
_MOST_KNOWN = 4_096
_LONGEST_KNOWN = 1_024


MOST_GROWN = 32 << 20
"""Bytes by which the links of one document may grow."""
LONGEST_FOLDER = 4_096
"""Characters of what stands before a relative link."""


class Known(dict[tuple[bytes, Use, str], bytes | None]):
    """Bounded: forgets everything when it is full, and never learns what is long."""

    def __setitem__(self, key: tuple[bytes, Use, str], value: bytes | None) -> None:
        if len(key[0]) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            super().__setitem__(key, value)


class Resolver:
    """``url``: what the document's links are relative to until a ``base`` says otherwise."""

    def __init__(self, url: str, links: LinkMap, charset: str) -> None:
        self.base = url
        self._root, self._folder = _beginnings(url)
        if not self._root:
            raise LocalError(UrlRefusalCode.UNASKABLE, f"page {url[:200]!r}: expected an http or https URL")
        self.links = links
        self.charset = closest(charset)
        self.grown = 0
        self.base_lost = False
        """A ``base`` was taken out, so that relative links lead nowhere as they stand."""
        self.sources: dict[tuple[bytes, Use, str], bytes | None] = Known()
        """What took the place of which bytes; for whoever rewrites, to be asked first."""

    def rebase(self, text: str, *, lost: bool) -> None:
        """A ``base`` was met: it holds for what follows. ``lost``: it does not stand in the output."""
        url = self.absolute(text)
        if url is not None:
            self.base = url
            self.base_lost = lost
            self.sources.clear()
            self._root, self._folder = _beginnings(url)

    def grow(self, by: int) -> None:
        """RewriteError once the links have grown by more than ``MOST_GROWN``: a long base and short links swell."""
        self.grown += by
        if self.grown > MOST_GROWN:
            raise RewriteError(RewriteFault.TOO_LONG, f"links would grow by more than {MOST_GROWN:,} bytes")

    def of_srcdoc(self) -> "Resolver":
        """For a document inside this one, whose links begin where this one's do."""
        inner = Resolver(self.base, self.links, "utf-8")
        inner.base_lost = self.base_lost
        inner.grown = self.grown
        return inner

    def absolute(self, text: str) -> str | None:
        """As a browser would ask for it; None for other schemes and for what is no URL."""
        if _SIMPLE.fullmatch(text) is not None:
            return (self._root if text[0] == "/" else self._folder) + text
        try:
            url: str = ada_url.join_url(self.base, text)
        except (ValueError, UnicodeError):
            return None
        return url if url.startswith(_WEB) else None

    def new(self, text: str, use: Use) -> str | None:
        """What stands for a link from now on; None where it stays as it is."""
        link = text.strip(_ENDS)
        # A fragment leads into this page; ``data:`` may be long.
        if not link or link[0] == "#" or link[:5].lower() == "data:":
            return None
        links = self.links
        if links.relative_stays and not self.base_lost and _BELOW.fullmatch(link) is not None:
            return None
        if links.is_own(link):
            return None
        url = self.absolute(link)
        if url is None:
            return None
        new = links.link(url, use)
        if new is None and self.base_lost and _RELATIVE.match(link) is not None:
            new = url
        if new is None or new == text:
            return None
        self.grow(len(new) - len(text))
        return new

    def in_query_charset(self, text: str) -> str:
        """A link of an HTML page: its query goes out in the page's charset, not in UTF-8 (WHATWG URL §4.4)."""
        if text.isascii() or self.charset == "utf-8":
            return text
        path, mark, rest = text.partition("?")
        query, sign, fragment = rest.partition("#")
        query = _BEYOND_ASCII.sub(lambda run: _percent(run[0], self.charset), query)
        return path + mark + query + sign + fragment


def _percent(run: str, charset: str) -> str:
    return "".join(f"%{byte:02X}" for byte in run.encode(charset, "xmlcharrefreplace"))


def _beginnings(base: str) -> tuple[str, str]:
    """What stands before a link from the root, and before one from the page's folder."""
    try:
        path = ada_url.URL(base).href.partition("#")[0].partition("?")[0]
    except ValueError:
        path = ""
    if not path.startswith(_WEB):
        return "", ""
    root = path.find("/", len("https://"))
    if path.rfind("/") > LONGEST_FOLDER:
        raise RewriteError(RewriteFault.TOO_LONG, f"a base URL has more than {LONGEST_FOLDER:,} characters")
    return path[:root], path[: path.rfind("/") + 1]
