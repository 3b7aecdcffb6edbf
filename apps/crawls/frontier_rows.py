"""The frontier in the database: taken in pages, filled and marked in single statements (performance §4)."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping

from django.db import connection

from apps.common.clock import now
from apps.crawls.choices import UrlState
from apps.crawls.models import Crawl, CrawlUrl
from apps.lockss.frontier import Enqueue, Row, RowKind, RowState

_ENQUEUE = """
INSERT INTO crawls_crawlurl
    (crawl_id, url_digest, position, url, depth, kind, referrer, state, attempts, outcome, message)
SELECT %s, t.digest, %s + row_number() OVER (ORDER BY (known.crawl_id IS NOT NULL), t.n) - 1, t.url, t.depth,
    t.kind, (%s::text[])[t.page], 'pending', 0, '', ''
FROM unnest(%s::bytea[], %s::text[], %s::int[], %s::text[], %s::int[])
    WITH ORDINALITY AS t(digest, url, depth, kind, page, n)
LEFT JOIN crawls_crawlurl known ON known.crawl_id = %s AND known.url_digest = t.digest
ON CONFLICT (crawl_id, url_digest) DO UPDATE
SET depth = EXCLUDED.depth,
    state = CASE WHEN crawls_crawlurl.state = 'held' AND EXCLUDED.depth <= %s
                 THEN 'pending' ELSE crawls_crawlurl.state END
WHERE crawls_crawlurl.depth > EXCLUDED.depth
RETURNING (xmax = 0)
"""

# URLs of one statement.
STATEMENT = 2_000

Found = tuple[Enqueue, str]
"""What a page links to, and the page."""


def digest(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()


def enqueue(crawl: Crawl, found: Iterable[Found], *, position: int, refetch_depth: int) -> int:
    """Add URLs that are not known, keep the smaller depth of those that are; returns how many are new.

    The new ones get the positions from ``position`` on, in the order of ``found``.
    """
    links: dict[str, tuple[int, str, str]] = {}
    for each, referrer in found:
        for url in each.urls:
            before = links.get(url)
            if before is None and "\0" not in url:
                links[url] = (each.depth, each.kind.value, referrer)
            elif before is not None and each.depth < before[0]:
                links[url] = (each.depth, *before[1:])
    rows = [(url, *link) for url, link in links.items()]
    new = 0
    for start in range(0, len(rows), STATEMENT):
        new += _enqueue(crawl, rows[start : start + STATEMENT], position + new, refetch_depth)
    return new


def _enqueue(crawl: Crawl, rows: list[tuple[str, int, str, str]], position: int, refetch_depth: int) -> int:
    urls, depths, kinds, referrers = (list(column) for column in zip(*rows, strict=True))
    # A referrer is sent once however many links its page has; arrays count from 1.
    pages = {referrer: number for number, referrer in enumerate(dict.fromkeys(referrers), 1)}
    values = [
        crawl.pk,
        position,
        list(pages),
        [digest(url) for url in urls],
        urls,
        depths,
        kinds,
        [pages[referrer] for referrer in referrers],
        crawl.pk,
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


def count_settled(crawl: Crawl) -> int:
    """How many URLs the crawl is through with."""
    return CrawlUrl.objects.filter(crawl=crawl).exclude(state=UrlState.PENDING).count()


def add_cut(crawl: Crawl, cut: Iterable[tuple[str, int, str]], position: int) -> None:
    """List URLs that a limit cut, with depth and referrer, so that a person sees what and by which rule."""
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
        for n, (url, depth, referrer) in enumerate(cut)
        if "\0" not in url
    ]
    CrawlUrl.objects.bulk_create(rows, ignore_conflicts=True)
