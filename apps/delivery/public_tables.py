"""Tables of the content host: sorted, searched, paged and given as a file, without a script and without a session.

What a reader wants of one stands in the address: ``search``, ``sort`` (``-`` before it turns it), ``after`` (where the
page begins, as the page before said) and ``format`` (``tsv`` or ``csv``).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from django.utils.translation import gettext

from apps.common.pages import Link
from apps.common.search import fold

PER_PAGE = 50
LONGEST_SEARCH = 200
LONGEST_AFTER = 2_000
FORMATS = {"tsv": "text/tab-separated-values", "csv": "text/csv"}
_FORMULA = "=+-@\t\r"


@dataclass(frozen=True, slots=True)
class Cell:
    """``text`` is what is sorted, searched and written to a file; of links the addresses are written, too."""

    text: str
    links: tuple[Link, ...] = ()
    note: str = ""


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """``sorts``: whether the table can be in its order."""

    key: str
    label: str
    sorts: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address asks of a table. ``rest``: the other parameters, kept in every link."""

    path: str
    search: str = ""
    sort: str = ""
    after: str = ""
    format: str = ""
    rest: tuple[tuple[str, str], ...] = ()

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def address(self, **changes: str) -> str:
        given = {"search": self.search, "sort": self.sort, "after": self.after, **changes}
        pairs = [*self.rest, *((name, value) for name, value in given.items() if value)]
        return self.path + (f"?{urlencode(pairs)}" if pairs else "")


@dataclass(frozen=True, slots=True)
class Table:
    """As the template shows it. ``heads``: label, address of the other order, and ``aria-sort``."""

    title: str
    heads: tuple[tuple[str, str, str], ...]
    rows: tuple[Row, ...]
    wish: Wish
    following: str = ""
    first: str = ""
    files: tuple[Link, ...] = ()
    empty: str = ""

    @property
    def labelled(self) -> tuple[tuple[tuple[str, Cell], ...], ...]:
        """The rows, each cell behind its column's label; the first, which names the row, has none."""
        labels = ("", *(label for label, _to, _order in self.heads[1:]))
        return tuple(tuple(zip(labels, row, strict=True)) for row in self.rows)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What the form of the search has to send along."""
        return (*self.wish.rest, *((("sort", self.wish.sort),) if self.wish.sort else ()))


def wish_of(path: str, query: str) -> Wish:
    """``path``: with the pass of this reader; ``query``: as it was sent."""
    given = parse_qs(query, keep_blank_values=False)
    own = {name: given.pop(name, [""])[0] for name in ("search", "sort", "after", "format")}
    rest = tuple((name, value) for name, values in given.items() for value in values)
    return Wish(
        path,
        own["search"].strip()[:LONGEST_SEARCH],
        own["sort"][:50],
        own["after"] if len(own["after"]) <= LONGEST_AFTER else "",
        own["format"] if own["format"] in FORMATS else "",
        rest,
    )


def table(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Row],
    wish: Wish,
    *,
    following: str = "",
    sorted_by: str = "",
    empty: str = "",
    unfound: str = "",
) -> Table:
    """A page of rows that are in order already; ``following``: the ``after`` of the next one. ``empty`` and ``unfound``:
    what is said where there are no rows, without and with a search."""
    heads = []
    for one in columns:
        by = (wish.column or sorted_by) == one.key
        turned = f"-{one.key}" if by and not wish.descending else one.key
        to = wish.address(sort=turned, after="") if one.sorts else ""
        order = ("descending" if wish.descending else "ascending") if by and one.sorts else ""
        heads.append((one.label, to, order))
    return Table(
        title,
        tuple(heads),
        tuple(rows),
        wish,
        wish.address(after=following) if following else "",
        wish.address(after="") if wish.after else "",
        tuple(Link(name.upper(), wish.address(after="", format=name)) for name in FORMATS),
        (unfound or gettext("Nothing here has these words.")) if wish.search else empty,
    )


def arranged(
    title: str, columns: Sequence[Column], rows: Iterable[Row], wish: Wish, *, empty: str = ""
) -> Table:
    """A table whose rows are few enough to be all in memory: searched, sorted and paged here."""
    found = _in_order(columns, rows, wish)
    begins = int(wish.after) if wish.after.isascii() and wish.after.isdigit() and len(wish.after) < 6 else 0
    following = str(begins + PER_PAGE) if len(found) > begins + PER_PAGE else ""
    return table(title, columns, found[begins : begins + PER_PAGE], wish, following=following, empty=empty)


def arranged_file(columns: Sequence[Column], rows: Iterable[Row], wish: Wish) -> bytes:
    """The same as a file, whole."""
    return as_file(columns, _in_order(columns, rows, wish), wish.format)


def _in_order(columns: Sequence[Column], rows: Iterable[Row], wish: Wish) -> list[Row]:
    words = fold(wish.search).split()
    found = [row for row in rows if all(word in fold(_all_of(row)) for word in words)]
    place = next((at for at, one in enumerate(columns) if one.key == wish.column and one.sorts), None)
    if place is not None:
        found.sort(key=lambda row: fold(row[place].text), reverse=wish.descending)
    return found


def _all_of(row: Row) -> str:
    return " ".join(f"{cell.text} {cell.note}" for cell in row)


def as_file(columns: Sequence[Column], rows: Iterable[Row], kind: str) -> bytes:
    """A head and a line for each row (RFC 4180, or tabs); no sheet takes a value for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if kind == "tsv" else ",", lineterminator="\r\n")
    writer.writerow([one.key for one in columns])
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue().encode()


def _plain(cell: Cell) -> str:
    text = cell.text or " ".join(link.url for link in cell.links)
    clean = " ".join(text.split())
    return f"'{clean}" if clean[:1] in _FORMULA and clean else clean
