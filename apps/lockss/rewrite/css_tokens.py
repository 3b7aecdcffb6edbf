"""Where URLs stand in a style sheet that comes in pieces (CSS Syntax §4, CSS Images §2.4).

Only what decides about URLs is told apart: comments, strings, names with their escapes, ``url(``, ``image-set(``,
``@import``. Everything else is passed over at the speed of the pattern matcher.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from apps.lockss.rewrite.faults import HOLDING, too_long
from apps.lockss.rewrite.ports import Use

_NAME = r"A-Za-z0-9_\-\0\x80-\U0010ffff"
_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F])"
_BLANK = r"[ \t\n\r\f]"
# A hash's name and the end of a comment for old browsers are no names of functions.
_PLAIN = rf"[^{_NAME}\"'/\\@()#<]++|/(?=[^*])|#(?![{_NAME}\\])"
_SKIP_IN_SET = re.compile(rf"(?:{_PLAIN}|#?[{_NAME}]++(?![{_NAME}(\\]))*+")
# Outside image-set(…) no parenthesis counts, and no string that ends.
_SKIP = re.compile(
    rf"(?:{_PLAIN}|[()]|(?!(?i:url|src|(?:-webkit-)?image-set)\()#?[{_NAME}]++(?!\\)\(?+"
    r"|\"[^\"\\\n\r\f]*+\"|'[^'\\\n\r\f]*+'|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/)*+"
)
_BLANKS = re.compile(rf"{_BLANK}*+")
_WORD = re.compile(rf"[@#]?(?:[{_NAME}]++|{_ESCAPE})*+")
_LATER_WORD = re.compile(rf"(?:[{_NAME}]++|{_ESCAPE})*+")
_OF_WORD = re.compile(rf"[{_NAME}]")
_OLD_COMMENT = "<!--"
_NAME_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\s\S]))")
_IN_STRING = {
    quote: re.compile(rf"(?:[^{quote}\\\n\r\f]++|\\(?:\r\n|\r(?=[^\n])|[^\r]))*+") for quote in ('"', "'")
}
# No blanks, quotes, parentheses or unprintable characters: with any of them it is no URL at all.
_IN_URL = re.compile(rf"(?:[^\s\"'()\\\x01-\x1f\x7f]++|{_ESCAPE})*+")
# A whole url(…) with nothing odd in it: the short way for what most of them look like.
_USUAL = re.compile(
    rf"[uU][rR][lL]\({_BLANK}*+(?:\"([^\"\\\n\r\f]{{0,4000}}+)\"|'([^'\\\n\r\f]{{0,4000}}+)'"
    rf"|([^\s\"'()\\\x01-\x1f\x7f]{{0,4000}}+)){_BLANK}*+\)"
)
_USUAL_QUOTES = ("", '"', "'", "")
_TO_PARENTHESIS = re.compile(r"(?:[^)\\]++|\\[\s\S])*+")
_MOST_CODE_POINT = 0x10FFFF
# No name that matters has more characters, even with each of them escaped; and what an escape may have.
_LONG_WORD = 512
_LONG_ESCAPE = 8
_URL_FUNCTIONS = frozenset({"url", "src"})
_SETS = frozenset({"image-set", "-webkit-image-set"})


class CssUrl(NamedTuple):
    """A URL's place in the text that was scanned; ``quote`` is "" where it stands bare in ``url(…)``."""

    start: int
    end: int
    quote: str
    use: Use


class _Mode(Enum):
    TEXT = auto()
    COMMENT = auto()
    STRING = auto()
    WORD = auto()
    REST_OF_URL = auto()


def meaning(source: str) -> str:
    """A string or URL with its escapes undone; a NUL is U+FFFD."""
    source = source.replace("\0", "\ufffd")
    return _NAME_ESCAPE.sub(_unescaped, source) if "\\" in source else source


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        # A line end behind a backslash joins the lines.
        return "" if found[2] in {"\n", "\r", "\f", "\r\n"} else found[2]
    number = int(found[1], 16)
    wrong = number == 0 or number > _MOST_CODE_POINT or 0xD800 <= number <= 0xDFFF
    return "\ufffd" if wrong else chr(number)


