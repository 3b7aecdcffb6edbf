"""Which of the candidates is meant, and at which level (metadata §5.2–5.4, ruling C12).

Date, volume and issue must all agree as far as both sides say them. Of what tells an article (page, number, title,
author) one is enough, but a page that is given and is another one excludes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from apps.lockss.openurl.candidate import Candidate, Kind
from apps.lockss.openurl.match import (
    author_fits,
    dates_agree,
    folded,
    folded_title,
    name_fits,
    same_page,
    within,
)
from apps.lockss.openurl.model import OpenUrl

MOST_ITEMS = 10
"""Publishers and providers that may hold one article; more of them, and the question was too vague."""
MOST_OTHERS = 50
"""Other choices that are told."""


class Level(StrEnum):
    """What was found, the best first."""

    ARTICLE = "article"
    CHAPTER = "chapter"
    ISSUE = "issue"
    VOLUME = "volume"
    OTHER = "other"
    """A preserved URL of which nothing else is known."""
    TITLE = "title"
    PUBLISHER = "publisher"
    NONE = "none"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Resolved:
    """``chosen`` is what to open; None where only a title or publisher is known. ``others`` are further choices.

    ``several`` says that ``others`` fit as well as ``chosen``: other publishers or platforms of the same.
    """

    level: Level
    chosen: Candidate | None = None
    others: tuple[Candidate, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class _Fit:
    """Low sorts first."""

    level: Level
    doubts: tuple[int, ...]
    candidate: Candidate

    @property
    def rank(self) -> tuple[int, tuple[int, ...]]:
        return self.level.rank, self.doubts

    @property
    def order(self) -> tuple[object, ...]:
        one = self.candidate
        names = (one.publisher, one.provider, one.au, one.url, one.title, one.date, one.volume, one.issue)
        return *self.rank, not one.held, names


def choose(query: OpenUrl, candidates: Iterable[Candidate]) -> Resolved:
    """The same choice in whatever order candidates come. Those that contradict the question are left out."""
    seen = set(candidates)
    named = _of_publisher(query, seen)
    fits = sorted((fit for one in named if (fit := _fit(query, one)) is not None), key=lambda fit: fit.order)
    items = [fit for fit in fits if fit.level in (Level.ARTICLE, Level.CHAPTER)]
    rest = [fit for fit in fits if fit.level not in (Level.ARTICLE, Level.CHAPTER)]
    # Those that fit equally well stand together at the beginning.
    best = list(takewhile(lambda fit: fit.rank == items[0].rank, items))
    if items and not _too_vague(best):
        return _resolved(best, [*items[len(best) :], *rest])
    if rest:
        best = list(takewhile(lambda fit: fit.rank == rest[0].rank, rest))
        return _resolved(best, rest[len(best) :])
    if items:
        # A vague question about articles of which no AU is known: their title is.
        return Resolved(Level.TITLE, None, tuple(fit.candidate for fit in items[:MOST_OTHERS]))
    return Resolved(Level.NONE)


def _resolved(best: list[_Fit], rest: list[_Fit]) -> Resolved:
    level = best[0].level
    everyone = [fit.candidate for fit in (*best, *rest)]
    if level in (Level.TITLE, Level.PUBLISHER):
        # A title's own page can be opened, but not just any of its volumes.
        own = next((one for one in everyone if one.kind in (Kind.TITLE, Kind.PUBLISHER) and one.url), None)
        others = [one for one in everyone if one is not own]
        return Resolved(level, own, tuple(others[:MOST_OTHERS]))
    chosen = everyone[0]
    if not chosen.url:
        return Resolved(level, None, tuple(everyone[:MOST_OTHERS]))
    return Resolved(level, chosen, tuple(everyone[1 : MOST_OTHERS + 1]), several=len(best) > 1)


def _too_vague(items: list[_Fit]) -> bool:
    """One article at each publisher and provider, of at most ten: else nobody knows which is meant."""
    things: dict[tuple[str, str], set[str]] = {}
    for one in (fit.candidate for fit in items):
        things.setdefault((one.publisher, one.provider), set()).add(one.doi or one.pmid or one.url)
    return len(things) > MOST_ITEMS or any(len(names) > 1 for names in things.values())


def _of_publisher(query: OpenUrl, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those of the publisher that is named. A number that nobody of that name has is believed before the name."""
    every = list(candidates)
    if not query.publisher:
        return every
    wanted = folded(query.publisher)
    exact = [one for one in every if folded(one.publisher) == wanted]
    if exact:
        return exact
    return [one for one in every if _identified(query, one)]


