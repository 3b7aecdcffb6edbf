"""The statements a publisher's page must hold, found while the text streams by (permissions §1, §2).

The texts are constants of the deployed network: not a comma may differ. Between two words stands one gap: any
run of characters up to U+0020, U+007F, U+00A0, or the literal ``<br>`` and ``&nbsp;``. Nothing else is
forgiven: no other markup, no entity, no punctuation. Letters match without regard to case in ASCII only.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from enum import StrEnum


class Checker(StrEnum):
    """What can recognise a grant; the value stands in the evidence."""

    STATEMENT = "statement"
    OPEN_ACCESS_STATEMENT = "open-access-statement"
    OJS_STATEMENT = "ojs-statement"
    CC_LINK = "creative-commons-link"
    CC_RDF = "creative-commons-rdf"


LOCKSS_STATEMENTS: Mapping[Checker, str] = {
    Checker.STATEMENT: ("LOCKSS system has permission to collect, preserve, and serve this Archival Unit"),
    Checker.OPEN_ACCESS_STATEMENT: (
        "LOCKSS system has permission to collect, preserve, and serve this open access Archival Unit"
    ),
    Checker.OJS_STATEMENT: (
        "This journal utilizes the LOCKSS system to create a distributed archiving system among participating "
        "libraries and permits those libraries to create permanent archives of the journal for purposes of "
        "preservation and restoration"
    ),
}
CLOCKSS_STATEMENTS: Mapping[Checker, str] = {
    Checker.STATEMENT: ("CLOCKSS system has permission to ingest, preserve, and serve this Archival Unit"),
    Checker.OPEN_ACCESS_STATEMENT: (
        "CLOCKSS system has permission to ingest, preserve, and serve this open access Archival Unit"
    ),
}

_GAP = re.compile(r"(?:<br>|&nbsp;|[\x00-\x20\x7f\xa0])+", re.IGNORECASE | re.ASCII)
# What might become a gap with the next piece of text.
_OPEN_END = re.compile(r"(?:<(?:br?)?|&(?:n(?:b(?:sp?)?)?)?)\Z", re.IGNORECASE | re.ASCII)
_MARKUP = re.compile(r"<[^<>]{0,500}>|&[#a-zA-Z0-9]{1,12};|[,.;:]")


class Squeezer:
    """Text in, the same text with every gap as one space out; any split of the input gives the same whole."""

    def __init__(self) -> None:
        self._held = ""
        self._in_gap = False
        self._raw = 0
        self._out = 0
        # (position in the output, position in the input) from which on both run in step.
        self._marks: list[tuple[int, int]] = [(0, 0)]

    def feed(self, text: str, *, final: bool = False) -> str:
        text = self._held + text
        self._held = ""
        if not final and (tail := _OPEN_END.search(text)) is not None:
            self._held = tail[0]
            text = text[: tail.start()]
        pieces: list[str] = []
        at = 0
        for gap in _GAP.finditer(text):
            if gap.start() > at:
                self._take(pieces, text[at : gap.start()])
            if not self._in_gap:
                pieces.append(" ")
                self._out += 1
            self._raw += gap.end() - gap.start()
            self._marks.append((self._out, self._raw))
            self._in_gap = True
            at = gap.end()
        if at < len(text):
            self._take(pieces, text[at:])
        return "".join(pieces)

    def _take(self, pieces: list[str], words: str) -> None:
        pieces.append(words)
        self._out += len(words)
        self._raw += len(words)
        self._in_gap = False

    def source_offset(self, position: int) -> int:
        """Where in the input the output's character at ``position`` began."""
        out, raw = self._marks[bisect_right(self._marks, (position, self._raw)) - 1]
        return raw + position - out

    def forget_before(self, position: int) -> None:
        """No offset before this output position will be asked again."""
        keep = bisect_right(self._marks, (position, self._raw)) - 1
        del self._marks[: max(keep, 0)]


class StatementScanner:
    """Finds the first place of each statement; ``found`` maps a checker to the offset in the text fed."""

    def __init__(self, statements: Mapping[Checker, str]) -> None:
        self._wanted = {
            checker: re.compile(re.escape(text), re.IGNORECASE | re.ASCII)
            for checker, text in statements.items()
        }
        self._overlap = max((len(text) for text in statements.values()), default=1) - 1
        self._squeezer = Squeezer()
        self._tail = ""
        self._seen = 0
        self.found: dict[Checker, int] = {}

    def feed(self, text: str) -> None:
        self._search(self._squeezer.feed(text))

    def close(self) -> None:
        self._search(self._squeezer.feed("", final=True))

    def _search(self, squeezed: str) -> None:
        window = self._tail + squeezed
        start = self._seen - len(self._tail)
        for checker, pattern in self._wanted.items():
            if checker not in self.found and (match := pattern.search(window)) is not None:
                self.found[checker] = self._squeezer.source_offset(start + match.start())
        self._seen += len(squeezed)
        self._tail = window[-self._overlap :] if self._overlap else ""
        self._squeezer.forget_before(self._seen - len(self._tail))


def near_miss(text: str, statements: Mapping[Checker, str]) -> Checker | None:
    """The statement that would stand in the text if markup, entities and punctuation did not count.

    For the refusal's wording only: it tells a publisher that the sentence is there and what breaks it.
    """
    bare = " ".join(_MARKUP.sub(" ", text).split()).lower()
    for checker, statement in statements.items():
        if " ".join(_MARKUP.sub(" ", statement).split()).lower() in bare:
            return checker
    return None
