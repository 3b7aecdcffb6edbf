"""What a library's own list says, line by line, and what a line can mean in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# (first, last); None: open at that side.
YearRange = tuple[int | None, int | None]


class Field(StrEnum):
    """What a column can hold."""

    TITLE = "title"
    PUBLISHER = "publisher"
    ISSN = "issn"
    EISSN = "eissn"
    ISSN_L = "issn_l"
    ISBN = "isbn"
    EISBN = "eisbn"
    FIRST = "first"
    LAST = "last"
    COVERAGE = "coverage"
    EMBARGO = "embargo"
    YEAR = "year"


IDENTIFIERS = (Field.ISSN, Field.EISSN, Field.ISSN_L, Field.ISBN, Field.EISBN)
# One of these makes a list readable; without any no line can be matched.
NEEDED = (Field.TITLE, *IDENTIFIERS)
# Without any of these a list says no years, and each line means all of them.
YEARS = (Field.FIRST, Field.LAST, Field.COVERAGE, Field.YEAR)


class HoldingsCode(StrEnum):
    LINE_TOO_LONG = "line-too-long"
    QUOTE_OPEN = "quote-open"
    TOO_MANY_COLUMNS = "too-many-columns"
    CELL_CUT = "cell-cut"
    CHARACTERS_LOST = "characters-lost"
    NOTHING_NAMED = "nothing-named"
    NOTHING_VALID = "nothing-valid"
    CHECK_DIGIT = "check-digit"
    NO_IDENTIFIER = "no-identifier"
    DIGITS_LOST = "digits-lost"
    ZEROS_RESTORED = "zeros-restored"
    YEARS_UNREAD = "years-unread"
    YEARS_BACKWARDS = "years-backwards"
    WALL_UNREAD = "wall-unread"
    WALL_LEAVES_NONE = "wall-leaves-none"
    BY_TITLE_ALONE = "by-title-alone"
    TITLE_DIFFERS = "title-differs"
    PUBLISHER_DIFFERS = "publisher-differs"
    DECIDED_NONE = "decided-none"
    NOT_LISTED = "years-not-listed"
    NO_UNITS = "no-units-on-offer"


class HoldingsError(Exception):
    """The file as a whole cannot be read; the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """``line`` and ``cell`` in characters; ``lines`` of a quoted cell; ``rows`` of the file."""

    rows: int = 500_000
    columns: int = 500
    cell: int = 4_000
    line: int = 1_000_000
    lines_of_cell: int = 50


@dataclass(frozen=True, slots=True)
class Raw:
    """One line as its cells. ``fault``: why it could not be taken apart; then ``cells`` is its beginning, or empty."""

    line: int
    cells: tuple[str, ...]
    fault: HoldingsCode | None = None


@dataclass(frozen=True, slots=True)
class Note:
    code: HoldingsCode
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line understood. ``years``: empty where the list does not say which.

    ``readings``: where its years were not read whole, what they may mean (an empty one: all years), for a person to
    choose from; ``years`` is empty then, and ``asked`` is what the cells of years say. ``cells``: the line as it stands
    in the file, within bounds.
    """

    line: int
    title: str = ""
    publisher: str = ""
    issns: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    years: tuple[YearRange, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: bool = False
    readings: tuple[tuple[YearRange, ...], ...] = ()
    asked: tuple[str, ...] = ()
    cells: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is to be read: the line of its head (0: none) and the place of each field, counted from 0."""

    head: int
    columns: Mapping[Field, int]
    names: tuple[str, ...] = ()


class State(StrEnum):
    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


class By(StrEnum):
    """What a candidate was found by, the surest first."""

    DECISION = "decision"
    IDENTIFIER = "identifier"
    TITLE = "title"
    NEAR = "near title"


@dataclass(frozen=True, slots=True)
class Offer:
    """A title of the catalogue. ``by_isbn``: AUs of it that have an ISBN of the line, for then only they are meant."""

    id: int
    name: str
    publisher: str = ""
    issns: frozenset[str] = frozenset()
    by_isbn: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    offer: Offer
    by: By
    score: int


@dataclass(frozen=True, slots=True)
class Match:
    state: State
    chosen: Candidate | None = None
    candidates: tuple[Candidate, ...] = field(default=())
    notes: tuple[Note, ...] = ()
