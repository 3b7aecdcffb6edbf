"""A start tag's attributes, and how new values get into their places."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from apps.lockss.rewrite.css import edited, view_of
from apps.lockss.rewrite.css_tokens import CssTokens, meaning, source
from apps.lockss.rewrite.faults import RewriteError, RewriteFault
from apps.lockss.rewrite.markup import ATTRIBUTE
from apps.lockss.rewrite.ports import Use
from apps.lockss.rewrite.references import attribute_source, attribute_text
from apps.lockss.rewrite.resolver import Resolver
from apps.lockss.rewrite.values import Span

MOST_ATTRIBUTES = 5_000
"""In one tag: what is known of each takes more room than its text."""

_SMALL = 2 * MOST_ATTRIBUTES
_GONE = b"_"
_BLANKS = b"\t\n\f\r "
_EQUALS = re.compile(rb"[\t\n\f\r ]*+=")
# By the group of ``ATTRIBUTE`` that holds the value.
_QUOTES = ("", "", '"', "'", "")

Attribute = re.Match[bytes]


class Tag:
    """``found``: ``TAG``'s match. ``edits``: (start, end, new bytes) in the order of the tag's text."""

    __slots__ = ("_firsts", "attributes", "edits", "name", "text")

    def __init__(self, name: bytes, found: re.Match[bytes]) -> None:
        self.name = name
        self.text = found[0]
        self.edits: list[tuple[int, int, bytes]] = []
        self._firsts: dict[bytes, bytes] | None = None
        start = found.start(2) - found.start()
        if len(self.text) > _SMALL and sum(1 for _ in ATTRIBUTE.finditer(self.text, start)) > MOST_ATTRIBUTES:
            raise RewriteError(RewriteFault.TOO_LONG, f"a tag has more than {MOST_ATTRIBUTES:,} attributes")
        self.attributes: list[Attribute] = list(ATTRIBUTE.finditer(self.text, start))

    def first(self, name: bytes) -> bytes:
        """The value that holds where an attribute comes twice; empty for none."""
        if self._firsts is None:
            self._firsts = {}
            for attribute in self.attributes:
                self._firsts.setdefault(attribute[1].lower(), value_of(attribute))
        return self._firsts.get(name, b"")

    def put(self, attribute: Attribute, new: bytes) -> None:
        self.edits.append((*attribute.span(attribute.lastindex or 1), new))

    def drop(self, attribute: Attribute) -> None:
        """Out, but so that what stands around it means what it meant: ``<g/ping>`` closes nothing."""
        start, end = attribute.span()
        apart = self.text[start - 1] in _BLANKS and _EQUALS.match(self.text, end) is None
        self.edits.append((start, end, b"" if apart else _GONE))

    def edited(self) -> bytes | None:
        """None where nothing has changed."""
        edits, text = self.edits, self.text
        if not edits:
            return None
        if len(edits) == 1:
            start, end, new = edits[0]
            return text[:start] + new + text[end:]
        out: list[bytes] = []
        at = 0
        for start, end, new in edits:
            out += (text[at:start], new)
            at = end
        out.append(text[at:])
        return b"".join(out)


class Values:
    """New values for the links of one document."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def text(self, raw: bytes) -> str:
        """What a value means."""
        return attribute_text(raw.decode(self._resolver.charset, "replace"))

    def one(self, attribute: Attribute, use: Use, tag: Tag) -> None:
        index = attribute.lastindex or 1
        if index == 1:
            return
        new = self.link(attribute[index], use, _QUOTES[index])
        if new is not None:
            tag.edits.append((*attribute.span(index), new))

    def link(self, raw: bytes, use: Use, quote: str) -> bytes | None:
        """What takes the place of a link's bytes; None where they stay."""
        known = self._resolver.sources
        key = (raw, use, quote)
        try:
            new = known[key]
        except KeyError:
            new = known[key] = self._source(raw, use, quote)
        else:
            if new is not None:
                self._resolver.grow(len(new) - len(raw))
        return new

    def _source(self, raw: bytes, use: Use, quote: str) -> bytes | None:
        resolver = self._resolver
        text = raw.decode("ascii") if raw.isascii() else raw.decode(resolver.charset, "replace")
        if "&" in text or "\0" in text:
            text = attribute_text(text)
        new = resolver.new(text if text.isascii() else resolver.in_query_charset(text), use)
        return None if new is None or new == text else attribute_source(new, quote)

    def several(
        self,
        attribute: Attribute,
        spans: Callable[[str], Iterator[Span]],
        use: Use,
        tag: Tag,
        *,
        forbidden: str = "",
    ) -> None:
        text = self.text(value_of(attribute))
        out: list[str] = []
        at = 0
        for start, end in spans(text):
            link = text[start:end]
            new = self._resolver.new(self._resolver.in_query_charset(link), use)
            if new is not None and new != link:
                for sign in forbidden:
                    new = new.replace(sign, f"%{ord(sign):02X}")
                out += (text[at:start], new)
                at = end
        if out:
            out.append(text[at:])
            tag.put(attribute, attribute_source("".join(out), quote_of(attribute), self._resolver.charset))

    def css(self, attribute: Attribute, tag: Tag) -> None:
        raw = value_of(attribute)
        if b"(" not in raw and b"&" not in raw:
            return
        resolver = self._resolver
        if b"&" not in raw and b"\0" not in raw:
            _, urls = CssTokens().scan(view_of(raw, resolver.charset), final=True)
            new = edited(
                raw, 0, len(raw), urls, resolver, partial(attribute_source, quote=quote_of(attribute))
            )
            if new != raw:
                tag.put(attribute, new)
            return
        text = self.text(raw)
        out: list[str] = []
        at = 0
        for url in CssTokens().scan(text, final=True)[1]:
            link = resolver.new(meaning(text[url.start : url.end]), url.use)
            if link is not None:
                out += (text[at : url.start], source(link))
                at = url.end
        if out:
            out.append(text[at:])
            tag.put(attribute, attribute_source("".join(out), quote_of(attribute), resolver.charset))


def value_of(attribute: Attribute) -> bytes:
    index = attribute.lastindex or 1
    return attribute[index] if index > 1 else b""


def quote_of(attribute: Attribute) -> str:
    return _QUOTES[attribute.lastindex or 1]
