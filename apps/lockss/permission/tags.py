"""Start tags of a page that streams by, as HTML5's tokenizer would see them; nothing else is built.

Comments, markup declarations, end tags and the text of script, style, title and their like hold no tags. A tag
longer than ``MAX_TAG`` characters is given up and reading goes on behind it, so that one page costs one pass.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from apps.lockss.permission.references import decoded

MAX_TAG = 65_536

# One attribute, or the blanks and slashes between two. Possessive: a tag is read once or not at all, and a
# quote that is still open at the end of what we have leaves no ``>`` to match, which means "wait".
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)"""
_ATTRIBUTE = rf"[^\s/>][^\s/>=]*+(?:\s*+=\s*+{_VALUE}?+)?+"
_OPENER = re.compile(r"<(?=[a-zA-Z!?/]|\Z)")
_START_TAG = re.compile(rf"<([a-zA-Z][^\s/>]*+)((?:[\s/]++|{_ATTRIBUTE})*+)>")
_ONE_ATTRIBUTE = re.compile(
    r"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+))?+)?+"""
)
_RAW_TEXT = frozenset(
    {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"}
)


@dataclass(frozen=True, slots=True)
class StartTag:
    """Lower-case name and attribute names; values with character references decoded; the first of a name wins."""

    name: str
    attributes: Mapping[str, str]
    offset: int


class _Mode(Enum):
    TEXT = auto()
    COMMENT = auto()
    MARKUP = auto()
    RAW = auto()


class TagScanner:
    """Feed text in pieces of any size; tags come out when their ``>`` has come in."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._buffer = ""
        self._start = 0
        self._mode = _Mode.TEXT
        self._raw_end: re.Pattern[str] | None = None

    def feed(self, text: str) -> Iterator[StartTag]:
        self._buffer += text
        at: int | None = 0
        last = 0
        while at is not None:
            last = at
            if self._mode is _Mode.TEXT:
                at, tag = self._text(at)
                if tag is not None:
                    yield tag
            else:
                at = self._skip(at)
            if at is not None and at >= len(self._buffer):
                last = at
                break
        # ``last`` is where the unfinished thing begins.
        self._start += last
        self._buffer = self._buffer[last:]
        self._trim()

    def _text(self, at: int) -> tuple[int | None, StartTag | None]:
        """The next place to read from (None: wait for more) and a tag that ended before it."""
        text = self._buffer
        opener = _OPENER.search(text, at)
        if opener is None:
            return len(text), None
        less = opener.start()
        following = text[less + 1 : less + 4]
        if not following or ("!--".startswith(following) and len(following) < 3):
            return (less, None) if less > at else (None, None)
        if following == "!--":
            self._mode = _Mode.COMMENT
            # From the dashes on: ``<!-->`` is a whole comment.
            return less + 2, None
        if following[0] in "!?/":
            self._mode = _Mode.MARKUP
            return less + 2, None
        match = _START_TAG.match(text, less)
        if match is not None:
            return match.end(), self._tag(match)
        if len(text) - less > MAX_TAG:
            return len(text), None
        return (less, None) if less > at else (None, None)

    def _tag(self, match: re.Match[str]) -> StartTag | None:
        name = match[1].lower()
        if name in _RAW_TEXT:
            self._mode = _Mode.RAW
            self._raw_end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
        if name not in self._wanted:
            return None
        attributes: dict[str, str] = {}
        for key, double, single, bare in _ONE_ATTRIBUTE.findall(match[2]):
            attributes.setdefault(key.lower(), decoded(double or single or bare))
        return StartTag(name, attributes, self._start + match.start())

    def _skip(self, at: int) -> int | None:
        if self._mode is _Mode.COMMENT:
            end = re.compile("--!?>").search(self._buffer, at)
            stop = None if end is None else end.end()
        elif self._mode is _Mode.MARKUP:
            place = self._buffer.find(">", at)
            stop = None if place < 0 else place + 1
        else:
            end = self._raw_end.search(self._buffer, at) if self._raw_end else None
            stop = None if end is None else end.start()
        if stop is not None:
            self._mode = _Mode.TEXT
        return stop

    def _trim(self) -> None:
        """In a comment or raw text only the last characters can belong to its end."""
        if self._mode is _Mode.TEXT:
            return
        keep = {_Mode.COMMENT: 3, _Mode.MARKUP: 0, _Mode.RAW: 12}[self._mode]
        if (drop := len(self._buffer) - keep) > 0:
            self._start += drop
            self._buffer = self._buffer[drop:]
