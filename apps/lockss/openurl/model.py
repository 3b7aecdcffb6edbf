"""What an OpenURL asks for, as a value (ANSI/NISO Z39.88-2004 KEV, and the older OpenURL 0.1)."""

from dataclasses import dataclass
from enum import StrEnum


class Genre(StrEnum):
    """What is wanted, as the formats ``journal``, ``book``, ``dissertation`` and ``patent`` name it."""

    ARTICLE = "article"
    BOOK = "book"
    BOOKITEM = "bookitem"
    CONFERENCE = "conference"
    DISSERTATION = "dissertation"
    DOCUMENT = "document"
    ISSUE = "issue"
    JOURNAL = "journal"
    PATENT = "patent"
    PREPRINT = "preprint"
    PROCEEDING = "proceeding"
    REPORT = "report"
    UNKNOWN = "unknown"


class OpenUrlCode(StrEnum):
    """What is odd about a question. ``TOO_LONG`` alone refuses it."""

    TOO_LONG = "openurl-too-long"
    NOTHING_ASKED = "openurl-nothing-asked"
    CHARSET_UNKNOWN = "openurl-charset-unknown"
    CHARSET_WRONG = "openurl-charset-wrong"
    """The bytes are not of the charset that is stated; they were read as Windows-1252."""
    ESCAPED_AMPERSAND = "openurl-escaped-ampersand"
    BAD_ESCAPE = "openurl-bad-escape"
    CONTROL_CHARACTER = "openurl-control-character"
    REPEATED = "openurl-repeated"
    SEVERAL_COINS = "openurl-several-coins"
    UNKNOWN_KEY = "openurl-unknown-key"
    UNKNOWN_GENRE = "openurl-unknown-genre"
    UNKNOWN_IDENTIFIER = "openurl-unknown-identifier"
    BY_REFERENCE = "openurl-by-reference"
    """The metadata lie behind an address, which is never asked."""
    BAD_DOI = "openurl-doi-malformed"
    BAD_PMID = "openurl-pmid-malformed"
    BAD_ISSN = "openurl-issn-malformed"
    BAD_ISBN = "openurl-isbn-malformed"
    CHECK_DIGIT = "openurl-check-digit"
    """Tried all the same: lists hold such numbers, too."""
    BAD_DATE = "openurl-date-malformed"
    BAD_SEASON = "openurl-season-malformed"
    BAD_SICI = "openurl-sici-malformed"
    BAD_BICI = "openurl-bici-malformed"


@dataclass(frozen=True, slots=True)
class OpenUrlFinding:
    """``field`` is the key as it was sent, ``found`` its value, cut to 200 characters and without control characters."""

    code: OpenUrlCode
    field: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class ItemCode:
    """A SICI (ANSI/NISO Z39.56) or BICI taken apart; what it does not say is empty."""

    number: str = ""
    """ISSN or ISBN as it was written."""
    date: str = ""
    volume: str = ""
    issue: str = ""
    start_page: str = ""
    end_page: str = ""
    item_number: str = ""


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """A question. Texts are trimmed and free of control characters, nothing in them is a wildcard.

    ``issns`` and ``isbns``: spellings to try, the best first (an ISBN of 13 digits and of 10). ``date``: ISO 8601 as
    far as it is known, ``2009-Q2`` for a quarter, ``2009-S1`` … ``S4`` for spring … winter.
    """

    genre: Genre = Genre.UNKNOWN
    dois: tuple[str, ...] = ()
    """In lower case: DOIs are compared so."""
    pmids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    issns: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    title: str = ""
    is_book_title: bool = False
    article_title: str = ""
    authors: tuple[str, ...] = ()
    """Whole names (``au``, ``aucorp``)."""
    last_name: str = ""
    first_name: str = ""
    initials: str = ""
    publisher: str = ""
    date: str = ""
    volume: str = ""
    part: str = ""
    issue: str = ""
    start_page: str = ""
    end_page: str = ""
    item_number: str = ""
    edition: str = ""
    sici: ItemCode | None = None
    bici: ItemCode | None = None
    findings: tuple[OpenUrlFinding, ...] = ()

    @property
    def year(self) -> str:
        return self.date[:4]

    @property
    def is_book(self) -> bool:
        """Whether a book or a part of one is wanted, as far as the question says."""
        if self.genre in {Genre.BOOK, Genre.BOOKITEM, Genre.REPORT, Genre.DOCUMENT}:
            return True
        if self.genre in {Genre.ARTICLE, Genre.ISSUE, Genre.JOURNAL, Genre.PREPRINT}:
            return False
        return self.is_book_title or (bool(self.isbns) and not self.issns)

    @property
    def asks_for_part(self) -> bool:
        """Whether something inside a volume or issue is wanted: an article or a chapter."""
        return bool(
            self.start_page
            or self.item_number
            or self.article_title
            or self.authors
            or self.last_name
            or self.dois
            or self.pmids
        )