def _identified(query: OpenUrl, one: Candidate) -> bool:
    return (
        _is_meant(query, one)
        or any(number in query.issns for number in one.issns)
        or any(number in query.isbns for number in one.isbns)
    )


def _is_meant(query: OpenUrl, one: Candidate) -> bool:
    """By an identifier of its own, beside which nothing else counts."""
    by_url = bool(one.url) and one.url in query.urls
    by_doi = bool(one.doi) and one.doi.lower() in query.dois
    return by_url or by_doi or (bool(one.pmid) and one.pmid in query.pmids)


def _fit(query: OpenUrl, one: Candidate) -> _Fit | None:
    if one.kind is Kind.PUBLISHER:
        return _Fit(Level.PUBLISHER, (), one)
    if _is_meant(query, one):
        by_item = one.kind is Kind.ITEM
        return _Fit(_item_level(one) if by_item else Level.OTHER, (0,), one)
    if one.kind is Kind.URL or not _title_agrees(query, one):
        return None
    if one.kind is Kind.TITLE:
        return _Fit(Level.TITLE, _title_doubts(query, one), one)
    if one.kind is Kind.ITEM:
        return _item_fit(query, one)
    return _au_fit(query, one)


def _item_level(one: Candidate) -> Level:
    return Level.CHAPTER if one.is_book else Level.ARTICLE


def _title_agrees(query: OpenUrl, one: Candidate) -> bool:
    if any(number in query.issns for number in one.issns):
        return True
    if any(number in query.isbns for number in one.isbns):
        return True
    return bool(query.title) and bool(one.title) and _likeness(query.title, one.title) is not None


def _likeness(asked: str, known: str) -> int | None:
    """0 the same title, 1 one begins with the other, 2 it stands inside; None: another title."""
    wanted, have = folded_title(asked), folded_title(known)
    if not wanted or not have:
        return None
    if wanted == have:
        return 0
    if have.startswith(f"{wanted} "):
        return 1
    return 2 if f" {wanted} " in f" {have} " else None


def _title_doubts(query: OpenUrl, one: Candidate) -> tuple[int, ...]:
    if _identified(query, one):
        return (0,)
    return (_likeness(query.title, one.title) or 0,)


def _item_fit(query: OpenUrl, one: Candidate) -> _Fit | None:
    for asked, known in ((query.volume, one.volume), (query.issue, one.issue)):
        if asked and known and not within(asked, known):
            return None
    when = one.date or one.year
    if query.date and when and not dates_agree(query.date, when):
        return None
    if query.start_page and one.start_page and not same_page(query.start_page, one.start_page):
        return None
    signs = _signs(query, one)
    if not any(signs):
        return None
    return _Fit(_item_level(one), (*_title_doubts(query, one), -sum(signs)), one)


def _signs(query: OpenUrl, one: Candidate) -> tuple[bool, ...]:
    """What tells this article: its page, its number, its title, an author."""
    wanted = folded(query.article_title)
    return (
        bool(query.start_page and one.start_page) and same_page(query.start_page, one.start_page),
        bool(query.item_number) and query.item_number.casefold() == one.item_number.casefold(),
        bool(wanted) and folded(one.article_title).startswith(wanted),
        any(_is_author(query, name) for name in one.authors),
    )


def _is_author(query: OpenUrl, name: str) -> bool:
    if query.last_name:
        return author_fits(query.last_name, query.first_name, query.initials, name)
    return any(name_fits(asked, name) for asked in query.authors)


def _au_fit(query: OpenUrl, one: Candidate) -> _Fit | None:
    """What a title list alone can tell: the volume or issue that holds what is meant."""
    title = _title_doubts(query, one)
    sure = {level for level, (asked, known) in _told(query, one).items() if within(asked, known)}
    if is_another(query, one):
        # Another volume of a title that is known.
        return _Fit(Level.TITLE, (*title, 1), one)
    if not sure and not one.is_book:
        return _Fit(Level.TITLE, (*title, 0), one)
    level = Level.ISSUE if Level.ISSUE in sure and len(sure) > 1 else Level.VOLUME
    return _Fit(level, (*title, -len(sure)), one)


def is_another(query: OpenUrl, one: Candidate) -> bool:
    """Whether an AU is of another volume, issue or year than the one that is asked for."""
    told = _told(query, one).values()
    return any(asked and known and not within(asked, known) for asked, known in told)


def _told(query: OpenUrl, one: Candidate) -> dict[Level, tuple[str, str]]:
    """What is asked for, and what a list says."""
    return {
        Level.ISSUE: (query.issue, one.issue),
        Level.VOLUME: (query.volume, one.volume),
        Level.OTHER: (query.year, one.year),
    }
