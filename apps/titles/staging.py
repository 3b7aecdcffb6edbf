"""What an import writes down, whatever kind of file it came from; texts as the list has them."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.common.search import fold

_YEAR = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_PLAIN_YEAR = re.compile(r"[0-9]{4}")
# Sets of years and ranges (tdb §3.6).
_MEMBERS = re.compile(r"[,;]")
DIGITS = "expected years of four digits"
_ISSN = re.compile(r"([0-9]{4})-?([0-9]{3}[0-9Xx])")
NO_PUBLISHER = "unknown publisher"


def issn_of(text: str) -> str:
    """``1234-567X``; empty for what is no ISSN in shape. The check digit is not judged: lists have wrong ones."""
    found = _ISSN.fullmatch(text.strip())
    return f"{found[1]}-{found[2].upper()}" if found else ""


def years_of(text: str) -> tuple[int | None, int | None]:
    """The first and the last year of a text such as ``2000-2001, 2004`` (tdb §3.6), in whatever order it has them."""
    years = [int(year) for year in _YEAR.findall(text) if year != "0000"]
    return (min(years), max(years)) if years else (None, None)


def year_fault(text: str) -> str:
    """What is wrong with the years of a text, in words; empty: nothing, or it holds none."""
    if _PLAIN_YEAR.fullmatch(text):
        return ""
    if text.strip(" 0") and years_of(text) == (None, None):
        return DIGITS
    for member in _MEMBERS.split(text):
        first, _, last = member.partition("-")
        edges = [edge.strip() for edge in (first, last)]
        numbers = [edge for edge in edges if edge.isascii() and edge.isdigit()]
        if any(len(edge) != 4 and edge.strip("0") for edge in numbers):
            return DIGITS
        # Zero stands for a year that is not known.
        if len(numbers) == 2 and numbers[0] > numbers[1] and numbers[1].strip("0"):
            return "the range runs backwards; expected the earlier year first"
    return ""


@dataclass(frozen=True, slots=True)
class ReadTitle:
    """A title block. ``issn``, ``eissn``, ``issn_l``: as ``issn_of`` gives them; ``kind`` empty: not said."""

    publisher: str
    name: str
    kind: str = ""
    issn: str = ""
    eissn: str = ""
    issn_l: str = ""
    isbn_keys: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def identifiers(self) -> tuple[str, str, str]:
        return (self.issn, self.eissn, self.issn_l)

    @property
    def signature(self) -> str:
        """By which a block with the same identifiers is known again."""
        return "/".join((*self.identifiers, *self.isbn_keys))


@dataclass(frozen=True, slots=True)
class ReadAu:
    """An AU of a list, with where it stands."""

    title: ReadTitle
    auid: str
    plugin_id: str
    params: Mapping[str, str]
    name: str
    status: str
    file: str
    line: int
    other_params: Mapping[str, str] = field(default_factory=dict)
    status2: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    isbn: str = ""
    eisbn: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class ReadCoverage:
    """What a source covers of a title, one line of it; texts as written."""

    title: ReadTitle
    file: str
    line: int
    source_id: str = ""
    first_date: str = ""
    last_date: str = ""
    first_volume: str = ""
    last_volume: str = ""
    first_issue: str = ""
    last_issue: str = ""
    embargo: str = ""
    depth: str = ""
    access: str = ""
    url: str = ""
    notes: str = ""

    @property
    def key(self) -> str:
        """By which the line is known again in the next edition of the list: its title and where it begins."""
        title = self.title
        parts = (name_key(title.publisher), name_key(title.name), title.signature, self.source_id)
        text = "\n".join((*parts, self.first_date, self.first_volume, self.first_issue))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """A bad entry: ``severity`` error (left out), warning (taken, but odd) or note."""

    code: str
    severity: str
    file: str
    message: str
    line: int | None = None
    column: int | None = None
    entry: str = ""


def name_key(name: str) -> str:
    """Folded, and short enough for an index entry (2,700 bytes); what is cut off was never a name."""
    return fold(name)[:500]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file of a list. ``unread``: some of it could not be read, so what it does not name may stand in it."""

    name: str
    sha256: bytes
    aus: Iterable[ReadAu]
    findings: Sequence[ReadFinding] = ()
    unread: bool = False
    coverages: Iterable[ReadCoverage] = ()
