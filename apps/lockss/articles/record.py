"""One page's article, from its meta tags (metadata §2.3): ``citation_…`` before ``prism.…`` before ``dc.…``."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from apps.lockss.articles.address import LONGEST_DOI, doi_in_url
from apps.lockss.articles.page import MetaTag
from apps.lockss.openurl.dates import date_of
from apps.lockss.openurl.identifiers import Identified, doi_of, isbn_of, issn_of, pmid_of

REVISION = 2
"""Raised when pages are read otherwise: then all are read anew."""
LONGEST_TEXT, LONGEST_SHORT = 500, 50
MOST_AUTHORS, MOST_NUMBERS = 20, 6

_DOIS = ("citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier", "dcterms.identifier")
_OWN_URLS = ("citation_public_url", "citation_abstract_html_url", "citation_fulltext_html_url")
_TITLES = ("citation_title", "dc.title", "dcterms.title")
_JOURNALS = ("citation_journal_title", "citation_inbook_title", "prism.publicationname")
_ISSNS = ("citation_issn", "citation_eissn", "prism.issn", "prism.eissn", "dc.identifier.issn")
_ISBNS = ("citation_isbn", "citation_eisbn", "prism.isbn", "dc.identifier.isbn")
_DATES = (
    *("citation_publication_date", "citation_date", "citation_online_date", "prism.publicationdate"),
    *("dc.date", "dc.issued", "dcterms.issued", "dcterms.date"),
)
_Reader = Callable[[str], Identified]
_LETTER = re.compile(r"[^\W\d_]")
_TWO_PAGES = re.compile(r"(\w+)[^\w]+(\w+)")


class Rank(IntEnum):
    """How sure it is that the page is the one to open for its article; the lowest is opened."""

    OWN = 0
    """It names itself as the article's address."""
    META = 1
    ADDRESS = 2
    """A DOI in its URL is all there is, or a document of the same name tells what it is."""
    RECORD = 3
    """It tells of the article, and is for programs."""


class ArticleCode(StrEnum):
    """What is odd about a page's record; the record stands all the same."""

    BAD_DOI = "article-doi-malformed"
    OTHER_DOI = "article-doi-contradicted"
    TOO_LONG = "article-value-too-long"


@dataclass(frozen=True, slots=True)
class ArticleFinding:
    """``field``: the tag; ``found``: what stood there, at most 200 characters."""

    code: ArticleCode
    field: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """``doi`` in lower case; ``issns`` as 1234-5679, ``isbns`` of 13 digits where they can be; ``date`` ISO 8601 as far
    as it is known; what the page does not say is empty."""

    rank: Rank
    doi: str = ""
    pmid: str = ""
    title: str = ""
    journal: str = ""
    issns: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    volume: str = ""
    issue: str = ""
    start_page: str = ""
    item_number: str = ""
    date: str = ""
    authors: tuple[str, ...] = ()


def article_of(url: str, tags: Sequence[MetaTag]) -> tuple[Article | None, tuple[ArticleFinding, ...]]:
    """The article of a page, None where it names none: it needs a DOI, a PubMed number, or a title and what it is in."""
    said: dict[str, list[str]] = {}
    for tag in tags:
        said.setdefault(tag.name, []).append(tag.content)
    doi, findings = _doi(said)
    cited = doi or doi_in_url(url)
    own = any(value.partition("#")[0] == url for name in _OWN_URLS for value in said.get(name, ()))
    title = _text(_first(said, _TITLES))
    issns = _numbers(said, _ISSNS, issn_of)
    isbns = _numbers(said, _ISBNS, isbn_of)
    journal = _text(_first(said, _JOURNALS))
    pmid = _of(pmid_of, _first(said, ("citation_pmid",)))
    named = bool("citation_title" in said and title and (journal or issns or isbns))
    if not (cited or pmid or named):
        return None, findings
    by_tag = bool(doi or pmid or named)
    return (
        Article(
            rank=Rank.OWN if own else Rank.META if by_tag else Rank.ADDRESS,
            doi=cited,
            pmid=pmid,
            title=title,
            journal=journal,
            issns=issns,
            isbns=isbns,
            volume=_short(_first(said, ("citation_volume", "prism.volume"))),
            issue=_short(_first(said, ("citation_issue", "prism.number"))),
            start_page=_page(_first(said, ("citation_firstpage", "prism.startingpage"))),
            item_number=_short(_first(said, ("citation_article_number", "citation_elocation_id"))),
            date=date_of(_first(said, _DATES))[0],
            authors=_authors(said),
        ),
        findings,
    )


def _doi(said: dict[str, list[str]]) -> tuple[str, tuple[ArticleFinding, ...]]:
    """The first that is one; ``dc.identifier`` may be anything, so only what claims to be a DOI is told as none."""
    good: list[tuple[str, str]] = []
    findings = []
    for name in _DOIS:
        for value in said.get(name, ()):
            doi = _of(doi_of, value)
            if len(doi) > LONGEST_DOI:
                findings.append(ArticleFinding(ArticleCode.TOO_LONG, name, value[:200]))
            elif doi:
                good.append((name, doi))
            elif name.endswith("doi"):
                findings.append(ArticleFinding(ArticleCode.BAD_DOI, name, value[:200]))
    if not good:
        return "", tuple(findings)
    chosen = good[0][1]
    findings += [
        ArticleFinding(ArticleCode.OTHER_DOI, name, doi[:200])
        for name, doi in good
        if doi != chosen and name == good[0][0]
    ]
    return chosen, tuple(findings)


def _of(read: _Reader, value: str) -> str:
    judged = read(value)
    return judged.values[0] if judged.values else ""


def _numbers(said: dict[str, list[str]], names: Iterable[str], read: _Reader) -> tuple[str, ...]:
    found = [_of(read, value) for name in names for value in said.get(name, ())[:MOST_NUMBERS]]
    return tuple(dict.fromkeys(filter(None, found)))[:MOST_NUMBERS]


def _first(said: dict[str, list[str]], names: Iterable[str]) -> str:
    return next((said[name][0] for name in names if name in said), "")


def _authors(said: dict[str, list[str]]) -> tuple[str, ...]:
    several = [part for value in said.get("citation_authors", ()) for part in value.split(";")]
    names = said.get("citation_author") or several or said.get("dc.creator") or []
    cleaned = (_text(name.strip(" ,;")) for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if _LETTER.search(name)))[:MOST_AUTHORS]


def _page(text: str) -> str:
    """``45-50`` is two pages in one field (metadata §1.5)."""
    both = _TWO_PAGES.fullmatch(text)
    return _short(both[1] if both else text)


def _text(value: str) -> str:
    return value[:LONGEST_TEXT].strip()


def _short(value: str) -> str:
    return value[:LONGEST_SHORT].strip()
