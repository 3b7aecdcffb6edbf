"""What is looked up for a question, in which order (metadata §5.1 with ruling C12). No DOI server is ever asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.openurl.candidate import Candidate
from apps.lockss.openurl.choose import Level, Resolved, choose
from apps.lockss.openurl.model import Genre, OpenUrl


class By(StrEnum):
    """``TITLE`` is the whole title, ``LIKE_TITLE`` one that begins so or has these words together."""

    URL = "url"
    DOI = "doi"
    PMID = "pmid"
    ISBN = "isbn"
    ISSN = "issn"
    TITLE = "title"
    LIKE_TITLE = "like-title"
    PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True)
class LookUp:
    """One look-up: what has any of ``values``. They are literal texts; ``%``, ``_`` and ``*`` stand for themselves.

    ``books``: True only books, False only serials, None both.
    """

    by: By
    values: tuple[str, ...]
    books: bool | None = None


def steps(query: OpenUrl) -> tuple[LookUp, ...]:
    """Look-ups from the surest to the vaguest; the first that resolves ends the search."""
    out = [
        LookUp(by, values)
        for by, values in (
            (By.URL, query.urls),
            (By.DOI, query.dois),
            (By.PMID, query.pmids),
            (By.ISBN, query.isbns),
            (By.ISSN, query.issns),
        )
        if values
    ]
    if query.title:
        books = _books(query)
        out.append(LookUp(By.TITLE, (query.title,), books))
        out.append(LookUp(By.LIKE_TITLE, (query.title,), books))
    elif query.publisher and not out:
        out.append(LookUp(By.PUBLISHER, (query.publisher,)))
    return tuple(out)


def _books(query: OpenUrl) -> bool | None:
    if query.is_book_title or query.is_book:
        return True
    serial = query.genre in {Genre.ARTICLE, Genre.ISSUE, Genre.JOURNAL, Genre.PREPRINT}
    return False if serial else None


def resolve(query: OpenUrl, look_up: Callable[[LookUp], Iterable[Candidate]]) -> Resolved:
    """The first look-up that leads to something that can be opened; else the best of what was merely recognised.

    ``look_up`` returns what the node holds or knows of, as far as this reader may see it: the articles that metadata
    know, and the AUs and titles beside them, or a question without an article leads nowhere.
    """
    best = Resolved(Level.NONE)
    for step in steps(query):
        found = choose(query, look_up(step))
        if found.chosen is not None:
            return found
        if found.level.rank < best.level.rank:
            best = found
    return best
