"""Rows of KBART Phase II and what they are made of: titles, and the AUs that are covered of each."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from urllib.parse import urlsplit

from apps.lockss.errors import LocalError


class KbartProblem(StrEnum):
    BAD_ADDRESS = "kbart-bad-address"
    BAD_FILE_NAME = "kbart-bad-file-name"
    BAD_COLUMNS = "kbart-bad-columns"


class KbartError(LocalError):
    """Our own settings do not allow a KBART file."""


class Kind(StrEnum):
    """Type of a title, as title lists spell it (tdb §3.3)."""

    JOURNAL = "journal"
    BOOK = "book"
    SERIES = "bookSeries"
    PROCEEDINGS = "proceedings"


class Scope(StrEnum):
    """Which AUs a report is about. Only of what is available may more be to come: the rest is what it is today."""

    AVAILABLE = "available"
    SELECTED = "selected"
    COLLECTED = "collected"
    PRESERVED = "preserved"


class NoteStyle(StrEnum):
    """How coverage is told in words (kbart §5). ``LINKS``: conditions of a link resolver, one per range."""

    YEAR_VOLUME = "year-volume"
    YEAR = "year"
    YEAR_SUMMARY = "year-summary"
    YEAR_VOLUME_SUMMARY = "year-volume-summary"
    LINKS = "sfx"


class Edition(StrEnum):
    """``KBART``: a new row where a whole year is missing; ``HOLDINGS``: at every gap in the volumes (kbart §4)."""

    KBART = "kbart"
    HOLDINGS = "holdings"


@dataclass(frozen=True, slots=True)
class Row:
    """One line; the fields are the columns, in their order."""

    publication_title: str = ""
    print_identifier: str = ""
    online_identifier: str = ""
    date_first_issue_online: str = ""
    num_first_vol_online: str = ""
    num_first_issue_online: str = ""
    date_last_issue_online: str = ""
    num_last_vol_online: str = ""
    num_last_issue_online: str = ""
    title_url: str = ""
    first_author: str = ""
    title_id: str = ""
    embargo_info: str = ""
    coverage_depth: str = ""
    notes: str = ""
    publisher_name: str = ""
    publication_type: str = ""
    date_monograph_published_print: str = ""
    date_monograph_published_online: str = ""
    monograph_volume: str = ""
    monograph_edition: str = ""
    first_editor: str = ""
    parent_publication_title_id: str = ""
    preceding_publication_title_id: str = ""
    access_type: str = ""

    def values(self) -> tuple[str, ...]:
        return _VALUES(self)


COLUMNS = tuple(column.name for column in fields(Row))
_VALUES: Callable[[Row], tuple[str, ...]] = attrgetter(*COLUMNS)


@dataclass(frozen=True, slots=True, order=True)
class CoveredAu:
    """An AU in scope. ``year``, ``volume``, ``issue`` as lists write them, ranges included (tdb §3.6).

    ``id`` and ``url`` count where the AU is a monograph of its own; ``url`` empty: made from the id.
    ``print_year``: of the printed book, only where metadata confirms it.
    """

    name: str
    id: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    isbn: str = ""
    eisbn: str = ""
    edition: str = ""
    depth: str = ""
    open_access: bool = False
    first_author: str = ""
    first_editor: str = ""
    print_year: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class CoveredTitle:
    """``id``: permanent and unique among all titles, never a publisher's code alone (ruling 2).

    ``preceding_id``: of the title that this one continues; ``ceased``: nothing more will come.
    """

    id: str
    name: str
    publisher: str
    kind: Kind = Kind.JOURNAL
    issn: str = ""
    eissn: str = ""
    issn_l: str = ""
    preceding_id: str = ""
    embargo: str = ""
    notes: str = ""
    ceased: bool = False
    open_access: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    title: CoveredTitle
    aus: tuple[CoveredAu, ...] = field(default=())


def address_fault(address: str) -> str | None:
    """Why a portal's address cannot stand in ``title_url``, or None. In the clear only this machine is allowed."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "it is no URL"
    if not host:
        return "it names no host"
    if parts.query or parts.fragment or parts.username is not None:
        return "it has a query, a fragment or a user"
    if parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost")):
        return None
    return "it does not begin with https://"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a report is made. ``address``: the portal's, public (KbartError if unfit); ``this_year``: of the report.

    ``notes``: coverage in words in this style instead of what a range lacks; ``one_line``: a serial is one row whose
    notes tell all its ranges.
    """

    address: str
    this_year: int
    scope: Scope = Scope.PRESERVED
    edition: Edition = Edition.KBART
    mixed_access: bool = False
    notes: NoteStyle | None = None
    one_line: bool = False

    def __post_init__(self) -> None:
        fault = address_fault(self.address)
        if fault is not None:
            raise KbartError(
                KbartProblem.BAD_ADDRESS, f"{self.address!r} cannot be the portal's address: {fault}"
            )
