"""Bytes into lines into cells, piece by piece: however long a file is, only a line of it is held.

Nothing here trusts the file's name: encoding and separator are found by looking.
"""

import codecs
import csv
import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.lockss.holdings.headers import recognised
from apps.lockss.holdings.model import HoldingsCode, HoldingsError, Limits, Raw

SEPARATORS = ("\t", ";", ",", "|")
LOOKED_AT = 60
# The mark of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    encoding: str
    separator: str


def encoding_of(chunks: Iterable[bytes]) -> str:
    """Looks at all of it: the first letter with a mark may stand in the last line."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = True
    for chunk in chunks:
        if first and chunk:
            first = False
            for mark, encoding in _MARKS:
                if chunk.startswith(mark):
                    return encoding
            if wide := _wide(chunk):
                return wide
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252"
    # A letter that is cut off at the very end is a file that is cut off, not another encoding.
    return "utf-8"


def _wide(head: bytes) -> str:
    """UTF-32 and UTF-16 without their marks: of Latin text three bytes of four are zero, or every second."""
    sample = head[:2000]
    if len(sample) < 4 or b"\0" not in sample:
        return ""
    quarter = len(sample) // 4
    zeros = [sample[place::4].count(0) > quarter * 0.6 for place in range(4)]
    if zeros in ([False, True, True, True], [True, True, True, False]):
        return "utf-32-le" if zeros[3] else "utf-32-be"
    half = len(sample) // 2
    if sample[1::2].count(0) > half * 0.6:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.6:
        return "utf-16-be"
    raise HoldingsError(
        "not-a-table", "This is no text: it holds zero bytes. Expected KBART, CSV, TSV or XLSX."
    )


def dialect_of(encoding: str, head: bytes) -> Dialect:
    """``head``: the first 64 KB or so."""
    lines = []
    for _, line in _lines([head], encoding, Limits().line):
        if line is not None:
            lines.append(line)
        if len(lines) == LOOKED_AT:
            break
    return Dialect(encoding, max(SEPARATORS, key=lambda sep: _fitness(lines, sep)))


def _fitness(lines: list[str], separator: str) -> tuple[int, int]:
    """Known names in the best line, then how many lines have the commonest width."""
    records = [raw.cells for raw in _records(enumerate(lines, 1), separator, Limits()) if raw.fault is None]
    if not records:
        return (0, 0)
    width, times = Counter(map(len, records)).most_common(1)[0]
    return (max(recognised(cells) for cells in records), times if width > 1 else 0)


def raw_lines(chunks: Iterable[bytes], dialect: Dialect, limits: Limits | None = None) -> Iterator[Raw]:
    """Lines that hold something; one of nothing but separators, as spreadsheets save them, does not.

    HoldingsError beyond the limit of rows.
    """
    limits = limits or Limits()
    lines = _lines(chunks, dialect.encoding, limits.line)
    records = (
        raw
        for raw in _records(lines, dialect.separator, limits)
        if raw.fault or any(map(str.strip, raw.cells))
    )
    for number, raw in enumerate(records, 1):
        if number > limits.rows:
            raise too_many_rows(limits)
        yield raw


def too_many_rows(limits: Limits) -> HoldingsError:
    return HoldingsError(
        "too-many-rows", f"This list has more than {limits.rows:,} lines, the most that are read."
    )


def _lines(chunks: Iterable[bytes], encoding: str, longest: int) -> Iterator[tuple[int, str | None]]:
    """(number, text); None for one that is too long, which is passed over without being held."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    number, rest, skipping = 1, "", False
    for chunk in chunks:
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in whole:
            yield number, None if skipping or len(line) > longest else line
            number, skipping = number + 1, False
        if len(rest) > longest:
            rest, skipping = "", True
    rest += decoder.decode(b"", final=True)
    for line in rest.split("\n"):
        if line or skipping:
            yield number, None if skipping or len(line) > longest else line
        number, skipping = number + 1, False


def _records(lines: Iterable[tuple[int, str | None]], separator: str, limits: Limits) -> Iterator[Raw]:
    waiting: deque[tuple[int, str | None]] = deque()
    source = iter(lines)
    while (found := waiting.popleft() if waiting else next(source, None)) is not None:
        number, line = found
        if line is None:
            yield Raw(number, (), HoldingsCode.LINE_TOO_LONG)
        elif not line.strip():
            continue
        elif separator == "\t":
            # Tab-separated files quote nothing (kbart §7), or wrap a whole cell as spreadsheets do.
            yield _checked(Raw(number, tuple(map(_unwrapped, line.split("\t")))), limits)
        else:
            yield _checked(_quoted(number, line, separator, source, waiting, limits), limits)


def _quoted(
    number: int,
    line: str,
    separator: str,
    source: Iterator[tuple[int, str | None]],
    waiting: deque[tuple[int, str | None]],
    limits: Limits,
) -> Raw:
    """A record, which may go on in the following lines while a quote is open; what it does not need waits."""
    held: list[tuple[int, str | None]] = []
    text, size = [line + "\n"], len(line)
    while (
        sum(part.count('"') for part in text) % 2 and len(held) < limits.lines_of_cell and size < limits.line
    ):
        after = waiting.popleft() if waiting else next(source, None)
        if after is None:
            break
        held.append(after)
        if after[1] is None:
            break
        text.append(after[1] + "\n")
        size += len(after[1])
    records = _parsed(text, separator)
    if held and (len(records) != 1 or sum(part.count('"') for part in text) % 2):
        waiting.extendleft(reversed(held))
        records = _parsed(text[:1], separator)
    if len(records) != 1:
        return Raw(number, (line[: limits.cell],), HoldingsCode.QUOTE_OPEN)
    return Raw(number, tuple(cell.rstrip("\n") for cell in records[0]))


def _parsed(lines: list[str], separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []


def _unwrapped(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        inside = cell[1:-1]
        if '"' not in inside.replace('""', ""):
            return inside.replace('""', '"')
    return cell


def _checked(raw: Raw, limits: Limits) -> Raw:
    if raw.fault is None and len(raw.cells) > limits.columns:
        return Raw(raw.line, raw.cells[: limits.columns], HoldingsCode.TOO_MANY_COLUMNS)
    return raw
