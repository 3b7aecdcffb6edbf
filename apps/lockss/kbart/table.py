"""Rows and bytes: tab separated, UTF-8, one header line, nothing quoted, no byte order mark (kbart §7).

Read back is more than is written: other encodings, other orders, more columns (ruling 17), each with a finding.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.foreign import Record, find_header, own_names, records
from apps.lockss.kbart.heads import meant
from apps.lockss.kbart.model import COLUMNS, Row

LARGEST_FILE = 256 << 20
MOST_LINES = 5_000_000
LONGEST_FIELD = 100_000
# Of one line; more is no table of titles, and each would be looked at.
MOST_FIELDS = 1_000
RENAMED = {"coverage_notes": "notes"}
_BETWEEN = re.compile(r"[\t\r\n]")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.]+Z?")
# The mark of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Begins as text never does. A spreadsheet is a ZIP archive that names its workbook.
_KINDS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF-", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet (XLS)"),
    (b"\x89PNG\r\n\x1a\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF87a", "a picture"),
    (b"GIF89a", "a picture"),
)
# Control characters that no text has but by mistake: so many, and more than one in fifty, and it is none.
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\x1a\x1b"))
FEWEST_CONTROLS = 8
ONE_IN = 50
LOOKED_AT = 65_536
_WORKBOOK = b"xl/workbook"
_PLAIN = "plain text, tab separated; what is packed, unpacked first"
DATES = (
    "date_first_issue_online",
    "date_last_issue_online",
    "date_monograph_published_print",
    "date_monograph_published_online",
)
HEADER = "\t".join(COLUMNS)
BETWEEN = "tabs between the fields"
OTHERS_BETWEEN = {
    ",": "commas between the fields",
    ";": "semicolons between the fields",
    "|": "vertical bars between the fields",
}


def encode_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """The header, then a line per row, each with its line feed."""
    return tsv_table(COLUMNS, (row.values() for row in rows))


def tsv_table(heads: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The same of any table; ``heads`` None: without a header line."""
    if heads is not None:
        yield _tsv_line(heads)
    for row in rows:
        yield _tsv_line(row)


def _tsv_line(fields: Sequence[str]) -> bytes:
    line = "\t".join(fields)
    # Rows of ours hold none of these; a row from elsewhere must not break the table.
    if line.count("\t") >= len(fields) or "\n" in line or "\r" in line:
        line = "\t".join(_BETWEEN.sub(" ", value) for value in fields)
    return f"{line}\n".encode("utf-8", "replace")


def encode(rows: Iterable[Row]) -> bytes:
    return b"".join(encode_lines(rows))


