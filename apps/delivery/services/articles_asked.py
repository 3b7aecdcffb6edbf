"""Articles by DOI, by PubMed number, and by what an OpenURL says of them beside the number of their journal or book."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from apps.delivery.models import Article
from apps.delivery.services.articles import doi_digest
from apps.lockss.articles import question_keys
from apps.lockss.openurl import By, Candidate, Kind, LookUp, OpenUrl

MOST_ROWS = 500


def articles_named(step: LookUp) -> list[Article]:
    """Every page that names one of these DOIs or PubMed numbers."""
    if step.by is By.DOI:
        which = Q(doi_digest__in=[doi_digest(value) for value in step.values])
    else:
        which = Q(pmid__in=list(step.values))
    return _found(which)


def articles_in(query: OpenUrl, numbers: Sequence[str]) -> list[Article]:
    """Pages of articles in what has one of these numbers that may be meant; none where no article is asked for."""
    keys = question_keys(query, numbers)
    return _found(Q(keys__overlap=list(keys))) if keys else []


def _found(which: Q) -> list[Article]:
    return list(Article.objects.filter(which).order_by("au", "rank", "url_digest")[:MOST_ROWS])


def one_of_each(rows: Iterable[Article]) -> list[Article]:
    """Of the pages of one article in one AU the one to open: the surest, of equally sure ones the shortest address."""
    best: dict[tuple[object, ...], Article] = {}
    for row in sorted(rows, key=lambda row: (row.au_id, row.rank, len(row.url), row.url)):
        best.setdefault((row.au_id, *_identity(row)), row)
    return list(best.values())


def _identity(row: Article) -> tuple[object, ...]:
    if row.doi or row.pmid:
        return (row.doi or row.pmid,)
    return row.title.casefold(), row.volume, row.issue, row.start_page


def candidate_of(row: Article, slug: str, publisher: str, title: str) -> Candidate:
    """As a question is compared with it. ``slug``, ``publisher``, ``title``: its AU's, as the catalogue has them."""
    return Candidate(
        Kind.ITEM,
        au=slug,
        url=row.url,
        title=title or row.journal,
        publisher=publisher,
        issns=tuple(row.issns),
        isbns=tuple(row.isbns),
        doi=row.doi,
        pmid=row.pmid,
        article_title=row.title,
        authors=tuple(row.authors),
        date=row.date,
        volume=row.volume,
        issue=row.issue,
        start_page=row.start_page,
        item_number=row.item_number,
        is_book=bool(row.isbns) and not row.issns,
    )
