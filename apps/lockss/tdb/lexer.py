"""Tokens of the text language (tdb.md §1). The parser says where a value is expected; there its own rules hold."""

import re
from bisect import bisect_right
from typing import NoReturn

from apps.lockss.tdb.errors import TdbCode, TdbSyntaxError

KEYWORDS = frozenset({"publisher", "title", "au", "implicit"})
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_TOKEN = re.compile(r"([A-Za-z][A-Za-z0-9_.]*(?:\[[A-Za-z0-9][A-Za-z0-9_./]*\])?)|([{}<>;=])")
_QUOTED = re.compile(r'[ \t]*"((?:[^"\\]|\\["\\])*)"')
_BARE = re.compile(r"[ \t]*((?:[^ \t\"\\;>#\r\n]|\\[\"\\;>\# ])(?:[^\\;>#\r\n]|\\[\\;>\# ])*)")
_EMPTY = re.compile(r"[ \t]*(?=[;>#\r\n])")
# Nearly all AUs: one line, nothing escaped, quoted or commented out.
_PLAIN_AU = re.compile(r"au[ \t]*<([^\"\\>#\r\n]*)>")
# One that is followed by another, which is what most of a list consists of.
_AND_ANOTHER = re.compile(r"[ \t\r\n]+(?=au[ \t]*<)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# Java's trim: everything up to and including the blank, and nothing of Unicode.
_TRIMMED = "".join(map(chr, range(33)))
_TRAILING_BACKSLASHES = re.compile(r"\\*\Z")


class Lexer:
    """A cursor over one file. ``kind`` and ``text`` are the token at hand; "" at the end."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.start = 0
        self.kind = ""
        self.text = ""
        self._lines: list[int] | None = None
        self.advance()

    def advance(self) -> None:
        """To the next token; TdbSyntaxError for a character that begins none."""
        space = _SPACE.match(self.source, self.position)
        self.start = space.end() if space else self.position
        found = _TOKEN.match(self.source, self.start)
        if found is None:
            if self.start >= len(self.source):
                self.kind, self.text, self.position = "", "", self.start
                return
            self.fail_character(self.start)
        self.text = found[0]
        self.position = found.end()
        if found.lastindex == 1:
            self.kind = self.text if self.text in KEYWORDS else "identifier"
        else:
            self.kind = self.text

    def value(self) -> str:
        """The value at the cursor, which stands right behind ``=``, ``<`` or ``;``; the next token is read too."""
        source, at = self.source, self.position
        found = _BARE.match(source, at)
        if found is not None:
            self.position = found.end()
            text = _bare(found[1])
        elif (found := _QUOTED.match(source, at)) is not None:
            self.position = found.end()
            text = _ESCAPE.sub(r"\1", found[1])
        elif (found := _EMPTY.match(source, at)) is not None:
            self.position = found.end()
            text = ""
        else:
            self.fail_character(at)
        self.advance()
        return text

    def plain_values(self) -> tuple[list[str], list[int]] | None:
        """All values of the ``au`` at hand where they need no reading sign by sign; None where they do."""
        found = _PLAIN_AU.match(self.source, self.start)
        if found is None:
            return None
        self.position = found.end()
        at, places = found.start(1), []
        parts = found[1].split(";")
        for part in parts:
            places.append(at)
            at += len(part) + 1
        return [part.strip(_TRIMMED) for part in parts], places

    def next_plain(self, count: int) -> list[str] | None:
        """The values of a plain ``au`` at hand, and on to the next token.

        None, and nothing moves, if it is not plain or has not ``count`` of them.
        """
        found = _PLAIN_AU.match(self.source, self.start)
        if found is None or found[1].count(";") != count - 1:
            return None
        self.position = found.end()
        another = _AND_ANOTHER.match(self.source, self.position)
        if another is None:
            self.advance()
        else:
            self.start = another.end()
            self.position = self.start + len("au")
        return [part.strip(_TRIMMED) for part in found[1].split(";")]

    def fail_character(self, at: int) -> NoReturn:
        shown = self.source[at : at + 20].split("\n", 1)[0]
        what = f"unexpected {shown!r}" if shown else "a value is missing at the end of the file"
        raise TdbSyntaxError(TdbCode.LEXICAL, at, what)

    def fail(self, expected: str) -> NoReturn:
        found = f"found {self.text!r}" if self.text else "the file ends"
        raise TdbSyntaxError(TdbCode.SYNTAX, self.start, f"{found}, expected {expected}")

    def place(self, at: int) -> tuple[int, int]:
        """(line from 1, column from 0) of an offset."""
        if self._lines is None:
            self._lines = [0, *(found.end() for found in re.finditer("\n", self.source))]
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1]


def _bare(raw: str) -> str:
    text = raw.strip(_TRIMMED)
    if "\\" not in text:
        return text
    # A lone backslash at the end was a protected blank that the trimming took.
    ending = _TRAILING_BACKSLASHES.search(text)
    if ending is not None and len(ending[0]) % 2:
        text += " "
    return _ESCAPE.sub(r"\1", text)
