"""What a look-up brings: an article's record, an AU of a title list, a bare URL, a title or a publisher."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ITEM = "item"
    """An article or chapter that metadata know."""
    AU = "au"
    """A volume, as a title list describes it."""
    URL = "url"
    """A preserved URL of which nothing else is known."""
    TITLE = "title"
    PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Texts as lists and records have them; ``year``, ``volume`` and ``issue`` of an AU may be ranges (``1-3, 7``).

    ``au`` identifies the AU, ``url`` is what would be opened (of an AU its first start URL), "" where nothing can be.
    ``date``: ISO 8601, of an item. ``held``: there is content at ``url``. ``manifest``: nothing better is known than the page with the permission
    statement.
    """

    kind: Kind
    au: str = ""
    url: str = ""
    title: str = ""
    publisher: str = ""
    provider: str = ""
    issns: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    doi: str = ""
    pmid: str = ""
    article_title: str = ""
    authors: tuple[str, ...] = ()
    date: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    start_page: str = ""
    item_number: str = ""
    is_book: bool = False
    held: bool = True
    manifest: bool = False
