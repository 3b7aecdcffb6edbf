"""Judges a whole KBART file: its form, every row, and the rows together (kbart §7, rulings 8–14)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice, pairwise

from apps.lockss.kbart.check_row import MONOGRAPH, RowCheck
from apps.lockss.kbart.collation import collation_key, fold
from apps.lockss.kbart.dates import first_day, last_day
from apps.lockss.kbart.file_names import expected_name
from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.heads import header_faults
from apps.lockss.kbart.labels import goes_back
from apps.lockss.kbart.model import COLUMNS, Row
from apps.lockss.kbart.numbering import starts_again
from apps.lockss.kbart.table import Table, read_table
from apps.lockss.kbart.vocabulary import PHASE_II, Vocabulary

MOST_FINDINGS = 10_000
_ARTICLES = ("the ", "a ", "an ", "der ", "die ", "das ", "le ", "la ", "les ", "l'", "el ", "los ", "las ")
# A year and a day between: less is one coverage with some issues missing.
SPLIT_DAYS = 366
Numbered = list[tuple[int, Row]]


def check_file(
    data: bytes, *, name: str | None = None, vocabulary: Vocabulary = PHASE_II, strict: bool = False
) -> list[KbartFinding]:
    """All that is wrong, in order of lines; ``strict``: what is only advised counts as grave. At most 10,000."""
    table = read_table(data, mend=False)
    found = list(islice(_findings(table, name, vocabulary, strict=strict), MOST_FINDINGS + 1))
    if len(found) > MOST_FINDINGS:
        found = found[:MOST_FINDINGS]
        more = KbartFinding(KbartCode.TOO_MANY_FINDINGS, False, "", f"over {MOST_FINDINGS}", "fewer")
        return [*sorted(found, key=_line), more]
    return sorted(found, key=_line)


def _line(finding: KbartFinding) -> int:
    return finding.line or 0


def _findings(
    table: Table, name: str | None, vocabulary: Vocabulary, *, strict: bool
) -> Iterator[KbartFinding]:
    if name is not None and (expected := expected_name(name)):
        yield KbartFinding(KbartCode.FILE_NAME, strict, "", name[:200], expected)
    # What an import forgives is a fault of the file.
    header = (KbartCode.COLUMN_MISSING, KbartCode.COLUMN_UNKNOWN, KbartCode.COLUMN_ORDER)
    yield from (replace(one, grave=one.grave or strict) for one in table.findings if one.code not in header)
    yield from header_faults(table.header) if table.header else ()
    # Of a column that the header lacks, it is said there and not again of every row.
    missing = {name for name in COLUMNS if name not in table.places}
    yield from (one for one in _of_rows(table, vocabulary, strict=strict) if one.field not in missing)


def _of_rows(table: Table, vocabulary: Vocabulary, *, strict: bool) -> Iterator[KbartFinding]:
    for line, row in zip(table.lines, table.rows, strict=True):
        yield from RowCheck(row, line, vocabulary, strict=strict).findings()
    rows = list(zip(table.lines, table.rows, strict=True))
    yield from _twice(rows)
    for own in _by_title(rows):
        yield from _one_title(own, strict=strict)
    yield from _order(rows, strict=strict)


def _twice(rows: Numbered) -> Iterator[KbartFinding]:
    first: dict[Row, int] = {}
    for line, row in rows:
        before = first.setdefault(row, line)
        if before != line:
            expected = f"not line {before} again"
            yield KbartFinding(KbartCode.SAME_ROW, True, "", row.publication_title[:200], expected, line)


def _by_title(rows: Numbered) -> Iterable[Numbered]:
    """The rows of each title_id, without those that are there twice."""
    grouped: dict[str, dict[Row, int]] = defaultdict(dict)
    for line, row in rows:
        if row.title_id:
            grouped[row.title_id].setdefault(row, line)
    return ([(line, row) for row, line in own.items()] for own in grouped.values() if len(own) > 1)


def _one_title(own: Numbered, *, strict: bool) -> Iterator[KbartFinding]:
    title = own[0][1].publication_title
    for line, row in own[1:]:
        if row.publication_title != title or row.publication_type == MONOGRAPH:
            # Whole sentences: rows keep them, and templates know them as they stand here.
            expected = f"another id than that in line {own[0][0]}"
            if title.strip():
                expected = f"another id than that of {title[:100]} in line {own[0][0]}"
            yield KbartFinding(KbartCode.SAME_TITLE_ID, True, "title_id", row.title_id[:200], expected, line)
    firsts: dict[str, int] = {}
    for line, row in own:
        before = firsts.setdefault(row.date_first_issue_online, line)
        if before != line and row.publication_type != MONOGRAPH:
            text = f"another first date than the row of this title in line {before} has"
            field = "date_first_issue_online"
            yield KbartFinding(KbartCode.SAME_KEY, strict, field, row.date_first_issue_online, text, line)
    yield from _spans(own, strict=strict)


def _spans(own: Numbered, *, strict: bool) -> Iterator[KbartFinding]:
    """Rows of one title against each other, in order of time."""
    dated = [
        (first, last_day(row.date_last_issue_online) or date.max, line, row)
        for line, row in own
        if (first := first_day(row.date_first_issue_online)) is not None
    ]
    dated.sort(key=lambda one: (one[0], one[1], one[2]))
    if not dated:
        return
    _, end, _, before = dated[0]
    for start, own_end, line, row in dated[1:]:
        fault = _between(before, end, row, start)
        if fault is not None:
            code, text = fault
            found = row.date_first_issue_online
            yield KbartFinding(code, strict, "date_first_issue_online", found, text, line)
        if own_end >= end:
            end, before = own_end, row


def _between(before: Row, end: date, row: Row, start: date) -> tuple[KbartCode, str] | None:
    """What is wrong between the row that reaches furthest, until ``end``, and the next one."""
    if start <= end:
        return KbartCode.OVERLAP, f"later than {before.date_last_issue_online or 'an open end'}"
    if (start - end).days < SPLIT_DAYS and not _counts_anew(before, row):
        until = before.date_last_issue_online
        return KbartCode.SPLIT, f"one row with that which ends {until}: less than a year is missing"
    return None


def _counts_anew(before: Row, row: Row) -> bool:
    """The one reason for a row where years run on: its volumes begin again, not only below the last one (ruling 4)."""
    first, last, own = before.num_first_vol_online, before.num_last_vol_online, row.num_first_vol_online
    return goes_back(last or first, own) and starts_again(first or last, own)


def _without_article(title: str) -> str:
    folded = fold(title)
    return next((folded.removeprefix(word) for word in _ARTICLES if folded.startswith(word)), folded)


# Any order is one, if it is kept (ruling 12).
_ORDERS: tuple[Callable[[str], object], ...] = (
    collation_key,
    lambda title: title,
    str.casefold,
    fold,
    lambda title: collation_key(_without_article(title)),
    _without_article,
)


def _order(rows: Numbered, *, strict: bool) -> Iterator[KbartFinding]:
    """The first row that is out of order in the order that fits longest."""
    titles = [row.publication_title for _, row in rows]
    places = [_first_out(titles, key) for key in _ORDERS]
    if None in places:
        return
    at = max(place for place in places if place is not None)
    expected = f"after {titles[at - 1][:100]}, in alphabetical order"
    yield KbartFinding(KbartCode.ORDER, strict, "publication_title", titles[at][:200], expected, rows[at][0])


def _first_out(titles: list[str], key: Callable[[str], object]) -> int | None:
    keys: list[object] = [key(title) for title in titles]
    pairs = pairwise(keys)
    return next((place for place, (before, after) in enumerate(pairs, 1) if after < before), None)  # type: ignore[operator]
