"""Links of style sheets rewritten, in files, style elements and ``style`` attributes; all other bytes stay."""

import re
from collections.abc import Callable, Mapping
from functools import cache

from apps.lockss.rewrite.css_tokens import CssTokens, CssUrl, meaning, source
from apps.lockss.rewrite.faults import HOLDING, too_long
from apps.lockss.rewrite.ports import LinkMap
from apps.lockss.rewrite.resolver import Resolver

# Charsets whose second bytes may look like ASCII, a backslash for one: their characters, read from the left.
_WIDE: Mapping[str, re.Pattern[bytes]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "gb18030": rb"[\x81-\xfe](?:[\x30-\x39][\x81-\xfe][\x30-\x39]|[\x40-\xfe])",
        "big5hkscs": rb"[\x81-\xfe][\x40-\xfe]",
        "cp932": rb"[\x81-\x9f\xe0-\xfc][\x40-\xfc]",
        "cp949": rb"[\x81-\xfe][\x41-\xfe]",
    }.items()
}
# In a masked text: what may be the beginning of a pair.
_FIRST_HALF = re.compile(r"[\x81-\xfe](?:[0-9][\x81-\xfe]?)?\Z")
_MASK = b"\x80"


class CssRewriter:
    """Bytes of a sheet in, bytes out; ``close`` gives the rest. RewriteError when a URL is too long to be held."""

    def __init__(self, url: str, links: LinkMap, charset: str = "utf-8") -> None:
        self._begin(Resolver(url, links, charset))

    @classmethod
    def inside(cls, resolver: Resolver) -> "CssRewriter":
        """Of a style element: with its page's links."""
        self = cls.__new__(cls)
        self._begin(resolver)
        return self

    def _begin(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self.tokens = CssTokens()
        self._held: list[bytes] = []
        self._size = 0
        self._wanted = 1

    def feed(self, data: bytes) -> bytes:
        self._held.append(data)
        self._size += len(data)
        return self._scanned(final=False) if self._size >= self._wanted else b""

    def close(self) -> bytes:
        return self._scanned(final=True)

    def _scanned(self, *, final: bool) -> bytes:
        data = b"".join(self._held)
        view, certain = self._view(data, final=final)
        done, urls = self.tokens.scan(view[:certain], final=final)
        out = edited(data, 0, done, urls, self._resolver) if urls else data[:done]
        rest = data[done:]
        if len(rest) > HOLDING:
            raise too_long("a URL of a style sheet")
        self._held, self._size = [rest], len(rest)
        # What is not whole is looked at again when there is twice as much: each byte is read a few times at most.
        self._wanted = min(2 * len(rest), HOLDING) + 1
        return out

    def _view(self, data: bytes, *, final: bool) -> tuple[str, int]:
        """One character for each byte, and how many are certain."""
        view = view_of(data, self._resolver.charset)
        half = None
        if not final and self._resolver.charset in _WIDE:
            half = _FIRST_HALF.search(view, max(0, len(view) - 3))
        return view, len(data) if half is None else half.start()


def view_of(data: bytes, charset: str) -> str:
    """One character for each byte, those of characters beyond ASCII made harmless."""
    wide = None if data.isascii() else _WIDE.get(charset)
    if wide is not None:
        data = wide.sub(lambda found: _masked(found[0], charset), data)
    return data.decode("latin-1")


@cache
def _masked(character: bytes, charset: str) -> bytes:
    try:
        character.decode(charset)
    except UnicodeDecodeError:
        # Of what is no character browsers keep the half that is ASCII.
        return _MASK + character[1:] if character[1] < 0x80 else _MASK * len(character)
    return _MASK * len(character)


def edited(
    data: bytes,
    at: int,
    end: int,
    urls: list[CssUrl],
    resolver: Resolver,
    also: Callable[[str], bytes] = str.encode,
) -> bytes:
    """``data[at:end]`` with its URLs replaced, ``also`` escaped for what is around; other bytes as they are."""
    out: list[bytes] = []
    for url in urls:
        raw = data[url.start : url.end]
        text = raw.decode("ascii") if raw.isascii() else raw.decode(resolver.charset, "replace")
        new = resolver.new(meaning(text), url.use)
        if new is not None:
            out += (data[at : url.start], also(source(new)))
            at = url.end
    out.append(data[at:end])
    return b"".join(out)
