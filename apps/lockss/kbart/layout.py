"""Which columns a table for people has, in which order, under which heads (kbart §2, "column ordering").

The standard layout is the KBART file itself. Any other is a table made of it, and no KBART file any more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.lockss.kbart.collation import sort_text
from apps.lockss.kbart.model import COLUMNS, KbartError, KbartProblem

Values = tuple[str, ...]
MOST_COLUMNS = 60
LONGEST_TEXT = 4_000
IDENTIFIERS = ("print_identifier", "online_identifier", "title_id")
IDENTIFYING = ("publication_title", "print_identifier", "online_identifier")
RANGE = COLUMNS[3:9]
_NAMING = (*IDENTIFIERS, "publication_title")
_ALIASES = {"coverage_notes": "notes"}
# Lines, or commas that stand outside of quotes.
_BETWEEN = re.compile(r'[\r\n]+|,(?=(?:[^"\r\n]*"[^"\r\n]*")*[^"\r\n]*(?:[\r\n]|$))')
_NAME = re.compile(r"[A-Za-z_]+")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class OutColumn:
    """``fields``: the first of them that holds something; ``text`` where none does, or always if there is none."""

    head: str
    fields: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """``standard``: the 25 columns of KBART as they are."""

    columns: tuple[OutColumn, ...]
    standard: bool = False

    @property
    def heads(self) -> Values:
        return tuple(column.head for column in self.columns)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for column in self.columns for name in column.fields)

    @property
    def by_title(self) -> bool:
        """Rows stay in the order of the titles; otherwise they are sorted by the first two columns."""
        first = self.columns[0].fields
        return self.standard or first[:1] == ("publication_title",)

    def rendered(self, rows: Iterable[Values], names: Sequence[str] = COLUMNS) -> Iterator[Values]:
        """Each row as this table has it; ``names``: what the values of a row are called."""
        if self.standard:
            yield from rows
            return
        places = {name: place for place, name in enumerate(names)}
        plan = [(tuple(places[name] for name in one.fields), one.text) for one in self.columns]
        for row in rows:
            yield tuple(
                next((value for place in wanted if (value := row[place])), text) for wanted, text in plan
            )

    @property
    def is_once(self) -> bool:
        """Whether a title stands once: no column tells its ranges, and some tell titles apart."""
        return not (self.standard or set(self.fields) & set(RANGE)) and bool(
            set(self.fields) & set(IDENTIFIERS)
        )

    def once(self, rows: Iterable[Values]) -> Iterator[Values]:
        """Without ranges rows of one title look alike: what says the same as the one before is left out, and what names
        no title."""
        if not self.is_once:
            yield from rows
            return
        places = self._places(*_NAMING, "notes")
        before: list[str] | None = None
        for row in rows:
            own = [row[place] for place in places]
            if own != before and self.names(row):
                yield row
            before = own

    def names(self, rendered: Values) -> bool:
        """Whether any of the columns of a row says which title it is about."""
        return not self.is_once or any(rendered[place] for place in self._places(*_NAMING))

    @property
    def naming(self) -> str:
        """The head of the first column that names titles."""
        return next((self.columns[place].head for place in self._places(*_NAMING)), "")

    def _places(self, *names: str) -> list[int]:
        return [place for place, one in enumerate(self.columns) if set(one.fields) & set(names)]

    def sort_key(self, rendered: Values) -> str:
        """For layouts that are not ``by_title``."""
        return "\0".join(sort_text(value) for value in rendered[:2])


def _plain(*names: str) -> Layout:
    return Layout(tuple(OutColumn(name, (name,)) for name in names))


_RANGES = ("publisher_name", "publication_title", "print_identifier", "online_identifier", *RANGE)
STANDARD = Layout(_plain(*COLUMNS).columns, standard=True)
NAMED: Mapping[str, Layout] = {
    "kbart": STANDARD,
    "publisher": _plain("publisher_name", *(name for name in COLUMNS if name != "publisher_name")),
    "ranges": _plain(*_RANGES),
    "details": _plain("publisher_name", "publication_title", "print_identifier", "online_identifier"),
    "title-issn": _plain("print_identifier", "publication_title"),
    "issn": _plain("print_identifier"),
    "sfx": Layout(
        (
            OutColumn("identifier", ("print_identifier", "online_identifier")),
            OutColumn("status", (), "ACTIVE"),
            OutColumn("notes", ("notes",)),
        )
    ),
}


def layout_of(text: str) -> Layout:
    """One of the named orders, or columns of one's own: one a line (or comma). KbartError says what was expected.

    A column is a field's name in any case, a ``"text"`` that stands in every row, or alternatives between ``||`` of
    which the first that is filled counts; each may be followed by ``@head``.
    """
    named = NAMED.get(text.strip().lower())
    if named is not None:
        return named
    if len(text) > LONGEST_TEXT:
        raise _fault(f"the columns take {len(text)} characters, expected at most {LONGEST_TEXT}")
    parts = [part.strip() for part in _BETWEEN.split(text)]
    columns = tuple(_column(part) for part in parts if part)
    if len(columns) > MOST_COLUMNS:
        raise _fault(f"{len(columns)} columns, expected at most {MOST_COLUMNS}")
    made = Layout(columns)
    if twice := [head for head in made.heads if made.heads.count(head) > 1]:
        raise _fault(
            f"two columns are called {twice[0][:60]!r}, expected a head of its own for each: name @head"
        )
    if not set(made.fields) & set(IDENTIFYING):
        raise _fault(f"the columns tell no title apart, expected one of {', '.join(IDENTIFYING)}")
    return STANDARD if made.columns == STANDARD.columns else made


def _column(text: str) -> OutColumn:
    body, at, head = text.rpartition("@")
    # An @ within quotes is part of the text.
    if not at or head.count('"') % 2 or not body.strip():
        body, head = text, ""
    fields: list[str] = []
    rest = ""
    for part in (one.strip() for one in body.split("||")):
        name = _ALIASES.get(part.lower(), part.lower())
        if name in COLUMNS:
            fields.append(name)
        elif quoted := _QUOTED.fullmatch(part):
            rest = quoted[1]
        elif "_" in part and _NAME.fullmatch(part):
            raise _fault(f"{part[:60]!r} is no column, expected one of {', '.join(COLUMNS)}")
        else:
            rest = part
    head = head.strip().strip('"')
    return OutColumn(head or (fields[0] if fields else rest), tuple(fields), rest)


def _fault(text: str) -> KbartError:
    return KbartError(KbartProblem.BAD_COLUMNS, text)
