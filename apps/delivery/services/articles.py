"""What preserved pages say of their articles, read into rows off every reader's path.

A scan opens a job for each AU that was written to since its pages were read; the job goes on behind the place in the
AU's chain of WARC files that the last one reached. Kill it at any moment: the next one goes on from the row.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from apps.aus.models import Au
from apps.common.choices import Severity
from apps.common.clock import now
from apps.common.findings import record_finding, resolve_findings
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.stored import remember
from apps.delivery.bodies import beginning
from apps.delivery.media import essence_of, media_type
from apps.delivery.models import Article, ArticleReading
from apps.lockss.articles import (
    LOOKED_AT,
    REVISION,
    ArticleCode,
    ArticleFinding,
    Rank,
    article_keys,
    article_of,
    jats_tags,
    meta_tags,
)
from apps.lockss.articles import Article as Record
from apps.repository import services as repository
from apps.repository.bodies import Files
from apps.repository.models import AuSummary
from apps.repository.names import parse_file_name, url_digest
from apps.repository.values import StoredArtifact

KIND = "articles"
AT_ONCE = 50
PAGE = 200
MOST_ARTICLES = 500_000
"""Rows of one AU."""
MOST_TOLD = 100
"""Findings of one code that one reading counts."""
TOO_MANY = "article-too-many"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_PAPERS = frozenset({"application/pdf"})
_RECORDS = frozenset({"application/xml", "text/xml", "application/jats+xml"})
_FIELDS = (
    *("version", "url", "rank", "doi", "doi_digest", "pmid", "title", "journal", "issns", "isbns"),
    *("volume", "issue", "start_page", "item_number", "date", "authors", "keys"),
)
_SAID = {
    ArticleCode.BAD_DOI: gettext_noop(
        "A page's %(field)s is no DOI: found %(found)s, expected 10., digits, a slash and more"
    ),
    ArticleCode.OTHER_DOI: gettext_noop("A page names two DOIs in %(field)s; the second is %(found)s"),
    ArticleCode.TOO_LONG: gettext_noop("A page's %(field)s is too long to be a DOI: %(found)s"),
}
_TOO_MANY = gettext_noop("More than %(n)s pages of this archival unit name an article; the rest has no row")
remember(*_SAID.values(), _TOO_MANY)
Tell = Callable[[int], object]


def open_due() -> list[Job]:
    """Jobs for AUs whose pages have not been read wholly, or not by this reader's revision."""
    read = ArticleReading.objects.filter(au=OuterRef("au_key"))
    whole = read.filter(revision=REVISION, seen_write_at__gte=OuterRef("last_write_at"))
    due = AuSummary.objects.filter(last_write_at__isnull=False, au_key__au__isnull=False)
    numbers = due.filter(~Exists(whole)).order_by("last_write_at").values_list("au_key", flat=True)
    return [open_job(kind=KIND, subject=f"au:{number}") for number in numbers[:AT_ONCE]]


def read_articles(*, au: int, tell: Tell = lambda _count: None) -> dict[str, int]:
    """Read on to the end of what the AU with this number holds; how many versions were looked at, and its articles."""
    found = Au.objects.only("slug").filter(pk=au).first()
    summary = AuSummary.objects.filter(au_key=au).first()
    if found is None or summary is None:
        return {"versions": 0, "articles": 0}
    reading = _Reading(found, _row(found))
    with repository.reader() as held:
        while some := repository.written_behind(
            key=au, serial=reading.row.file_serial, offset=reading.row.file_offset, limit=PAGE
        ):
            reading.take(some, held)
            tell(reading.seen)
    ArticleReading.objects.filter(pk=au).update(seen_write_at=summary.last_write_at, read_at=now())
    return {"versions": reading.seen, "articles": reading.row.articles}


def _row(au: Au) -> ArticleReading:
    """Where the last reading ended; at the beginning for another revision, which overwrites what it finds."""
    row, made = ArticleReading.objects.get_or_create(au=au, defaults={"revision": REVISION})
    if not made and row.revision != REVISION:
        row.revision, row.file_serial, row.file_offset, row.seen_write_at = REVISION, 0, -1, None
        row.save()
    if row.file_serial == 0:
        resolve_findings(subject=f"au:{au.slug}", codes=[*map(str, ArticleCode), TOO_MANY])
    return row


