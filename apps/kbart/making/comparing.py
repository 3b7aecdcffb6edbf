"""What differs between two editions: titles that came, that went, and whose ranges are others now.

Both are sorted by the number of the title, in files where they are long, and read side by side; so a title that got
another name is one that changed. Few rows are held.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from django.utils.translation import gettext

from apps.kbart.errors import ReportError
from apps.kbart.making.keepers import KEEPERS_COLUMNS
from apps.kbart.making.kept import kept_rows
from apps.kbart.making.report import ID, TITLE, key_of
from apps.kbart.making.sorting import Sorter
from apps.kbart.making.typeset import coverage
from apps.lockss.kbart import COLUMNS, STANDARD

Values = tuple[str, ...]
# An edition for the Keepers begins with the same columns.
COLUMNS_TOLD = KEEPERS_COLUMNS
NOTHING = "–"


class Change(StrEnum):
    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A column by its name, and what its lines said: each value once, in their order, ``–`` for nothing."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Difference:
    """``before`` and ``after``: the rows of one title; one of them empty where it came or went."""

    change: Change
    before: tuple[Values, ...]
    after: tuple[Values, ...]

    @property
    def row(self) -> Values:
        return (self.after or self.before)[0]

    @property
    def title(self) -> str:
        return self.row[TITLE]

    @property
    def fields(self) -> tuple["FieldChange", ...]:
        """Which columns of a title that changed have other values now; none of one that came or went."""
        if self.change is not Change.CHANGED:
            return ()
        pairs = zip(COLUMNS_TOLD, zip(*self.before, strict=True), zip(*self.after, strict=True), strict=False)
        return tuple(FieldChange(name, _values(was), _values(now)) for name, was, now in pairs if was != now)

    @property
    def was(self) -> str:
        return _told(self.before)

    @property
    def now(self) -> str:
        return _told(self.after)

    @property
    def new_rows(self) -> list[Values]:
        """Those that the edition before did not have."""
        return [row for row in self.after if row not in self.before]


def _values(values: tuple[str, ...]) -> str:
    return "; ".join(value or NOTHING for value in dict.fromkeys(values))


def _told(rows: tuple[Values, ...]) -> str:
    return ", ".join(text for row in rows if (text := coverage(dict(zip(COLUMNS, row, strict=False)))))


@contextmanager
def compared(before: Path, after: Path, folder: Path | None = None) -> Iterator[tuple[Values, "Differences"]]:
    """The heads of the later one, and what differs, in the order of the titles' names.

    ReportError: one is gone, or they have other columns.
    """
    with Sorter(folder) as one, Sorter(folder) as other, Sorter(folder) as found:
        earlier, heads = _filled(one, before), _filled(other, after)
        if earlier != heads:
            raise ReportError(
                gettext(
                    "These two have other columns (one is for the Keepers Registry), so they cannot be compared."
                )
            )
        differences = Differences(found)
        for difference in _side_by_side(one.merged(), other.merged()):
            differences.add(difference)
        yield heads, differences


def _filled(sorter: Sorter, path: Path) -> Values:
    rows = kept_rows(path)
    heads = next(rows, COLUMNS)
    if heads[: len(COLUMNS)] != COLUMNS:
        raise ReportError(gettext("Lines for a link resolver have no titles, so they cannot be compared."))
    for row in rows:
        sorter.add(row[ID], row)
    return heads


class Differences:
    """Counted, and kept in order."""

    def __init__(self, sorter: Sorter) -> None:
        self._sorter = sorter
        self.counts: Counter[Change] = Counter()

    def add(self, one: Difference) -> None:
        self.counts[one.change] += 1
        rows = (*one.before, *one.after)
        head = (one.change.value, str(len(one.before)), str(len(rows[0])))
        self._sorter.add(key_of(one.row, STANDARD), (*head, *(value for row in rows for value in row)))

    def __iter__(self) -> Iterator[Difference]:
        """Once."""
        for change, number, width, *values in self._sorter.merged():
            step, own = int(width), int(number)
            rows = [tuple(values[at : at + step]) for at in range(0, len(values), step)]
            yield Difference(Change(change), tuple(rows[:own]), tuple(rows[own:]))


def _side_by_side(one: Iterator[Values], other: Iterator[Values]) -> Iterator[Difference]:
    """Both in the order of ids."""
    befores, afters = _grouped(one), _grouped(other)
    before, after = next(befores, None), next(afters, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before[0] < after[0]):
            yield Difference(Change.GONE, before[1], ())
            before = next(befores, None)
        elif before is None or after[0] < before[0]:
            yield Difference(Change.ADDED, (), after[1])
            after = next(afters, None)
        else:
            if before[1] != after[1]:
                yield Difference(Change.CHANGED, before[1], after[1])
            before, after = next(befores, None), next(afters, None)


def _grouped(rows: Iterator[Values]) -> Iterator[tuple[str, tuple[Values, ...]]]:
    for key, own in groupby(rows, key=lambda row: row[ID]):
        yield key, tuple(own)
