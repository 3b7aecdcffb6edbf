"""Where links stand in attribute values that hold more than one link, or more than a link."""

import re
from collections.abc import Iterator

_CANDIDATE = re.compile(r"[\s,]*+(\S++)")
_DESCRIPTORS = re.compile(r"(?:[^,(]++|\([^)]*+\)?)*+")
_REFRESH = re.compile(
    r"\s*+(?:[0-9]++[0-9.]*+|\.[0-9.]*+)(?=[;,\s])\s*+[;,]?\s*+(?:url\s*+=\s*+)?+([\"']?)", re.IGNORECASE
)
_WORD = re.compile(r"[^\s,]++")

Span = tuple[int, int]


def srcset_spans(text: str) -> Iterator[Span]:
    """The URLs of ``srcset``'s candidates (WHATWG HTML §4.8.4.2.2): they may hold commas, but not at their ends."""
    at = 0
    while (found := _CANDIDATE.match(text, at)) is not None:
        start, end = found.span(1)
        url = found[1].rstrip(",")
        if url:
            yield start, start + len(url)
        at = end
        if len(url) == end - start and (rest := _DESCRIPTORS.match(text, end)) is not None:
            at = rest.end()


def refresh_span(text: str) -> Iterator[Span]:
    """The URL of a ``refresh`` (WHATWG HTML §4.2.5.3), if it has one."""
    found = _REFRESH.match(text)
    if found is None:
        return
    end = text.find(found[1], found.end()) if found[1] else -1
    end = len(text) if end < 0 else end
    if end > found.end():
        yield found.end(), end


def word_spans(text: str) -> Iterator[Span]:
    """Items between blanks or commas."""
    return (found.span() for found in _WORD.finditer(text))


def item_spans(text: str) -> Iterator[Span]:
    """Items between semicolons, without the blanks around them."""
    at = 0
    for item in text.split(";"):
        bare = item.strip()
        if bare:
            start = at + len(item) - len(item.lstrip())
            yield start, start + len(bare)
        at += len(item) + 1
