"""Rows as CSV for people and their spreadsheets (RFC 4180); knowledge bases get ``encode``'s bytes.

UTF-8 with a byte order mark, or spreadsheets guess the encoding. A text that they would run as a formula gets an apostrophe in
front: names come from publishers and lists, not from whoever opens the file.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence

from apps.lockss.kbart.model import COLUMNS, Row

# Blanks of any kind before the sign are skipped by some of them, also those without a width; full-width signs count
# for others.
_BLANK = r"\s\x00-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_SIGN = "[=+\\-@＝＋－＠]"
_FORMULA = re.compile(rf"[{_BLANK}]*{_SIGN}|[\t\r\n]")
# Where the comma parts decimals, a spreadsheet parts fields at semicolons, also within quotes that a field does not begin
# with: what follows one begins a field there.
_INNER = re.compile(rf';(?=[{_BLANK}"]*{_SIGN})')
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')


def csv_lines(rows: Iterable[Row], columns: Sequence[str] = COLUMNS) -> Iterator[bytes]:
    """The header, then a line per row; ``columns`` chooses and orders."""
    return csv_table(columns, ([getattr(row, name) for name in columns] for row in rows))


def csv_table(heads: Sequence[str] | None, rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The same of any table; ``heads`` None: without a header line."""
    yield codecs.BOM_UTF8 + (_line(map(disarmed, heads)) if heads is not None else b"")
    for row in rows:
        yield _line(map(disarmed, row))


def disarmed(text: str) -> str:
    """``text``, with an apostrophe in front of what begins like a formula, also behind a semicolon."""
    text = _INNER.sub(";'", text)
    return f"'{text}" if _FORMULA.match(text) else text


def _line(fields: Iterable[str]) -> bytes:
    line = ",".join(map(_field, fields))
    return f"{line}\r\n".encode("utf-8", "replace")


def _field(text: str) -> str:
    if not _QUOTED.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
