"""One line of a list into what it says."""

from collections.abc import Iterable, Iterator

from apps.lockss.holdings.identifiers import identifiers_of
from apps.lockss.holdings.model import (
    IDENTIFIERS,
    Entry,
    Field,
    HoldingsCode,
    Layout,
    Limits,
    Note,
    Raw,
    YearRange,
)
from apps.lockss.holdings.years import behind_wall, from_dates, from_statement, is_backwards, year_of

FAULTS = {
    HoldingsCode.LINE_TOO_LONG: "The line is longer than any line of a list.",
    HoldingsCode.QUOTE_OPEN: "A quotation mark opens a cell and none ends it.",
    HoldingsCode.TOO_MANY_COLUMNS: "The line has more columns than any list has.",
    HoldingsCode.NOTHING_NAMED: "The line names neither a title nor an ISSN or ISBN.",
}


def entries(
    lines: Iterable[Raw], layout: Layout, this_year: int, limits: Limits | None = None
) -> Iterator[Entry]:
    """Every line below the head; one that cannot be read is an entry that says so."""
    limits = limits or Limits()
    for raw in lines:
        if raw.line <= layout.head:
            continue
        yield unread(raw.line, raw.fault) if raw.fault else entry_of(raw, layout, this_year, limits)


def unread(line: int, fault: HoldingsCode, title: str = "") -> Entry:
    return Entry(line, title, notes=(Note(fault, FAULTS[fault]),), unread=True)


def entry_of(raw: Raw, layout: Layout, this_year: int, limits: Limits) -> Entry:
    notes: list[Note] = []
    cells = {
        field: _clean(raw.cells[at], limits, notes)
        for field, at in layout.columns.items()
        if 0 <= at < len(raw.cells)
    }
    title, publisher = cells.get(Field.TITLE, ""), cells.get(Field.PUBLISHER, "")
    issns: list[str] = []
    isbns: list[str] = []
    for field in IDENTIFIERS:
        found = identifiers_of(cells.get(field, ""))
        issns += found.issns
        isbns += found.isbns
        notes += found.notes
    if not (title or issns or isbns):
        return unread(raw.line, HoldingsCode.NOTHING_NAMED)
    return Entry(
        raw.line,
        title,
        publisher,
        tuple(dict.fromkeys(issns)),
        tuple(dict.fromkeys(isbns)),
        _years(cells, this_year, notes),
        tuple(notes),
    )


def _clean(cell: str, limits: Limits, notes: list[Note]) -> str:
    text = " ".join(cell.replace("\0", " ").split())
    if "\ufffd" in text:
        notes.append(Note(HoldingsCode.CHARACTERS_LOST, "A letter was lost where the file was written."))
    if len(text) > limits.cell:
        notes.append(
            Note(HoldingsCode.CELL_CUT, f"A cell has more than {limits.cell:,} characters and was cut.")
        )
        text = text[: limits.cell]
    return text


def _years(cells: dict[Field, str], this_year: int, notes: list[Note]) -> tuple[YearRange, ...]:
    first, last, said = (cells.get(field, "") for field in (Field.FIRST, Field.LAST, Field.COVERAGE))
    ranges, fine = from_dates(first, last)
    if not fine:
        notes.append(
            Note(HoldingsCode.YEARS_UNREAD, f"No year was found in “{f'{first} {last}'.strip()[:80]}”.")
        )
    if not ranges and said:
        ranges = from_statement(said)
        if not ranges:
            notes.append(Note(HoldingsCode.YEARS_UNREAD, f"No year was found in “{said[:80]}”."))
    year = year_of(cells.get(Field.YEAR, ""))
    if not ranges and year is not None:
        ranges = ((year, year),)
    if is_backwards(ranges):
        notes.append(
            Note(HoldingsCode.YEARS_BACKWARDS, "The last year lies before the first; the years are not used.")
        )
        return ()
    return behind_wall(ranges, cells.get(Field.EMBARGO, ""), this_year)
