"""Rows and bytes: tab separated, UTF-8, one header line, nothing quoted, no byte order mark (kbart §7).

Read back is more than is written: other encodings, other orders, more columns (ruling 17), each with a finding.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.model import COLUMNS, Row

LARGEST_FILE = 256 << 20
MOST_LINES = 5_000_000
LONGEST_FIELD = 100_000
RENAMED = {"coverage_notes": "notes"}
_BETWEEN = re.compile(r"[\t\r\n]")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.]+Z?")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
DATES = (
    "date_first_issue_online",
    "date_last_issue_online",
    "date_monograph_published_print",
    "date_monograph_published_online",
)
HEADER = "\t".join(COLUMNS)


def encode_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """The header, then a line per row, each with its line feed."""
    yield f"{HEADER}\n".encode()
    for row in rows:
        # Rows of ours hold none of these; a row from elsewhere must not break the table.
        fields = [_BETWEEN.sub(" ", value) for value in row.values()]
        yield ("\t".join(fields) + "\n").encode("utf-8", "replace")


def encode(rows: Iterable[Row]) -> bytes:
    return b"".join(encode_lines(rows))


@dataclass(frozen=True, slots=True)
class Table:
    """A file read: ``header`` as it stands, ``lines`` the line number of each row, ``wrong_width`` of lines left out."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    findings: tuple[KbartFinding, ...]
    encoding: str = "utf-8"


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


def read_table(data: bytes, *, mend: bool = True) -> Table:
    """Never raises for what is in the file: what cannot be placed is a finding, the other lines are rows.

    ``mend``: blanks around values and times behind dates are taken away; without, values stay as written.
    """
    if len(data) > LARGEST_FILE:
        finding = _file_finding(
            KbartCode.TOO_LARGE, True, f"{len(data)} bytes", f"at most {LARGEST_FILE}", None
        )
        return Table((), (), (), (finding,))
    text, encoding, findings = _decode(data)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        return Table(
            (), (), (), (*findings, _file_finding(KbartCode.EMPTY_FILE, True, "", "a header line")), encoding
        )
    header = tuple(lines[0].removesuffix("\r").split("\t"))
    places = _places(header, findings)
    rows, numbers = _rows(lines, header, places, findings, mend=mend)
    return Table(header, tuple(rows), tuple(numbers), tuple(findings), encoding)


def _places(header: tuple[str, ...], findings: list[KbartFinding]) -> list[tuple[str, int]]:
    """(column of ours, its place in the file); what the header lacks or has too much becomes findings."""
    names = [RENAMED.get(name.strip().lower(), name.strip().lower()) for name in header]
    places = {}
    for at, (name, written) in enumerate(zip(names, header, strict=True)):
        if name not in COLUMNS or name in places:
            expected = "the 25 columns, each once"
            findings.append(
                KbartFinding(KbartCode.COLUMN_UNKNOWN, False, written[:60], written[:60], expected, 1)
            )
        else:
            places[name] = at
    findings.extend(
        KbartFinding(KbartCode.COLUMN_MISSING, False, name, "", name, 1)
        for name in COLUMNS
        if name not in places
    )
    order = [name for name in names if name in places]
    if order != [name for name in COLUMNS if name in places]:
        findings.append(_file_finding(KbartCode.COLUMN_ORDER, False, ", ".join(order), ", ".join(COLUMNS)))
    return list(places.items())


def _rows(
    lines: list[str],
    header: tuple[str, ...],
    places: list[tuple[str, int]],
    findings: list[KbartFinding],
    *,
    mend: bool,
) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    numbers: list[int] = []
    width = len(header)
    for number, raw in enumerate(lines[1 : MOST_LINES + 1], 2):
        line = raw.removesuffix("\r")
        if not line.strip():
            findings.append(_file_finding(KbartCode.BLANK_LINE, False, "", "no blank lines", number))
            continue
        fields = line.split("\t")
        if len(fields) != width:
            found = f"{len(fields)} fields"
            findings.append(_file_finding(KbartCode.FIELD_COUNT, True, found, f"{width} fields", number))
            # What lies beyond the header has no meaning; what is missing is empty.
            fields += [""] * (width - len(fields))
        values = {name: fields[at][:LONGEST_FIELD] for name, at in places}
        rows.append(Row(**(_mended(values) if mend else values)))
        numbers.append(number)
    return rows, numbers


def _mended(values: dict[str, str]) -> dict[str, str]:
    values = {name: value.strip() for name, value in values.items()}
    for name in DATES:
        if len(values.get(name, "")) > len("2026-11-26") and (timed := _TIME.fullmatch(values[name])):
            values[name] = timed[1]
    return values