@dataclass(slots=True)
class _Reading:
    au: Au
    row: ArticleReading
    seen: int = 0
    told: Counter[str] = field(default_factory=Counter)

    def take(self, some: Sequence[StoredArtifact], held: Files) -> None:
        """A page of versions: its rows and the place behind it, together or not at all."""
        named: dict[bytes, Article] = {}
        others: set[bytes] = set()
        for one in some:
            if not one.is_current or one.suspect:
                continue
            digest = url_digest(one.url)
            record, findings = _read(one, held)
            self._tell(one.url, findings)
            twin = _twin(self.au.auid, one, record)
            if record is None and twin is not None:
                record = _of_paper(twin, held)
            elif record is not None and twin is not None:
                # The paper may have been written before what tells of it.
                there = url_digest(twin.url)
                named[there] = _article(self.au.pk, twin, there, replace(record, rank=Rank.ADDRESS))
                others.discard(there)
            if record is not None:
                named[digest] = _article(self.au.pk, one, digest, record)
            elif digest not in named:
                others.add(digest)
        with transaction.atomic():
            rows = Article.objects.filter(au=self.au.pk)
            known = rows.filter(url_digest__in=[*named, *others]).values_list("url_digest", flat=True)
            there = {bytes(digest) for digest in known}
            gone, fresh = there & others, [digest for digest in named if digest not in there]
            rows.filter(url_digest__in=gone).delete()
            for digest in fresh[max(MOST_ARTICLES - self.row.articles, 0) :]:
                self._record(TOO_MANY, _TOO_MANY % {"n": f"{MOST_ARTICLES:,}"}, named.pop(digest).url)
            Article.objects.bulk_create(
                named.values(),
                update_conflicts=True,
                unique_fields=["au", "url_digest"],
                update_fields=_FIELDS,
            )
            self.row.articles += len([one for one in fresh if one in named]) - len(gone)
            self._place(some[-1])
            self.row.save()
        self.seen += len(some)

    def _place(self, last: StoredArtifact) -> None:
        name = parse_file_name(last.place.file) if last.place is not None else None
        if last.place is None or name is None:
            raise ValueError(f"{last.url} lies in no file of the store")
        self.row.file_serial, self.row.file_offset = name[1], last.place.offset

    def _tell(self, url: str, findings: Sequence[ArticleFinding]) -> None:
        for one in findings:
            self._record(str(one.code), _SAID[one.code] % {"field": one.field, "found": one.found}, url)

    def _record(self, code: str, message: str, url: str) -> None:
        self.told[code] += 1
        if self.told[code] <= MOST_TOLD:
            record_finding(
                code=code,
                subject=f"au:{self.au.slug}",
                message=message,
                severity=Severity.INFO,
                app="delivery",
                place=url,
            )


def _read(one: StoredArtifact, held: Files) -> tuple[Record | None, tuple[ArticleFinding, ...]]:
    """Only what its publisher gave as a page, a paper or a document that tells of one; of papers the URL alone is looked at."""
    kind = essence_of(media_type(one.content_type))
    if one.redirected_to or (one.status is not None and one.status != 200):
        return None, ()
    if kind in _PAPERS:
        return article_of(one.url, ())
    if kind in _RECORDS:
        record, findings = article_of(one.url, jats_tags(beginning(one, LOOKED_AT, held=held)))
        return (replace(record, rank=Rank.RECORD) if record is not None else None), findings
    if kind not in _PAGES:
        return None, ()
    return article_of(one.url, meta_tags(beginning(one, LOOKED_AT, held=held), one.content_type))


def _twin(auid: str, one: StoredArtifact, record: Record | None) -> StoredArtifact | None:
    """The paper of a document that tells of an article, or the document of a paper of which nothing is known: of the
    same name, as publishers deliver both (metadata §2.1)."""
    kind = essence_of(media_type(one.content_type))
    if (kind in _RECORDS) != (record is not None) or kind not in _RECORDS | _PAPERS:
        return None
    wanted, ending = (_PAPERS, ".pdf") if kind in _RECORDS else (_RECORDS, ".xml")
    name, dot, last = one.url.rpartition(".")
    if not dot or "/" in last or "?" in last:
        return None
    found = repository.find_best(auid=auid, url=name + ending)
    return found if found is not None and essence_of(media_type(found.content_type)) in wanted else None


def _of_paper(document: StoredArtifact, held: Files) -> Record | None:
    record, _findings = _read(document, held)
    return replace(record, rank=Rank.ADDRESS) if record is not None else None


def _article(au: int, one: StoredArtifact, digest: bytes, record: Record) -> Article:
    return Article(
        au_id=au,
        url_digest=digest,
        version=one.version,
        url=one.url,
        rank=record.rank,
        doi=record.doi,
        doi_digest=doi_digest(record.doi) if record.doi else None,
        pmid=record.pmid,
        title=record.title,
        journal=record.journal,
        issns=list(record.issns),
        isbns=[number for number in record.isbns if len(number) == 13],
        volume=record.volume,
        issue=record.issue,
        start_page=record.start_page,
        item_number=record.item_number,
        date=record.date,
        authors=list(record.authors),
        keys=list(article_keys(record)),
    )


def doi_digest(doi: str) -> bytes:
    """Of a DOI in lower case."""
    return hashlib.sha256(doi.lower().encode("utf-8", "replace")).digest()