_WANT_ESCAPE = re.compile(r"[\"'()\\<]|[^!-~]")


def source(value: str) -> str:
    """``value`` so that it neither ends its string or ``url(…)`` nor the style element around it."""
    return _WANT_ESCAPE.sub(lambda found: f"\\{ord(found[0]):x} ", value)


class CssTokens:
    """``scan`` a text again and again, each time from where the last scan said that it needs more."""

    def __init__(self) -> None:
        self._mode = _Mode.TEXT
        self._quote = '"'
        # What the next string would be, if it is the very next token.
        self._expected: Use | None = None
        # Parentheses open inside image-set(…), and the depth at which one holds a media type.
        self._depth = 0
        self._typed = 0
        self.scanned = 0

    def scan(self, text: str, *, final: bool) -> tuple[int, list[CssUrl]]:
        """How much of ``text`` is done with, and the URLs in it."""
        urls: list[CssUrl] = []
        at = 0
        size = len(text)
        while at < size:
            if self._mode is _Mode.TEXT:
                there, url = self._text(text, at, final=final)
                if url is not None:
                    urls.append(url)
            else:
                there = self._skipped(text, at, final=final)
            if there < 0:
                self.scanned += size - at
                break
            self.scanned += there - at
            at = there
        return at, urls

    def _text(self, text: str, at: int, *, final: bool) -> tuple[int, CssUrl | None]:
        """The place behind the next thing, -1 where more is needed; and a URL if it is one."""
        begin = _BLANKS.match(text, at).end() if self._expected else at  # type: ignore[union-attr]
        skip = _SKIP_IN_SET if self._depth else _SKIP
        found = skip.match(text, begin) if self._expected is None else None
        there = begin if found is None else found.end()
        if there == len(text):
            if final:
                return there, None
            there = self._before_word(text, at)
            return there if there > at else -1, None
        if there > at:
            return there, None
        if not self._depth and self._expected is None:
            usual = _USUAL.match(text, there)
            if usual is not None:
                kind = usual.lastindex or 0
                return usual.end(), CssUrl(*usual.span(kind), _USUAL_QUOTES[kind], Use.OTHER)
        sign = text[there]
        if sign in "\"'":
            return self._string(text, there, final=final)
        if sign == "/" and (there + 1 == len(text) or text[there + 1] == "*"):
            if there + 1 == len(text) and not final:
                return -1, None
            self._mode = _Mode.COMMENT
            return min(there + 2, len(text)), None
        if sign in "()":
            self._parenthesis(sign)
            return there + 1, None
        if sign == "<":
            start = text[there : there + len(_OLD_COMMENT)]
            if not final and len(start) < len(_OLD_COMMENT) and _OLD_COMMENT.startswith(start):
                return -1, None
            self._expected = None
            return there + (len(_OLD_COMMENT) if start == _OLD_COMMENT else 1), None
        return self._word(text, there, final=final)

    def _before_word(self, text: str, at: int) -> int:
        """Where the name begins that may go on in the next piece; the very end if it is too long to matter."""
        there = len(text)
        while there > at and _OF_WORD.match(text, there - 1) is not None:
            there -= 1
            if len(text) - there > _LONG_WORD:
                self._mode = _Mode.WORD
                return len(text)
        return there - (there > at and text[there - 1] == "#")

    def _parenthesis(self, sign: str) -> None:
        self._expected = None
        if self._depth:
            self._depth += 1 if sign == "(" else -1
            if self._depth <= self._typed:
                self._typed = 0

    def _string(self, text: str, at: int, *, final: bool) -> tuple[int, CssUrl | None]:
        quote = text[at]
        use = self._expected
        if use is None and self._depth and not self._typed:
            use = Use.IMAGE
        self._expected = None
        if use is None or text[at + 1 : at + 6].lower() == "data:":
            self._mode, self._quote = _Mode.STRING, quote
            return at + 1, None
        body = _IN_STRING[quote].match(text, at + 1)
        end = at + 1 if body is None else body.end()
        if end == len(text) or text[end] == "\\":
            if not final:
                self._expected = use
                return -1, None
            # An open string at the very end holds all the same.
            end = len(text)
        if end - at > HOLDING:
            raise too_long("a URL of a style sheet")
        if end < len(text) and text[end] != quote:
            return end, None
        return min(end + 1, len(text)), CssUrl(at + 1, end, quote, use)

    def _word(self, text: str, at: int, *, final: bool) -> tuple[int, CssUrl | None]:
        found = _WORD.match(text, at)
        end = at if found is None else found.end()
        if not final and (end == len(text) or (text[end] == "\\" and end + 1 == len(text))):
            if end - at <= _LONG_WORD:
                return -1, None
            escape = text.rfind("\\", end - _LONG_ESCAPE, end)
            self._mode, self._expected = _Mode.WORD, None
            return end if escape < 0 else escape, None
        name = meaning(text[at : min(end, at + _LONG_WORD)]).lower()
        if end < len(text) and text[end] == "(" and name and name[0] not in "@#":
            return self._function(name, text, at, end + 1, final=final)
        self._expected = Use.STYLE if name == "@import" else None
        return max(end, at + 1), None

    def _function(
        self, name: str, text: str, at: int, inside: int, *, final: bool
    ) -> tuple[int, CssUrl | None]:
        use = self._expected or (Use.IMAGE if self._depth else Use.OTHER)
        if name == "url":
            start = _BLANKS.match(text, inside).end()  # type: ignore[union-attr]
            if start - at > HOLDING:
                raise too_long("a URL of a style sheet")
            if start == len(text) and not final:
                return -1, None
            if text[start : start + 1] not in {'"', "'"}:
                return self._bare(text, at, start, use, final=final)
        self._expected = use if name in _URL_FUNCTIONS else None
        if name in _SETS:
            self._depth += 1
            self._typed = 0
        elif self._depth:
            self._depth += 1
            if name == "type" and not self._typed:
                self._typed = self._depth - 1
        return inside, None

    def _bare(self, text: str, at: int, start: int, use: Use, *, final: bool) -> tuple[int, CssUrl | None]:
        if text[start : start + 5].lower() == "data:":
            self._expected, self._mode = None, _Mode.REST_OF_URL
            return start, None
        body = _IN_URL.match(text, start)
        end = start if body is None else body.end()
        behind = _BLANKS.match(text, end).end()  # type: ignore[union-attr]
        # A backslash at the very end is an escape of nothing.
        if behind == len(text) or (text[behind] == "\\" and behind + 1 == len(text)):
            if not final:
                return -1, None
            return len(text), CssUrl(start, end, "", use)
        if behind - at > HOLDING:
            raise too_long("a URL of a style sheet")
        self._expected = None
        if text[behind] != ")":
            self._mode = _Mode.REST_OF_URL
            return behind, None
        return behind + 1, CssUrl(start, end, "", use)

    def _skipped(self, text: str, at: int, *, final: bool) -> int:
        if self._mode is _Mode.COMMENT:
            end = text.find("*/", at)
            if end >= 0:
                self._mode = _Mode.TEXT
                return end + 2
            # The star may be the first half of the end.
            there = len(text) - (text.endswith("*") and not final)
            return there if there > at else -1
        if self._mode is _Mode.WORD:
            return self._rest_of_word(text, at, final=final)
        pattern = _TO_PARENTHESIS if self._mode is _Mode.REST_OF_URL else _IN_STRING[self._quote]
        found = pattern.match(text, at)
        there = at if found is None else found.end()
        if there == len(text):
            return there
        if text[there] == "\\":
            # An escape that is not whole.
            return len(text) if final else (there if there > at else -1)
        line_end = self._mode is _Mode.STRING and text[there] != self._quote
        self._mode = _Mode.TEXT
        return there if line_end else there + 1

    def _rest_of_word(self, text: str, at: int, *, final: bool) -> int:
        found = _LATER_WORD.match(text, at)
        end = at if found is None else found.end()
        if final or (end < len(text) and not (text[end] == "\\" and end + 1 == len(text))):
            self._mode = _Mode.TEXT
            return end
        escape = text.rfind("\\", max(at, end - _LONG_ESCAPE), end)
        there = end if escape < 0 else escape
        return there if there > at else -1
