"""The regular expressions of definitions: Perl 5 as its Java port of 2001 reads it (plugins §6).

An expression is read once and written three times: for RE2 where RE2 can say the same; for a backtracking engine
where look-ahead or back-references are used; and, for those, as a looser RE2 expression that matches at least as
much, so that what cannot match is known in linear time.

``\\d \\w \\s \\b`` are ASCII. An escaped letter without a meaning, ``\\p`` or ``\\Q``, stands for itself.
"""

import re
from dataclasses import dataclass, field

MAX_PATTERN = 200_000
MAX_GROUPS = 250
MAX_NESTING = 60
_MAX_REPEAT = 30_000
_MAX_SIZE = 10_000
_RE2_REPEAT = 1_000

_FLAGS = re.compile(r"\(\?([a-z]+)\)")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{([0-9]{1,6})(?:(,)([0-9]{1,6})?)?\})\??")
_HEX = re.compile(r"[0-9A-Fa-f]{1,2}")
_OCTAL = re.compile(r"[0-7]{1,3}")
_POSIX = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_CONTROL = {"n": "\n", "r": "\r", "f": "\f", "t": "\t", "a": "\a", "e": "\x1b"}
_SPACES = r"\t\n\x0b\x0c\r "
# Blanks are spelled out: the engines disagree about the vertical tab.
_CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
    "s": f"[{_SPACES}]",
    "S": f"[^{_SPACES}]",
}
_MEMBERS = {"d": "0-9", "D": r"\D", "w": "0-9A-Za-z_", "W": r"\W", "s": _SPACES, "S": r"\S"}
_DASH = re.compile(r"-[^\]]", re.DOTALL)
_NUMBER = re.compile("[0-9]{1,3}")
_END_OR_BEFORE_NEWLINE = r"(?=\n?\Z)"


@dataclass(frozen=True, slots=True)
class Translated:
    """``re2`` None: only the backtracking engine can say it; then ``loose`` matches whatever ``text`` does.

    ``before_newline``: it may match before a newline that ends the subject, where RE2 knows only the very end; for
    such subjects ``text`` decides.
    """

    re2: str | None
    text: str
    loose: str
    groups: int
    ignore_case: bool
    multiline: bool
    dot_all: bool
    before_newline: bool
    repeated: int
    """Items that counted repetitions add when written out: what makes even a linear search slow."""


@dataclass(frozen=True, slots=True)
class PatternFault:
    """``offset`` counts characters of the expression."""

    message: str
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.message} at character {self.offset + 1}"


class _Fault(Exception):  # noqa: N818 - leaves the reader, never the module
    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.fault = PatternFault(message, offset)


def translate(pattern: str) -> Translated | PatternFault:
    """The expression for each engine, or where it is not of the dialect."""
    if len(pattern) > MAX_PATTERN:
        return PatternFault(f"longer than {MAX_PATTERN} characters")
    flags = set("".join(_FLAGS.findall(pattern)))
    reader = _Reader(pattern, extended="x" in flags, multiline="m" in flags)
    try:
        reader.read()
    except _Fault as stop:
        return stop.fault
    return Translated(
        re2=None if reader.beyond_re2 else "".join(reader.re2),
        text="".join(reader.text),
        loose="".join(reader.loose),
        groups=reader.groups,
        ignore_case="i" in flags,
        multiline="m" in flags,
        dot_all="s" in flags,
        before_newline=reader.before_newline,
        repeated=reader.repeated,
    )


