"""The frontier in the database: taken in pages, filled and marked in single statements (performance §4)."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping

from django.db import connection

from apps.common.clock import now
from apps.crawls.choices import UrlState
from apps.crawls.models import Crawl, CrawlUrl
from apps.lockss.frontier import Enqueue, Row, RowKind, RowState
from apps.repository.models import Artifact

_ENQUEUE = """
INSERT INTO crawls_crawlurl
    (crawl_id, url_digest, position, url, depth, kind, referrer, state, attempts, outcome, message)
SELECT %s, d, %s + n, u, %s, %s, %s, 'pending', 0, '', ''
FROM unnest(%s::bytea[], %s::text[]) WITH ORDINALITY AS t(d, u, n)
ON CONFLICT (crawl_id, url_digest) DO UPDATE
SET depth = EXCLUDED.depth,
    state = CASE WHEN crawls_crawlurl.state = 'held' AND EXCLUDED.depth <= %s
                 THEN 'pending' ELSE crawls_crawlurl.state END
WHERE crawls_crawlurl.depth > EXCLUDED.depth
RETURNING (xmax = 0)
"""


def digest(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()


def enqueue(crawl: Crawl, found: Enqueue, *, position: int, referrer: str, refetch_depth: int) -> int:
    """Add URLs that are not known, keep the smaller depth of those that are; returns how many are new."""
    urls = [url for url in found.urls if "\0" not in url]
    if not urls:
        return 0
    values = [
        crawl.pk,
        position,
        found.depth,
        found.kind.value,
        referrer,
        [digest(url) for url in urls],
        urls,
        refetch_depth,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE, values)
        return sum(1 for (new,) in cursor.fetchall() if new)


def take(crawl: Crawl, limit: int) -> list[CrawlUrl]:
    """The next pending rows that may be asked now, nearest to the start first."""
    at = now()
    ready = CrawlUrl.objects.filter(crawl=crawl, state=UrlState.PENDING)
    ready = ready.exclude(not_before__gt=at)
    return list(ready.order_by("depth", "position")[:limit])


def next_time(crawl: Crawl) -> dt.datetime | None:
    """When the first waiting row may be asked; None when nothing is pending."""
    pending = CrawlUrl.objects.filter(crawl=crawl, state=UrlState.PENDING)
    if pending.filter(not_before__isnull=True).exists():
        return now()
    return pending.order_by("not_before").values_list("not_before", flat=True).first()


def held_digests(au_key: int, rows: Iterable[CrawlUrl]) -> set[bytes]:
    """Which of the rows' URLs have content in the store."""
    wanted = [bytes(row.url_digest) for row in rows]
    found = Artifact.objects.filter(au_key_id=au_key, url_digest__in=wanted, is_current=True)
    return {bytes(each) for each in found.values_list("url_digest", flat=True)}


def core_row(row: CrawlUrl, held: bool) -> Row:
    return Row(row.url, row.depth, RowKind(row.kind), row.attempts, held)


def mark(crawl: Crawl, ends: Mapping[str, tuple[RowState, str, str, int | None]]) -> None:
    """Give rows their end: state, outcome, message and HTTP status by URL, in one statement."""
    if not ends:
        return
    columns = [
        (digest(url), state.value, outcome[:32], message.replace("\0", "")[:2000], status)
        for url, (state, outcome, message, status) in ends.items()
    ]
    digests, states, outcomes, messages, statuses = (list(c) for c in zip(*columns, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crawls_crawlurl c SET state = v.s, outcome = v.o, message = v.m, status = v.h "
            "FROM unnest(%s::bytea[], %s::text[], %s::text[], %s::text[], %s::smallint[]) AS v(d, s, o, m, h) "
            "WHERE c.crawl_id = %s AND c.url_digest = v.d",
            [digests, states, outcomes, messages, statuses, crawl.pk],
        )


def postpone(crawl: Crawl, url: str, tries: int, not_before: dt.datetime, message: str) -> None:
    CrawlUrl.objects.filter(crawl=crawl, url_digest=digest(url)).update(
        attempts=tries, not_before=not_before, message=message.replace("\0", "")[:2000]
    )


def add_cut(crawl: Crawl, urls: Iterable[str], position: int, depth: int, referrer: str) -> None:
    """List URLs that a limit cut, so that a person sees what and by which rule."""
    rows = [
        CrawlUrl(
            crawl=crawl,
            url_digest=digest(url),
            position=position + n,
            url=url,
            depth=min(depth, 32_000),
            referrer=referrer,
            state=UrlState.CUT,
        )
        for n, url in enumerate(urls)
        if "\0" not in url
    ]
    CrawlUrl.objects.bulk_create(rows, ignore_conflicts=True)