@dataclass(frozen=True, slots=True)
class Table:
    """A file read: ``header`` as it stands, ``lines`` the line number of each row, ``places`` of our columns in it."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    findings: tuple[KbartFinding, ...]
    encoding: str = "utf-8"
    places: Mapping[str, int] = field(default_factory=dict)


def _file_finding(
    code: KbartCode, grave: bool, found: str, expected: str, line: int | None = 1
) -> KbartFinding:
    return KbartFinding(code, grave, "", found[:200], expected, line)


def _decode(data: bytes) -> tuple[str, str, list[KbartFinding]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            found = [_file_finding(KbartCode.BYTE_ORDER_MARK, False, encoding, "no byte order mark")]
            if encoding != "utf-8":
                found = [_file_finding(KbartCode.NOT_UTF8, True, encoding, "utf-8")]
            return data[len(mark) :].decode(encoding, "replace"), encoding, found
    try:
        return data.decode(), "utf-8", []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = [_file_finding(KbartCode.NOT_UTF8, True, f"byte 0x{data[error.start]:02x}", "utf-8", line)]
        return data.decode("cp1252", "replace"), "cp1252", found


def _other_kind(data: bytes) -> str:
    """What the bytes are if they are no text at all, by how they begin; empty: perhaps text."""
    kind = next((kind for start, kind in _KINDS if data.startswith(start)), "")
    if not kind and not data.startswith(tuple(mark for mark, _ in _MARKS)):
        begin = data[:LOOKED_AT]
        controls = len(begin) - len(begin.translate(None, _CONTROLS))
        return "bytes that are no text" if controls >= max(FEWEST_CONTROLS, len(begin) / ONE_IN) else ""
    return "a spreadsheet (XLSX)" if data.startswith(b"PK") and kind and _WORKBOOK in data else kind


def read_table(data: bytes, *, mend: bool = True) -> Table:
    """Never raises for what is in the file: what cannot be placed is a finding, the other lines are rows.

    ``mend``: read as exports of others are (``foreign``), blanks around values and times behind dates taken away;
    without, everything stays as written.
    """
    if len(data) > LARGEST_FILE:
        finding = _file_finding(
            KbartCode.TOO_LARGE, True, f"{len(data)} bytes", f"at most {LARGEST_FILE}", None
        )
        return Table((), (), (), (finding,))
    if kind := _other_kind(data):
        return Table((), (), (), (_file_finding(KbartCode.NOT_TEXT, True, kind, _PLAIN),))
    text, encoding, findings = _decode(data)
    if not text:
        empty = _file_finding(KbartCode.EMPTY_FILE, True, "", "a header line")
        return Table((), (), (), (*findings, empty), encoding)
    above, separator = find_header(text) or (0, "\t")
    if not mend and separator != "\t":
        # Nothing of its lines could be judged: each would be one field.
        other = _file_finding(KbartCode.SEPARATOR, True, OTHERS_BETWEEN[separator], BETWEEN, above + 1)
        return Table((), (), (), (*findings, other), encoding)
    above = above if mend else 0
    if above:
        findings.append(
            _file_finding(
                KbartCode.HEADER,
                False,
                f"{above} line above it" if above == 1 else f"{above} lines above it",
                "it in line 1",
                above + 1,
            )
        )
    if separator != "\t":
        findings.append(_file_finding(KbartCode.SEPARATOR, False, separator, BETWEEN, above + 1))
    if (heads := _heads(text, above, separator)) > MOST_FIELDS:
        many = _file_finding(KbartCode.HEADER, True, f"{heads} columns", f"{len(COLUMNS)} columns", above + 1)
        return Table((), (), (), (*findings, many), encoding)
    read = records(text, above, separator) if mend else _as_written(text)
    header = tuple(next(read)[1])
    places = _places(header, findings, above + 1, mend=mend)
    width = _Width(len(header), whole=text.endswith("\n"), mend=mend)
    rows, numbers = _rows(read, width, places, findings)
    return Table(header, tuple(rows), tuple(numbers), tuple(findings), encoding, dict(places))


def _heads(text: str, above: int, separator: str) -> int:
    """How many there are, without taking them apart."""
    start = 0
    for _ in range(above):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    return text.count(separator, start, len(text) if end < 0 else end) + 1


def _as_written(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.removesuffix("\r").split("\t", MOST_FIELDS)


def _places(
    header: tuple[str, ...], findings: list[KbartFinding], line: int, *, mend: bool
) -> list[tuple[str, int]]:
    """(column of ours, its place in the file); what the header lacks or has too much becomes findings."""
    names = (
        own_names(header)
        if mend
        else meant([RENAMED.get(name.strip().lower(), name.strip().lower()) for name in header])
    )
    places = {}
    for at, (name, written) in enumerate(zip(names, header, strict=True)):
        if name not in COLUMNS or name in places:
            expected = "the 25 columns, each once"
            findings.append(
                KbartFinding(KbartCode.COLUMN_UNKNOWN, False, written[:60], written[:60], expected, line)
            )
        else:
            places[name] = at
    findings.extend(
        KbartFinding(KbartCode.COLUMN_MISSING, False, name, "", name, line)
        for name in COLUMNS
        if name not in places
    )
    order = [name for name in names if name in places]
    if order != [name for name in COLUMNS if name in places]:
        findings.append(
            _file_finding(KbartCode.COLUMN_ORDER, False, ", ".join(order), ", ".join(COLUMNS), line)
        )
    return list(places.items())


@dataclass(slots=True)
class _Width:
    """How many fields a line should have, and what one that has others means."""

    fields: int
    whole: bool
    mend: bool

    def is_grave(self, cells: list[str], after: list[str] | None) -> bool:
        """Whether what stands in the line is not known. Exports leave empty fields at the end away, or add some."""
        if not self.mend:
            return True
        if len(cells) > self.fields:
            return any(cell.strip() for cell in cells[self.fields :])
        if after is None:
            # The last line: cut off, unless it was ended properly.
            return not self.whole
        return len(cells) == 1 or self.goes_on(cells, after)

    def goes_on(self, cells: list[str], after: list[str]) -> bool:
        """A line break within a field makes one record two lines."""
        return 0 < len(cells) < self.fields and len(cells) + len(after) - 1 == self.fields


def _rows(
    read: Iterator[Record], width: _Width, places: list[tuple[str, int]], findings: list[KbartFinding]
) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    numbers: list[int] = []
    before: list[str] = []
    for (number, fields), after in _with_next(islice(read, MOST_LINES)):
        if not any(cell.strip() for cell in fields):
            # Behind the last line feed there is no line.
            if after is not None or fields != [""]:
                findings.append(_file_finding(KbartCode.BLANK_LINE, False, "", "no blank lines", number))
            before = []
            continue
        expected = _fields(width.fields)
        if width.mend and width.goes_on(before, fields):
            found = "the rest of a field that began in the line above"
            findings.append(_file_finding(KbartCode.FIELD_COUNT, True, found, expected, number))
        elif len(fields) != width.fields:
            grave = width.is_grave(fields, None if after is None or after == [""] else after)
            found = _fields(len(fields))
            findings.append(_file_finding(KbartCode.FIELD_COUNT, grave, found, expected, number))
        before = fields
        # What lies beyond the header has no meaning; what is missing is empty.
        cells = fields + [""] * (width.fields - len(fields))
        values = {name: cells[at][:LONGEST_FIELD] for name, at in places}
        rows.append(Row(**(_mended(values) if width.mend else values)))
        numbers.append(number)
    return rows, numbers


def _with_next(read: Iterator[Record]) -> Iterator[tuple[Record, list[str] | None]]:
    held = next(read, None)
    while held is not None:
        following = next(read, None)
        yield held, None if following is None else following[1]
        held = following


def _mended(values: dict[str, str]) -> dict[str, str]:
    values = {name: value.strip() for name, value in values.items()}
    for name in DATES:
        if len(values.get(name, "")) > len("2026-11-26") and (timed := _TIME.fullmatch(values[name])):
            values[name] = timed[1]
    return values


def _fields(number: int) -> str:
    return f"{number} field" if number == 1 else f"{number} fields"