@dataclass(slots=True)
class _Reader:
    pattern: str
    extended: bool = False
    multiline: bool = False
    before_newline: bool = False
    at: int = 0
    groups: int = 0
    repeated: int = 0
    beyond_re2: bool = False
    re2: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    # One entry per open group: whether it is a look-ahead.
    _open: list[bool] = field(default_factory=list)
    _ahead: int = 0
    _can_repeat: bool = False
    # Items that repetitions add when they are written out, per open group: nested ones grow with a power.
    _sizes: list[int] = field(default_factory=lambda: [0])
    _last: int = 0

    def read(self) -> None:
        while self.at < len(self.pattern):
            self._item()
        if self._open:
            raise _Fault("a group is not closed", len(self.pattern))

    def _put(self, re2: str, text: str | None = None, loose: str | None = None, *, repeats: bool) -> None:
        self.re2.append(re2)
        self.text.append(re2 if text is None else text)
        if not self._ahead:
            self.loose.append(re2 if loose is None else loose)
        self._can_repeat = repeats
        self._last = 1
        self._sizes[-1] += 1

    def _repeat(self, most: int) -> None:
        added = self._last * (most - 1)
        self._sizes[-1] += added
        self.repeated += added
        if self.repeated > _MAX_SIZE:
            raise _Fault(f"its repetitions, written out, have more than {_MAX_SIZE} items", self.at)

    def _item(self) -> None:
        sign = self.pattern[self.at]
        if self.extended and (sign.isspace() or sign == "#"):
            self._skip_comment(sign)
        elif sign == "(":
            self._group()
        elif sign == ")":
            self._close()
        elif sign == "[":
            self._bracket()
        elif sign == "\\":
            self._escape()
        elif sign in "*+?{" and (found := _QUANTIFIER.match(self.pattern, self.at)) is not None:
            self._quantifier(found)
        else:
            self._plain(sign)

    def _plain(self, sign: str) -> None:
        if sign in "*+?":
            raise _Fault("nothing to repeat", self.at)
        self.at += 1
        if sign == "$" and not self.multiline:
            self._end_or_before_newline()
        elif sign in "^|$":
            self._put(sign, repeats=False)
        elif sign == ".":
            self._put(sign, repeats=True)
        else:
            self._put(re.escape(sign), repeats=True)

    def _end_or_before_newline(self) -> None:
        self.before_newline = True
        self._put(r"\z", _END_OR_BEFORE_NEWLINE, repeats=False)

    def _skip_comment(self, sign: str) -> None:
        end = self.pattern.find("\n", self.at) if sign == "#" else self.at
        self.at = len(self.pattern) if end < 0 else end + 1

    def _quantifier(self, found: re.Match[str]) -> None:
        if not self._can_repeat:
            raise _Fault("nothing to repeat", self.at)
        low, high = found[1], found[3] or found[1]
        if low is not None:
            if int(high) < int(low) or int(high) > _MAX_REPEAT:
                raise _Fault(f"bad repetition {found[0]}", self.at)
            if int(high) > _RE2_REPEAT:
                self.beyond_re2 = True
            self._repeat(max(int(high), 1))
        loose = "*" if low is not None and int(high) > _RE2_REPEAT else found[0]
        self.at = found.end()
        self._put(found[0], found[0], loose, repeats=False)

    def _group(self) -> None:
        start = self.at
        if len(self._open) >= MAX_NESTING:
            raise _Fault(f"nested deeper than {MAX_NESTING} groups", start)
        if not self.pattern.startswith("(?", start):
            self.groups += 1
            if self.groups > MAX_GROUPS:
                raise _Fault(f"more than {MAX_GROUPS} groups", start)
            self._enter("(", ahead=False)
            return
        kind = self.pattern[start + 2 : start + 3]
        if kind == ":":
            self._enter("(?:", ahead=False)
        elif kind and kind in "=!":
            self._enter(f"(?{kind}", ahead=True)
        elif kind == "#":
            end = self.pattern.find(")", start)
            if end < 0:
                raise _Fault("a comment is not closed", start)
            self.at = end + 1
        elif (flags := _FLAGS.match(self.pattern, start)) is not None and set(flags[1]) <= set("imsxgo"):
            # Flags hold for the whole expression, wherever they stand.
            self.at = flags.end()
        else:
            raise _Fault(f"{self.pattern[start : start + 4]} is not known", start)

    def _enter(self, opening: str, *, ahead: bool) -> None:
        self.at += len(opening)
        self._open.append(ahead)
        if ahead:
            self.beyond_re2 = True
            if not self._ahead:
                self.loose.append("(?:")
            self._ahead += 1
        self._put(opening, repeats=False)
        self._sizes.append(0)

    def _close(self) -> None:
        if not self._open:
            raise _Fault("a group is closed that was not opened", self.at)
        self.at += 1
        ahead = self._open.pop()
        self._ahead -= ahead
        inner = self._sizes.pop()
        self._put(")", repeats=not ahead)
        self._sizes[-1] += inner
        self._last = inner + 1

    def _escape(self) -> None:
        start = self.at
        sign = self.pattern[start + 1 : start + 2]
        if not sign:
            raise _Fault("ends in a backslash", start)
        if sign in _CLASSES:
            self.at += 2
            self._put(_CLASSES[sign], repeats=True)
        elif sign in "bBAG":
            self.at += 2
            # \G is where a search begins, which here is always the start.
            assertion = "A" if sign == "G" else sign
            self._put(f"\\{assertion}", repeats=False)
        elif sign == "z":
            self.at += 2
            self._put(r"\z", r"\Z", r"\z", repeats=False)
        elif sign == "Z":
            self.at += 2
            self._end_or_before_newline()
        elif sign in "123456789" and (number := self._reference()) is not None:
            self.beyond_re2 = True
            self._put("", f"(?:\\{number})", "(?s:.*)", repeats=True)
        else:
            self._put(re.escape(self._character()), repeats=True)

    def _reference(self) -> int | None:
        """The group that ``\\12`` means; None where it is a character's octal number."""
        found = _NUMBER.match(self.pattern, self.at + 1)
        digits = "" if found is None else found[0]
        if len(digits) > 1 and int(digits) > self.groups and _OCTAL.match(digits):
            return None
        number = int(digits) if len(digits) > 1 and int(digits) <= self.groups else int(digits[:1])
        if number > self.groups:
            raise _Fault(f"there is no group {number}", self.at)
        self.at += 1 + len(str(number))
        return number

    def _character(self) -> str:
        """The character of an escape that is no class and no assertion."""
        sign = self.pattern[self.at + 1]
        start = self.at + 2
        self.at = start
        if sign == "x":
            found = _HEX.match(self.pattern, start)
            self.at = start if found is None else found.end()
            return chr(int(found[0], 16)) if found is not None else "\0"
        if sign == "c" and start < len(self.pattern):
            self.at = start + 1
            return chr(ord(self.pattern[start].upper()) & 0x7F ^ 0x40)
        if sign in "01234567":
            found = _OCTAL.match(self.pattern, start - 1)
            self.at = start if found is None else found.end()
            return chr(int(found[0], 8)) if found is not None else "\0"
        return _CONTROL.get(sign, sign)

    def _bracket(self) -> None:
        start = self.at
        self.at += 1
        members = ["["]
        if self.pattern.startswith("^", self.at):
            members.append("^")
            self.at += 1
        first = True
        while not self.pattern.startswith("]", self.at) or first:
            if self.at >= len(self.pattern):
                raise _Fault("a class is not closed", start)
            members.append(self._member())
            first = False
        self.at += 1
        self._put("".join([*members, "]"]), repeats=True)

    def _member(self) -> str:
        if (posix := _POSIX.match(self.pattern, self.at)) is not None:
            self.at = posix.end()
            return posix[0]
        low, is_class = self._one_of_class()
        if is_class or _DASH.match(self.pattern, self.at) is None:
            return low if is_class else _in_class(low)
        dash = self.at
        self.at += 1
        high, is_class = self._one_of_class()
        if is_class:
            return f"{_in_class(low)}\\-{high}"
        if ord(high) < ord(low):
            raise _Fault("a range runs backwards", dash)
        return f"{_in_class(low)}-{_in_class(high)}"

    def _one_of_class(self) -> tuple[str, bool]:
        """A character, or a whole class such as ``\\d`` and True."""
        sign = self.pattern[self.at]
        if sign != "\\":
            self.at += 1
            return sign, False
        following = self.pattern[self.at + 1 : self.at + 2]
        if not following:
            raise _Fault("ends in a backslash", self.at)
        if following in _CLASSES:
            self.at += 2
            return _MEMBERS[following], True
        if following == "b":
            self.at += 2
            return "\b", False
        return self._character(), False


def _in_class(sign: str) -> str:
    return re.escape(sign) if sign.isascii() else sign
