"""Titles and their covered AUs into rows: serials by ranges, monographs by AU (kbart §7, rulings 1–9, 13, 19, 20)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from apps.lockss.kbart.collation import collation_key
from apps.lockss.kbart.controls import CONTROL, UNPRINTABLE, shown
from apps.lockss.kbart.controls import expected as without_controls
from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.identifiers import Identifier, isbn, issn
from apps.lockss.kbart.items import Range
from apps.lockss.kbart.model import (
    COLUMNS,
    CoveredAu,
    CoveredTitle,
    Edition,
    Holding,
    Kind,
    NoteStyle,
    Row,
    Scope,
    Terms,
)
from apps.lockss.kbart.notes import Stretch, coverage_note, joined, lacks_note, stretches
from apps.lockss.kbart.ranges import Coverage, coverage
from apps.lockss.kbart.spans import years_of
from apps.lockss.kbart.vocabulary import PHASE_II, is_embargo

FULLTEXT = "fulltext"
TWO_NUMBERINGS = "volumes are numbered in two ways"
_NEXT_NAME = re.compile(r";|&|\s(?:and|und|et)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """Rows in the order of the file, and what was left out of them or will trouble their readers."""

    rows: tuple[Row, ...]
    findings: tuple[KbartFinding, ...]


def report(holdings: Iterable[Holding], terms: Terms) -> Report:
    """The whole file. A title without AUs gives no row; of two titles with one id the second is left out."""
    rows: list[tuple[tuple[object, ...], Row]] = []
    findings: list[KbartFinding] = []
    # Whose ids they are; the rows of one serial share theirs, a monograph has its own.
    titles: dict[str, str] = {}
    monographs: dict[str, str] = {}
    for holding in holdings:
        title = holding.title
        if owner := titles.get(title.id) or monographs.get(title.id):
            findings.append(_not_unique(title.name, title.id, owner))
            continue
        titles[title.id] = title.name
        made = title_rows(holding, terms)
        findings += made.findings
        for place, row in enumerate(made.rows):
            own, name = row.title_id, row.publication_title
            if row.publication_type == "monograph":
                owner = monographs.get(own) or (titles.get(own) if own != title.id else None)
                if owner:
                    findings.append(_not_unique(name, own, owner))
                    continue
                monographs[own] = name
            rows.append(((collation_key(name), name, own, place), row))
    rows.sort(key=lambda pair: pair[0])
    return Report(tuple(row for _, row in rows), tuple(findings))


def _not_unique(name: str, title_id: str, owner: str) -> KbartFinding:
    expected = f"an id that is not that of {owner}"
    return KbartFinding(KbartCode.SAME_TITLE_ID, True, "title_id", title_id, expected, entry=name)


def title_rows(holding: Holding, terms: Terms) -> Report:
    """The rows of one title, in order of time, monographs last. An unnamed title is a finding."""
    title = holding.title
    for name, value in (("publication_title", title.name), ("title_id", title.id)):
        if not clean(value):
            return Report((), (_left_out(title, KbartCode.EMPTY, name, "", "a value"),))
    findings: list[KbartFinding] = []
    books: list[CoveredAu] = []
    rest: list[CoveredAu] = []
    by_issn = any(issn(text).value for text in (title.issn, title.eissn, title.issn_l))
    for au in holding.aus:
        (books if _is_monograph(title, au, by_issn=by_issn) else rest).append(au)
    rows = _serial_rows(title, rest, terms, findings) if rest else []
    for au in books:
        row = _monograph_row(title, au, terms, findings)
        if row is not None:
            rows.append(row)
    tidied = [_tidy(row) for row in rows]
    odd = [row for row, tidy in zip(rows, tidied, strict=True) if tidy is not row]
    findings += _controls(title, books, odd)
    return Report(tuple(tidied), tuple(findings))


def _controls(title: CoveredTitle, books: Sequence[CoveredAu], odd: Sequence[Row]) -> list[KbartFinding]:
    """The control signs that lists wrote into what is reported; each field is told once. ``odd``: rows with such."""
    written = [("notes", title.notes)]
    for au in books:
        written += [("publication_title", au.name), ("first_author", au.first_author)]
        written += [("first_editor", au.first_editor)]
    written += [(name, getattr(row, name)) for row in odd for name in COLUMNS]
    found = {name: value for name, value in reversed(written) if CONTROL.search(value)}
    return [
        KbartFinding(
            KbartCode.CONTROL,
            False,
            name,
            shown(found[name][:200]),
            without_controls(found[name]),
            entry=title.name,
        )
        for name in COLUMNS
        if name in found
    ]


def _tidy(row: Row) -> Row:
    """Every field of every row goes through here, whatever it was put together from: what lists write, notes as well."""
    values = row.values()
    cleaned = tuple(map(clean, values))
    return row if cleaned == values else Row(*cleaned)


def clean(text: str) -> str:
    """What may stand in a field: tabs, line ends and other control signs become blanks; no quotes around it."""
    text = UNPRINTABLE.sub(" ", text).strip()
    while len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        # Readers of tables would take them away.
        text = text[1:-1].strip()
    return text


def one_name(text: str) -> str:
    """The first of several names (ruling 9)."""
    return clean(_NEXT_NAME.split(text, maxsplit=1)[0])


def title_url(address: str, title_id: str) -> str:
    """Where the portal shows a title (ruling 1)."""
    return f"{address.rstrip('/')}/title/{quote(title_id, safe='')}"


def _left_out(title: CoveredTitle, code: KbartCode, field: str, found: str, expected: str) -> KbartFinding:
    return KbartFinding(code, True, field, found, expected, entry=title.name or title.id)


def _is_monograph(title: CoveredTitle, au: CoveredAu, *, by_issn: bool) -> bool:
    """A book is; of a series or of proceedings what has an ISBN; and so is what calls itself a journal without ISSN."""
    if title.kind is Kind.BOOK:
        return True
    if title.kind is Kind.JOURNAL and by_issn:
        return False
    return any(isbn(text).value for text in (au.isbn, au.eisbn))


class _Identifiers:
    """Checks identifiers and notes those that are left out."""

    def __init__(self, entry: str, findings: list[KbartFinding]) -> None:
        self._entry = entry
        self._findings = findings

    def take(self, found: Identifier, field: str, text: str) -> str:
        if found.fault is not None:
            digits = "right check digit" if found.fault is KbartCode.CHECK_DIGIT else "ISSN or ISBN"
            self._findings.append(
                KbartFinding(found.fault, False, field, clean(text), digits, entry=self._entry)
            )
        return found.value

    def pair(self, printed: str, online: str) -> tuple[str, str]:
        """The two fields; a number that stands for both is the online one."""
        if not printed and not online:
            message = "at least one identifier"
            self._findings.append(
                KbartFinding(
                    KbartCode.NO_IDENTIFIER, False, "online_identifier", "", message, entry=self._entry
                )
            )
        return ("" if printed == online else printed), online


def _serial_rows(
    title: CoveredTitle, aus: Sequence[CoveredAu], terms: Terms, findings: list[KbartFinding]
) -> list[Row]:
    found = coverage(aus, terms.this_year, terms.edition)
    check = _Identifiers(title.name, findings)
    print_id, online_id = (
        check.take(issn(title.issn), "print_identifier", title.issn),
        check.take(issn(title.eissn), "online_identifier", title.eissn),
    )
    remarks = [clean(title.notes)]
    if not print_id and not online_id:
        online_id = check.take(issn(title.issn_l), "online_identifier", title.issn_l)
        if online_id:
            remarks.append("identifier is the ISSN-L")
    print_id, online_id = check.pair(print_id, online_id)
    told = stretches(found, is_open=_is_open(title, found, terms))
    common = Row(
        publication_title=title.name,
        print_identifier=print_id,
        online_identifier=online_id,
        title_url=clean(title.url) or title_url(terms.address, title.id),
        title_id=title.id,
        embargo_info=_embargo(title, findings),
        publisher_name=title.publisher,
        publication_type="serial",
        preceding_publication_title_id="" if title.preceding_id == title.id else title.preceding_id,
    )
    if terms.one_line:
        whole = [item.au for current in found.ranges for item in current.items]
        note = coverage_note(told, terms.notes or NoteStyle.YEAR_VOLUME)
        rows = [_range_row(common, whole, joined(told[0], told[-1]), [note, *remarks], title, terms)]
    else:
        rows = [
            _range_row(
                common,
                [item.au for item in current.items],
                stretch,
                [_own_note(current, stretch, terms), *remarks],
                title,
                terms,
            )
            for current, stretch in zip(found.ranges, told, strict=True)
        ]
    if any(not row.date_first_issue_online for row in rows):
        findings.append(
            KbartFinding(
                KbartCode.NO_FIRST_DATE, False, "date_first_issue_online", "", "a year", entry=title.name
            )
        )
    return rows


def _own_note(current: Range, told: Stretch, terms: Terms) -> str:
    if terms.notes is not None:
        return coverage_note([told], terms.notes)
    if current.two_numberings:
        return TWO_NUMBERINGS
    return lacks_note(current.lacks) if terms.edition is Edition.KBART else coverage_note([told])


def _range_row(
    common: Row,
    aus: Sequence[CoveredAu],
    told: Stretch,
    notes: Sequence[str],
    title: CoveredTitle,
    terms: Terms,
) -> Row:
    # An end without its beginning would be read as a fault: neither then.
    has_volumes = bool(clean(told.first_volume))
    has_issues = bool(clean(told.first_issue))
    return replace(
        common,
        date_first_issue_online=told.first_year,
        num_first_vol_online=told.first_volume,
        num_first_issue_online=told.first_issue,
        date_last_issue_online="" if told.is_open else told.last_year,
        num_last_vol_online=told.last_volume if has_volumes and not told.is_open else "",
        num_last_issue_online=told.last_issue if has_issues and not told.is_open else "",
        coverage_depth=_depth(aus[0].depth),
        notes="; ".join(filter(None, notes)),
        access_type=_access(title, aus, terms),
    )


def _is_open(title: CoveredTitle, found: Coverage, terms: Terms) -> bool:
    """Only what is available, has reached last year, and has not ceased, goes on (ruling 5)."""
    if terms.scope is not Scope.AVAILABLE or title.ceased or not found.ranges or not found.ordered:
        return False
    years = found.ranges[-1].years
    return years is not None and years[1] >= terms.this_year - 1


def _depth(text: str) -> str:
    word = text.strip().lower()
    return word if word in PHASE_II.depths else FULLTEXT


def _embargo(title: CoveredTitle, findings: list[KbartFinding]) -> str:
    text = clean(title.embargo)
    if not text or is_embargo(text):
        return text
    expected = "as in P1Y, R10Y or R10Y;P30D"
    findings.append(
        KbartFinding(KbartCode.BAD_EMBARGO, False, "embargo_info", text, expected, entry=title.name)
    )
    return ""


def _access(title: CoveredTitle, aus: Sequence[CoveredAu], terms: Terms) -> str:
    """``F`` only where all of it is free."""
    if title.open_access:
        return "F"
    free = sum(au.open_access for au in aus)
    if free == len(aus):
        return "F"
    return "M" if free and terms.mixed_access else "P"


def _monograph_row(
    title: CoveredTitle, au: CoveredAu, terms: Terms, findings: list[KbartFinding]
) -> Row | None:
    name, own = clean(au.name), clean(au.id)
    for column, value in (("publication_title", name), ("title_id", own)):
        if not value:
            findings.append(
                KbartFinding(KbartCode.EMPTY, True, column, "", "a value", entry=name or title.name)
            )
            return None
    check = _Identifiers(name, findings)
    printed = check.take(isbn(au.isbn), "print_identifier", au.isbn)
    online = check.take(isbn(au.eisbn), "online_identifier", au.eisbn)
    print_id, online_id = check.pair(printed, online)
    years = years_of(au.year, terms.this_year)
    print_years = years_of(au.print_year, terms.this_year) if printed else None
    if years is None and print_years is None:
        field = "date_monograph_published_online"
        findings.append(
            KbartFinding(KbartCode.NO_MONOGRAPH_DATE, True, field, clean(au.year), "a year", entry=name)
        )
    return Row(
        publication_title=name,
        print_identifier=print_id,
        online_identifier=online_id,
        title_url=clean(au.url) or title_url(terms.address, own),
        first_author=one_name(au.first_author),
        title_id=own,
        embargo_info=_embargo(title, findings),
        coverage_depth=_depth(au.depth),
        notes=title.notes,
        publisher_name=title.publisher,
        publication_type="monograph",
        date_monograph_published_print=str(print_years[0]) if print_years else "",
        date_monograph_published_online=str(years[0]) if years else "",
        monograph_volume=au.volume,
        monograph_edition=au.edition,
        first_editor=one_name(au.first_editor),
        parent_publication_title_id="" if title.kind in (Kind.BOOK, Kind.JOURNAL) else title.id,
        access_type=_access(title, [au], terms),
    )
