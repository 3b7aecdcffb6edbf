"""Crawls: all of them, one by kind of file, and the URLs of one."""

from django.db.models import Count, QuerySet

from apps.api.choices import Kind
from apps.api.errors import NoSuchTable
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.registry import REPEATED, Asked, au_of, status_table
from apps.common.clock import now
from apps.crawls.choices import CrawlState, UrlState
from apps.crawls.models import Crawl, CrawlUrl
from apps.repository.models import Artifact

# The names by which 1.x files a crawl's URLs, with what they are here; ``parsed`` is not told apart from fetched.
KINDS = {
    "fetched": (UrlState.FETCHED,),
    "not-modified": (UrlState.UNCHANGED,),
    "parsed": (UrlState.FETCHED,),
    "pending": (UrlState.PENDING,),
    "error": (UrlState.FAILED, UrlState.DEAD),
    "excluded": (UrlState.EXCLUDED, UrlState.CUT),
}


def _counted(kind: str, *fields: str):
    """The number of the URLs that the kind leads to (docs/collecting.md)."""
    return lambda crawl: Reference("crawl_urls", f"{crawl.pk}.{kind}", sum(getattr(crawl, f) for f in fields))


def _duration(crawl: Crawl):
    return (crawl.finished_at or now()) - crawl.started_at if crawl.started_at else None


def _with_pending(rows: list[Crawl]) -> list[Crawl]:
    """``queued`` of a crawl is what it knows; what waits of that stands in its frontier alone."""
    waiting = CrawlUrl.objects.filter(crawl__in=[crawl.pk for crawl in rows], state=UrlState.PENDING)
    found = dict(waiting.order_by().values_list("crawl_id").annotate(n=Count("*")))
    for crawl in rows:
        crawl.waiting = found.get(crawl.pk, 0)
    return rows


CRAWLS = (
    Column("au", "Journal Volume", Kind.STRING, lambda crawl: words.au_link(crawl.au), order="au__name_key"),
    Column("plugin", "Plugin", Kind.STRING, lambda crawl: crawl.au.plugin_id),
    Column("crawl_type", "Crawl Type", Kind.STRING, lambda crawl: words.CRAWL_TYPES[crawl.kind]),
    Column("start", "Start Time", Kind.DATE, lambda crawl: crawl.started_at, order="started_at"),
    Column("dur", "Duration", Kind.INTERVAL, _duration),
    Column(
        "crawl_status",
        "Status",
        Kind.STRING,
        lambda crawl: Reference("single_crawl_status_table", str(crawl.pk), words.crawl_word(crawl)),
    ),
    Column("content_bytes_fetched", "Bytes Fetched", Kind.INT, lambda crawl: crawl.bytes, order="bytes"),
    Column("num_urls_fetched", "Pages Fetched", Kind.INT, _counted("fetched", "stored"), order="stored"),
    Column("num_urls_parsed", "Pages Parsed", Kind.INT, _counted("parsed", "stored"), order="stored"),
    Column("num_urls_pending", "Pages Pending", Kind.INT, _counted("pending", "waiting")),
    Column("num_urls_excluded", "Pages Excluded", Kind.INT, _counted("excluded", "excluded", "cut")),
    Column(
        "num_urls_not_modified",
        "Not Modified",
        Kind.INT,
        _counted("not-modified", "unchanged"),
        order="unchanged",
    ),
    Column("num_urls_with_errors", "Errors", Kind.INT, _counted("error", "failed", "dead")),
)


