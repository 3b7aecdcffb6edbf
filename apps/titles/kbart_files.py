"""KBART files as an import reads them: titles with identifiers and coverage, no AUs. A bad line is a finding.

Which lines are left out: those without a title and those whose fields do not fit the header, for what stands in them
is not known. Everything else is kept as written, and what looks wrong about it is told.
"""

from collections.abc import Iterator
from functools import cache

from apps.common.text import storable
from apps.lockss.kbart import PHASE_II, KbartCode, KbartFinding, Row, Table, read_table, row_findings
from apps.titles.choices import TitleKind
from apps.titles.identifiers import isbn_keys
from apps.titles.staging import NO_PUBLISHER, ReadCoverage, ReadFile, ReadFinding, ReadTitle, issn_of

MARK = b"publication_title"
_NEEDED = "publication_title"
LEFT_OUT = frozenset({KbartCode.FIELD_COUNT})
UNREADABLE = frozenset({KbartCode.TOO_LARGE, KbartCode.EMPTY_FILE})
MONOGRAPH = "monograph"


def is_kbart(data: bytes) -> bool:
    """By its header line, in any of the encodings that such files come in."""
    head = data[:4096].replace(b"\0", b"").lower().split(b"\n", 1)[0]
    return MARK in head and b"\t" in head


def read_kbart(name: str, digest: str, data: bytes) -> ReadFile:
    table = read_table(data)
    findings = [
        _finding(name, found, left_out=found.code in LEFT_OUT | UNREADABLE) for found in table.findings
    ]
    lacking = not any(written.strip().lower().lstrip("\ufeff") == _NEEDED for written in table.header)
    if lacking:
        message = f"the first line names no column {_NEEDED}; expected the header of a KBART file"
        findings.append(ReadFinding("kbart-no-header", "error", name, message, 1))
        return ReadFile(name, digest.encode(), (), findings, unread=True)
    coverages = list(_coverages(name, table, findings))
    unread = any(finding.severity == "error" for finding in findings)
    return ReadFile(name, digest.encode(), (), findings, unread=unread, coverages=coverages)


def _coverages(name: str, table: Table, findings: list[ReadFinding]) -> Iterator[ReadCoverage]:
    broken = {found.line for found in table.findings if found.code in LEFT_OUT}
    titles: dict[tuple[object, ...], ReadTitle] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        if line in broken:
            continue
        if not row.publication_title.strip():
            message = "the line names no title; expected publication_title"
            findings.append(ReadFinding("kbart-field-empty", "error", name, message, line))
            continue
        if "\0" in "".join(row.values()):
            message = "it holds a character that no database keeps (U+0000)"
            findings.append(ReadFinding("text-unstorable", "error", name, message, line))
            continue
        findings += [_finding(name, found) for found in row_findings(row, line, PHASE_II)]
        title = _title(row)
        yield _coverage(row, titles.setdefault(_frozen(title), title), name, line)


def _frozen(title: ReadTitle) -> tuple[object, ...]:
    """Rows of one title share its block."""
    return (
        title.publisher,
        title.name,
        title.kind,
        *title.identifiers,
        *title.isbn_keys,
        *sorted(title.attributes.items()),
    )


def _title(row: Row) -> ReadTitle:
    printed, online = row.print_identifier, row.online_identifier
    monograph = row.publication_type.lower() == MONOGRAPH
    given = {
        "former_title_id": row.preceding_publication_title_id,
        "parent_title_id": row.parent_publication_title_id,
    }
    if not monograph:
        given |= {"print_identifier": "" if issn_of(printed) else printed}
        given |= {"online_identifier": "" if issn_of(online) else online}
    return ReadTitle(
        publisher=row.publisher_name.strip() or NO_PUBLISHER,
        name=row.publication_title.strip(),
        kind=_kind(row.publication_type.lower()),
        issn=issn_of(printed),
        eissn=issn_of(online),
        isbn_keys=tuple(isbn_keys(*(text for text in (printed, online) if not issn_of(text)))),
        attributes={key: text[:500] for key, text in given.items() if text},
    )


@cache
def _kind(written: str) -> str:
    return {"serial": TitleKind.JOURNAL, MONOGRAPH: TitleKind.BOOK}.get(written, "")


def _coverage(row: Row, title: ReadTitle, file: str, line: int) -> ReadCoverage:
    monograph = row.date_monograph_published_online or row.date_monograph_published_print
    return ReadCoverage(
        title=title,
        source_id=row.title_id,
        first_date=row.date_first_issue_online or monograph,
        last_date=row.date_last_issue_online or monograph,
        first_volume=row.num_first_vol_online or row.monograph_volume,
        last_volume=row.num_last_vol_online,
        first_issue=row.num_first_issue_online,
        last_issue=row.num_last_issue_online,
        embargo=row.embargo_info,
        depth=row.coverage_depth,
        access=row.access_type,
        url=row.title_url,
        notes=row.notes,
        file=file,
        line=line,
    )


def _finding(name: str, found: KbartFinding, *, left_out: bool = False) -> ReadFinding:
    said = f"{found.field}: " if found.field else ""
    message = f"{said}found “{storable(found.found, 200)}”, expected {found.expected}"
    if found.code is KbartCode.FIELD_COUNT:
        message = f"the line has {found.found}, expected {found.expected}; it was left out"
    severity = "error" if left_out else "warning"
    return ReadFinding(found.code, severity, name, message, found.line, entry=storable(found.entry, 500))
