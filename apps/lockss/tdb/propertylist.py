"""A title database as a list of properties, as Java nodes load it beside the XML form (tdb.md §5.1).

Entries are grouped by the name of their record, so that two records of one name run together; where they disagree it
is a finding, and the first one counts.
"""

import re
from collections.abc import Iterator

from apps.lockss.tdb.errors import Severity, TdbCode, TdbFinding
from apps.lockss.tdb.model import TdbAu, TdbFile
from apps.lockss.tdb.xmldb import LISTED
from apps.lockss.tdb.xmlrecords import Record, RecordReader
from apps.lockss.tdb.xmlwalk import DEFAULT_LIMITS, TITLES, XmlLimits

_BLANK = " \t\f"
_SEPARATOR = re.compile(r"((?:[^\\=: \t\f]|\\.)*+)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
# A record's name may hold dots; what follows it is one word, or begins with one of four.
_KEY = re.compile(r"(.+?)\.((?:param|attributes|journal|publisher)\..+|[A-Za-z][A-Za-z0-9_]*)", re.DOTALL)
_PREFIX = f"{TITLES}."


def is_property_list(data: bytes) -> bool:
    return _PREFIX.encode() in data


def parse_property_list(
    data: bytes, *, listed_status: str = LISTED, limits: XmlLimits = DEFAULT_LIMITS
) -> TdbFile:
    """A whole file. Never raises for what is in it: an entry that cannot be read is a finding, the rest goes in."""
    if len(data) > limits.max_bytes:
        fault = TdbFinding(TdbCode.TOO_LARGE, Severity.ERROR, 1, 0, f"over {limits.max_bytes} bytes")
        return TdbFile((), (), (), (fault,))
    findings: list[TdbFinding] = []

    def note(code: TdbCode, severity: Severity, record: Record, message: str) -> None:
        if len(findings) < limits.max_findings:
            findings.append(TdbFinding(code, severity, record.line, record.column, message, record.name))

    reader = RecordReader(note, listed_status)
    read = (reader.read(record) for record in _records(data, findings, limits))
    aus: list[TdbAu] = [au for au in read if au is not None]
    return TdbFile(tuple(reader.publishers), tuple(reader.titles), tuple(aus), tuple(findings))


def _records(data: bytes, findings: list[TdbFinding], limits: XmlLimits) -> list[Record]:
    found: dict[str, tuple[int, dict[str, str]]] = {}
    for line, text in _lines(data.decode("latin-1")):
        key, value = (_unescaped(part) for part in _SEPARATOR.fullmatch(text).groups())  # type: ignore[union-attr]
        if not key.startswith(_PREFIX):
            continue
        parts = _KEY.fullmatch(key[len(_PREFIX) :])
        fault = _fault(parts, value, found, limits)
        if fault or parts is None:
            code = TdbCode.RECORD if len(found) < limits.max_records else TdbCode.TOO_LARGE
            findings.append(TdbFinding(code, Severity.ERROR, line, 0, fault, key[:200]))
            continue
        _, values = found.setdefault(parts[1], (line, {}))
        first = values.setdefault(parts[2], value)
        if first != value:
            message = f"{parts[2]} is there already with another value; the first one counts"
            findings.append(
                TdbFinding(TdbCode.DUPLICATE_KEY, Severity.WARNING, line, 0, message, parts[1][:200])
            )
        if len(findings) >= limits.max_findings:
            break
    return [Record(name, values, line, 0) for name, (line, values) in found.items()]


def _fault(
    parts: re.Match[str] | None, value: str, found: dict[str, tuple[int, dict[str, str]]], limits: XmlLimits
) -> str:
    if parts is None:
        return f"expected {TITLES}, the name of a record and one of its keys"
    if len(value) > limits.max_chars:
        return f"a value of {len(value):,} characters; {limits.max_chars:,} can be read"
    known = found.get(parts[1])
    if known is None:
        return "" if len(found) < limits.max_records else f"more than {limits.max_records:,} records"
    return (
        "" if len(known[1]) < limits.max_values else f"more than {limits.max_values:,} values in one record"
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, entry): continuations joined, comments and blank lines left out."""
    parts: list[str] = []
    began = 0
    for number, natural in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        line = natural.lstrip(_BLANK)
        if not parts and (not line or line[0] in "#!"):
            continue
        began = began if parts else number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            parts.append(line[:-1])
            continue
        yield began, "".join((*parts, line))
        parts = []
    if parts:
        yield began, "".join(parts)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(
        lambda m: chr(int(m[1], 16)) if m[1] else _CONTROL.get(m[2], m[2]),
        text.removesuffix("\\") if text.endswith("\\") and not text.endswith("\\\\") else text,
    )
    # Characters beyond the first plane stand as two units.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