@status_table("crawl_status_table", "Crawl Status")
def crawls(asked: Asked) -> StatusTable:
    """Key: an AUID, for its crawls alone; the newest first."""
    rows, key = Crawl.objects.select_related("au"), None
    if asked.key:
        au = au_of(asked.key)
        rows, key = rows.filter(au=au), au.auid
    open_ones = dict(
        Crawl.objects.exclude(state=CrawlState.DONE).order_by().values_list("state").annotate(n=Count("pk"))
    )
    summary = [
        Summary("Active Crawls", Kind.INT, open_ones.get(CrawlState.RUNNING)),
        Summary("Pending Crawls", Kind.INT, open_ones.get(CrawlState.WAITING)),
    ]
    return StatusTable(
        "crawl_status_table",
        "Crawl Status",
        CRAWLS,
        rows,
        key=key,
        order="-",
        prepare=_with_pending,
        summary=[line for line in summary if line.value],
    )


def _crawl(text: str) -> Crawl:
    found = None
    if text.isascii() and text.isdecimal() and len(text) < 19:
        found = Crawl.objects.select_related("au").filter(pk=int(text)).first()
    if found is None:
        raise NoSuchTable(f"no crawl here has the key {text[:REPEATED]}")
    return found


@status_table("single_crawl_status_table", "Status of crawl", needs_key=True)
def one_crawl(asked: Asked) -> StatusTable:
    crawl = _crawl(asked.key)
    summary = [
        Summary("Status", Kind.STRING, words.crawl_word(crawl)),
        Summary("Volume", Kind.STRING, words.au_link(crawl.au)),
        Summary("Source", Kind.STRING, words.PUBLISHER),
        Summary("Start Time", Kind.DATE, crawl.started_at),
        Summary("Duration", Kind.INTERVAL, _duration(crawl)),
        Summary("Bytes Fetched", Kind.INT, crawl.bytes),
        Summary("Pages Fetched", Kind.INT, _counted("fetched", "stored")(crawl)),
        Summary("Errors", Kind.INT, _counted("error", "failed", "dead")(crawl)),
        Summary("Reason", Kind.STRING, crawl.reason or None),
    ]
    return StatusTable(
        "single_crawl_status_table",
        f"Status of crawl of {crawl.au.name}",
        (
            Column("mime_type_name", "Mime Type", Kind.STRING, lambda row: row[0]),
            Column("mime_type_num_urls", "URLs Fetched", Kind.INT, lambda row: row[1]),
        ),
        _media_types(crawl),
        key=asked.key,
        summary=[line for line in summary if line.value is not None],
    )


def _media_types(crawl: Crawl) -> list[tuple[str, int]]:
    """Of what it stored, by name."""
    if crawl.started_at is None:
        return []
    end = crawl.finished_at or now()
    rows = Artifact.objects.filter(
        au_key=crawl.au_id, collected_at__gte=crawl.started_at, collected_at__lte=end
    )
    found: dict[str, int] = {}
    for kind, n in rows.order_by().values_list("content_type").annotate(n=Count("*")):
        name = kind.partition(";")[0].strip().lower() or "unknown"
        found[name] = found.get(name, 0) + n
    return sorted(found.items())


URL = Column("url", "URL", Kind.STRING, lambda row: row.url)
REFERRER = Column("referrer", "Referrer", Kind.STRING, lambda row: row.referrer or None)
MORE = {
    "error": (Column("error", "Error", Kind.STRING, lambda row: row.message or row.outcome), REFERRER),
    "excluded": (Column("reason", "Reason", Kind.STRING, lambda row: row.outcome), REFERRER),
}


@status_table("crawl_urls", "URLs of crawl", needs_key=True)
def crawl_urls(asked: Asked) -> StatusTable:
    """Key: a crawl's, a point, and which of its URLs."""
    key, _, kind = asked.key.partition(".")
    crawl = _crawl(key)
    if kind not in KINDS:
        raise NoSuchTable(f"a crawl's URLs are asked for as one of {', '.join(KINDS)}")
    rows: QuerySet = CrawlUrl.objects.filter(crawl=crawl, state__in=KINDS[kind])
    return StatusTable(
        "crawl_urls",
        f"URLs of crawl of {crawl.au.name}: {kind}",
        (URL, *MORE.get(kind, ())),
        rows,
        key=asked.key,
        order="position",
    )
