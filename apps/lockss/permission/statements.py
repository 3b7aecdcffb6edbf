"""The statements a publisher's page must hold, found while the text streams by (permissions §1, §2).

The texts are constants of the deployed network: not a comma may differ. Between two words stands one gap: any
run of characters up to U+0020, U+007F, U+00A0, or the literal ``<br>`` and ``&nbsp;``. Nothing else is
forgiven: no other markup, no entity, no punctuation. Letters match without regard to case in ASCII only.
"""

import re
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar


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
_OPEN_ROOM = len("&nbsp;")
_MARKUP = re.compile(r"<[^<>]{0,500}>|&[#a-zA-Z0-9]{1,12};|[,.;:]")


def squeezed(text: str) -> str:
    """A whole text with every gap as one space."""
    return _GAP.sub(" ", text)


class Squeezer:
    """Text in, the same text with every gap as one space out; any split of the input gives the same whole."""

    def __init__(self) -> None:
        self._held = ""
        self._in_gap = False
        self._raw = 0
        self._out = 0
        # Pieces whose offsets may still be asked for: place in the output, place in the input, the input itself.
        self._pieces: deque[tuple[int, int, str]] = deque()

    def feed(self, text: str, *, final: bool = False) -> str:
        text = self._held + text
        self._held = ""
        if not final and (tail := _OPEN_END.search(text, max(0, len(text) - _OPEN_ROOM))) is not None:
            self._held = tail[0]
            text = text[: tail.start()]
        if self._in_gap and (lead := _GAP.match(text)) is not None:
            self._raw += lead.end()
            text = text[lead.end() :]
        if not text:
            return ""
        squeezed = _GAP.sub(" ", text)
        self._pieces.append((self._out, self._raw, text))
        self._in_gap = squeezed.endswith(" ")
        self._raw += len(text)
        self._out += len(squeezed)
        return squeezed

    def source_offset(self, position: int) -> int:
        """Where in the input the output's character at ``position`` began; not before what was forgotten."""
        out, raw, text = next(piece for piece in reversed(self._pieces) if piece[0] <= position)
        at = 0
        for gap in _GAP.finditer(text):
            if out + gap.start() - at >= position:
                break
            out += gap.start() - at + 1
            at = gap.end()
        return raw + at + position - out

    def forget_before(self, position: int) -> None:
        """No offset before this output position will be asked again."""
        while len(self._pieces) > 1 and self._pieces[1][0] <= position:
            self._pieces.popleft()


_Key = TypeVar("_Key")


class StatementScanner(Generic[_Key]):
    """Finds the first place of each statement; ``found`` maps its key to the offset in the text fed."""

    def __init__(self, statements: Mapping[_Key, str]) -> None:
        self._wanted = {
            key: (text.lower(), re.compile(re.escape(text), re.IGNORECASE | re.ASCII))
            for key, text in statements.items()
        }
        self._overlap = max((len(text) for text in statements.values()), default=1) - 1
        self._squeezer = Squeezer()
        self._tail = ""
        self._seen = 0
        self.found: dict[_Key, int] = {}

    def feed(self, text: str) -> None:
        self._search(self._squeezer.feed(text))

    def close(self) -> None:
        self._search(self._squeezer.feed("", final=True))

    def _search(self, squeezed: str) -> None:
        window = self._tail + squeezed
        start = self._seen - len(self._tail)
        # Beyond ASCII lower() may change lengths and fold signs that are no letters of ours.
        lower = window.lower() if window.isascii() else None
        for key, (plain, pattern) in self._wanted.items():
            if key in self.found:
                continue
            if lower is not None:
                place = lower.find(plain)
            else:
                place = -1 if (match := pattern.search(window)) is None else match.start()
            if place >= 0:
                self.found[key] = self._squeezer.source_offset(start + place)
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
