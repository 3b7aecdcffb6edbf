"""Bounds against sites without an end (collecting §5): depth, URLs per AU, and paths that repeat themselves.

What is cut is told with the rule that cut it. Numbers never count as repetition, nor do the AU's own values: a
volume 1, issue 1, article 1 is ``/1/1/1``, and a journal ``abc`` may well live under ``/abc/abc``.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.lockss.frontier.outcome import UrlReason

_NUMBERING = re.compile(
    r"[0-9]+(?:[-._][0-9]+)*|(?=.)m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TrapLimits:
    """``repeats``: how often one path part may stand in a URL; ``urls``: per AU; ``depth``: links from a start."""

    depth: int = 1_000
    urls: int = 5_000_000
    repeats: int = 4
    own_parts: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(
        cls,
        own_values: Iterable[str],
        start_urls: Iterable[str],
        *,
        depth: int = 1_000,
        urls: int = 5_000_000,
        repeats: int = 4,
    ) -> "TrapLimits":
        """Limits that know an AU's numbering: its parameters' values and the parts of its start URLs."""
        own = {part.lower() for text in (*own_values, *start_urls) for part in path_parts(text)}
        return cls(depth, urls, repeats, frozenset(own | {value.lower() for value in own_values}))

    def depth_or_path(self, url: str, depth: int) -> UrlReason | None:
        """The rule that cuts this URL, apart from the number of URLs."""
        if depth > self.depth:
            return UrlReason.TOO_DEEP
        if self._repeats(url):
            return UrlReason.REPEATED_PARTS
        return None

    def _repeats(self, url: str) -> bool:
        parts = [part.lower() for part in path_parts(url)]
        if len(parts) <= self.repeats:
            return False
        counts = Counter(
            part for part in parts if part not in self.own_parts and _NUMBERING.fullmatch(part) is None
        )
        return any(count > self.repeats for count in counts.values())


def path_parts(url: str) -> list[str]:
    """The non-empty parts of a URL's path, without host and query; a text that is no URL is one path."""
    rest = url.split("#", 1)[0].split("?", 1)[0]
    scheme, colon, behind = rest.partition("://")
    if colon and "/" not in scheme:
        rest = behind.partition("/")[2]
    return [part for part in rest.split("/") if part]
