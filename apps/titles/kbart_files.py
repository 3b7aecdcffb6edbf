"""KBART files as an import reads them: titles with identifiers and coverage, no AUs. A bad line is a finding.

Which lines are left out: those without a title and those whose fields do not fit the header, for what stands in them
is not known. Everything else is kept as written, and what looks wrong about it is told.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from apps.common.text import storable
from apps.lockss.kbart import (
    PHASE_II,
    KbartCode,
    KbartFinding,
    Row,
    Table,
    find_header,
    read_table,
    row_findings,
)
from apps.titles.choices import TitleKind
from apps.titles.identifiers import isbn_keys
from apps.titles.staging import NO_PUBLISHER, ReadCoverage, ReadFile, ReadFinding, ReadTitle, issn_of

_NEEDED = "publication_title"
_HEAD = 1 << 16
LEFT_OUT = frozenset({KbartCode.FIELD_COUNT})
UNREADABLE = frozenset({KbartCode.TOO_LARGE, KbartCode.NOT_TEXT, KbartCode.EMPTY_FILE})
# What is so of the whole file is a remark: the file was understood all the same.
REMARKS = frozenset(
    {
        KbartCode.BYTE_ORDER_MARK,
        KbartCode.HEADER,
        KbartCode.SEPARATOR,
        KbartCode.COLUMN_MISSING,
        KbartCode.COLUMN_UNKNOWN,
        KbartCode.COLUMN_ORDER,
        KbartCode.BLANK_LINE,
        KbartCode.NOT_UTF8,
    }
)
# Of one fault in one column; an export has the same in every line.
MOST_ALIKE = 20
_BOOKS = frozenset({"monograph", "book", "ebook", "e-book"})
_JOURNALS = frozenset({"serial", "journal", "periodical", "ejournal", "e-journal"})


def is_kbart(data: bytes) -> bool:
    """By its header, which names a title and another column of the standard, in any of the usual encodings."""
    head = data[:_HEAD].replace(b"\0", b"").decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip("\xff\xfe")
    return find_header(head) is not None


def read_kbart(name: str, digest: str, data: bytes) -> ReadFile:
    table = read_table(data)
    told = _Findings(name, table)
    for found in table.findings:
        told.add(found)
    if _NEEDED not in table.places:
        message = f"no line names a column {_NEEDED}; expected the header of a KBART file"
        told.add_own("kbart-no-header", "error", message, 1)
        return ReadFile(name, digest.encode(), (), told.all(), unread=True)
    coverages = list(_coverages(name, table, told))
    findings = told.all()
    unread = any(finding.severity == "error" for finding in findings)
    return ReadFile(name, digest.encode(), (), findings, unread=unread, coverages=coverages)


class _Findings:
    """Those of one file, with their column; of what is wrong in every line the first ones, and how many more."""

    def __init__(self, name: str, table: Table) -> None:
        self._name = name
        self._places = table.places
        self._found: list[ReadFinding] = []
        self._alike: Counter[tuple[str, str]] = Counter()

    def add(self, found: KbartFinding) -> None:
        if found.code in (LEFT_OUT | UNREADABLE) and found.grave:
            self._found.append(self._read(found, "error"))
            return
        self._alike[found.code, found.field] += 1
        if self._alike[found.code, found.field] <= MOST_ALIKE or found.code is KbartCode.COLUMN_UNKNOWN:
            self._found.append(self._read(found, "note" if found.code in REMARKS else "warning"))

    def add_own(self, code: str, severity: str, message: str, line: int, entry: str = "") -> None:
        self._found.append(ReadFinding(code, severity, self._name, message, line, entry=entry))

    def add_unstorable(self, found: KbartFinding) -> None:
        self._found.append(replace(self._read(found, "error"), code="text-unstorable"))

    def has(self, field: str) -> bool:
        """A column that the file lacks is told once, not in every line."""
        return not field or field in self._places

    def all(self) -> list[ReadFinding]:
        more = [
            ReadFinding(
                "kbart-more-alike",
                "note",
                self._name,
                f"{field or 'the line'}: {_unlisted(code, times - MOST_ALIKE)}",
            )
            for (code, field), times in self._alike.items()
            if times > MOST_ALIKE and code != KbartCode.COLUMN_UNKNOWN
        ]
        return [*self._found, *more]

    def _read(self, found: KbartFinding, severity: str) -> ReadFinding:
        at = self._places.get(found.field)
        return ReadFinding(
            found.code,
            severity,
            self._name,
            _message(found, severity),
            found.line,
            None if at is None else at + 1,
            storable(found.entry, 500),
        )


def _message(found: KbartFinding, severity: str) -> str:
    if found.code is KbartCode.COLUMN_MISSING:
        return f"there is no column {found.field}; it is taken for empty"
    if found.code is KbartCode.COLUMN_UNKNOWN:
        return f"the column “{storable(found.found, 60)}” is none of the standard's, or stands there twice; it is not read"
    if found.code is KbartCode.FIELD_COUNT:
        became = "it was left out" if severity == "error" else "what is missing was taken for empty"
        return f"the line has {found.found}, expected {found.expected}; {became}"
    said = f"{found.field}: " if found.field else ""
    return f"{said}found “{storable(found.found, 200)}”, expected {found.expected}"


def _coverages(name: str, table: Table, told: _Findings) -> Iterator[ReadCoverage]:
    broken = {found.line for found in table.findings if found.code in LEFT_OUT and found.grave}
    titles: dict[tuple[object, ...], ReadTitle] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        if line in broken:
            continue
        if not row.publication_title.strip():
            told.add_own(
                "kbart-field-empty", "error", "the line names no title; expected publication_title", line
            )
            continue
        if "\0" in "".join(row.values()):
            # No database keeps it, so the line cannot be taken.
            for found in row_findings(row, line, PHASE_II):
                if found.code is KbartCode.CONTROL:
                    told.add_unstorable(found)
            continue
        for found in row_findings(row, line, PHASE_II):
            if told.has(found.field):
                told.add(found)
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
    isbns = tuple(isbn_keys(*(text for text in (printed, online) if not issn_of(text))))
    given = {
        "former_title_id": row.preceding_publication_title_id,
        "parent_title_id": row.parent_publication_title_id,
    }
    if not isbns:
        given |= {"print_identifier": "" if issn_of(printed) else printed}
        given |= {"online_identifier": "" if issn_of(online) else online}
    return ReadTitle(
        publisher=row.publisher_name.strip() or NO_PUBLISHER,
        name=row.publication_title.strip(),
        kind=_kind(row.publication_type.lower())
        or (TitleKind.BOOK if isbns and not row.publication_type else ""),
        issn=issn_of(printed),
        eissn=issn_of(online),
        isbn_keys=isbns,
        attributes={key: text[:500] for key, text in given.items() if text},
    )


@cache
def _kind(written: str) -> str:
    if written in _BOOKS:
        return TitleKind.BOOK
    return TitleKind.JOURNAL if written in _JOURNALS else ""


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


def _unlisted(code: str, more: int) -> str:
    if more == 1:
        return f"{code} stands in {more} more line, which is not listed"
    return f"{code} stands in {more:,} more lines, which are not listed"
