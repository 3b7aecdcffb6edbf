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
)
from apps.lockss.holdings.spans import span_of

FAULTS = {
    HoldingsCode.LINE_TOO_LONG: "The line is longer than any line of a list.",
    HoldingsCode.QUOTE_OPEN: "A quotation mark opens a cell and none ends it.",
    HoldingsCode.TOO_MANY_COLUMNS: "The line has more columns than any list has.",
    HoldingsCode.NOTHING_NAMED: "The line names neither a title nor an ISSN or ISBN.",
    HoldingsCode.NOTHING_VALID: "The line has no title, and nothing else in it is a valid ISSN or ISBN.",
}
# Of a line as it stands in the file, so much is kept for people.
MOST_CELLS, LONGEST_CELL, LONGEST_CELLS = 60, 300, 4_000


def entries(
    lines: Iterable[Raw], layout: Layout, this_year: int, limits: Limits | None = None
) -> Iterator[Entry]:
    """Every line below the head; one that cannot be read is an entry that says so."""
    limits = limits or Limits()
    for raw in lines:
        if raw.line <= layout.head:
            continue
        yield unread(raw, raw.fault) if raw.fault else entry_of(raw, layout, this_year, limits)


def unread(raw: Raw, fault: HoldingsCode, notes: Iterable[Note] = ()) -> Entry:
    said = (*notes, Note(fault, FAULTS[fault]))
    return Entry(raw.line, notes=said, unread=True, cells=kept_cells(raw.cells))


def kept_cells(cells: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room = LONGEST_CELLS
    for cell in cells:
        if len(kept) == MOST_CELLS or room <= 0:
            break
        kept.append(cell[: min(LONGEST_CELL, room)])
        room -= len(kept[-1])
    return tuple(kept)


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
        return unread(raw, HoldingsCode.NOTHING_VALID if notes else HoldingsCode.NOTHING_NAMED, notes)
    span = span_of(cells, this_year)
    return Entry(
        raw.line,
        title,
        publisher,
        tuple(dict.fromkeys(issns)),
        tuple(dict.fromkeys(isbns)),
        span.ranges,
        (*notes, *span.notes),
        readings=span.readings,
        asked=span.asked if span.readings else (),
        cells=kept_cells(raw.cells),
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
