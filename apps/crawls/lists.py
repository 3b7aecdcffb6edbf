"""The lists of crawls and of a crawl's URLs."""

from dataclasses import replace
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.common.display import duration_text
from apps.common.lists import Cell, Choice, Column, Day, Exact, Flag, Search, Table, cells
from apps.common.pages import Action, Bar, Empty
from apps.common.stored import retold
from apps.crawls.choices import CAME, CrawlKind, CrawlState, UrlState
from apps.crawls.models import Crawl, CrawlUrl
from apps.crawls.words import ENDS, OPEN, URLS, nothing_came, url_reason, word_of


def took(crawl: Crawl) -> float | None:
    """Seconds from its begin to its end."""
    if crawl.started_at is None or crawl.finished_at is None:
        return None
    return (crawl.finished_at - crawl.started_at).total_seconds()


def bar(crawl: Crawl) -> Bar | None:
    """How far an open crawl is, by its job."""
    job = crawl.job
    if crawl.state == CrawlState.DONE or job is None:
        return None
    return Bar(job.progress_done, job.progress_total, job.progress_note)


def _state(crawl: Crawl) -> Cell:
    shown = bar(crawl)
    if crawl.state == CrawlState.RUNNING and shown is not None and shown.total:
        return cells.progress(shown)
    return cells.status(word_of(crawl))


def _with_state(rows: QuerySet, value: str) -> QuerySet:
    """Open ones by their state, others by how they ended."""
    return rows.filter(state=value) if value in OPEN else rows.filter(state=CrawlState.DONE, outcome=value)


def _failed(crawl: Crawl) -> Cell:
    """The permission page is no URL of the frontier."""
    return cells.text(str(_("permission page"))) if nothing_came(crawl) else cells.count(crawl.failed)


def _note(crawl: Crawl) -> str:
    if crawl.kind == CrawlKind.REPAIR:
        return str(_("repair for a poll") if crawl.poll_key else _("repair"))
    return "" if crawl.refetch_depth is None else str(_("every page anew"))


CRAWLS = Table(
    name="crawls",
    caption=_("Collections"),
    columns=(
        Column(
            "au",
            _("Archival unit"),
            lambda crawl: cells.link(
                crawl.au.name,
                f"/crawls/{crawl.pk}/",
                _note(crawl),
            ),
        ),
        Column("state", _("State"), _state),
        Column(
            "began",
            _("Began"),
            lambda crawl: cells.moment(crawl.started_at or crawl.created_at),
            sort="id",
            priority=2,
        ),
        Column("took", _("Took"), lambda crawl: duration_text(took(crawl)), numeric=True, priority=3),
        Column("requests", _("Requests"), lambda crawl: cells.count(crawl.fetched), numeric=True, priority=2),
        Column(
            "stored", _("New or changed"), lambda crawl: cells.count(crawl.stored), numeric=True, priority=2
        ),
        Column(
            "unchanged", _("Unchanged"), lambda crawl: cells.count(crawl.unchanged), numeric=True, priority=3
        ),
        Column("failed", _("Failed"), _failed, numeric=True),
        Column("bytes", _("Size"), lambda crawl: cells.size(crawl.bytes), numeric=True, priority=2),
    ),
    filters=(
        Choice(
            "state",
            _("State"),
            "",
            lambda: [(key, word.label) for key, word in (*OPEN.items(), *ENDS.items())],
            how=_with_state,
        ),
        Choice("kind", _("Kind"), "kind", CrawlKind.choices),
        Flag("open", pgettext_lazy("crawls", "Open"), ~Q(state=CrawlState.DONE)),
        Day("since", _("From"), "created_at"),
        Day("ended", _("Ended from"), "finished_at"),
        Day("until", _("to"), "finished_at", until=True),
        Exact("au", _("Archival unit"), "au__slug"),
    ),
    sort="-began",
    noun=lambda n: ngettext("collection", "collections", n),
    empty=Empty(
        _("Nothing has been collected yet"),
        _(
            "As soon as an archival unit is chosen and its publisher permits it, it is collected and listed here."
        ),
        Action(_("Archival units"), "/aus/"),
    ),
)


def _url_cell(row: CrawlUrl) -> Cell:
    if row.state in CAME:
        return cells.code(row.url, f"/aus/{row.crawl.au.slug}/url/?{urlencode({'url': row.url})}")
    return cells.code(row.url)


def _why(row: CrawlUrl) -> Cell:
    sentence, detail = url_reason(row.outcome), retold(row.message)
    return cells.text(sentence or detail, detail if sentence and detail != sentence else "")


FRONTIER = Table(
    name="frontier",
    caption=_("Its URLs"),
    columns=(
        Column(
            "number",
            _("No."),
            lambda row: cells.count(row.position + 1),
            sort="position",
            numeric=True,
            priority=3,
        ),
        Column("url", _("URL"), _url_cell),
        Column("state", _("State"), lambda row: cells.status(URLS[UrlState(row.state)])),
        Column("http", _("Answer"), lambda row: cells.text(row.status), numeric=True, priority=3),
        Column("why", _("Why"), _why, priority=2),
        Column("referrer", _("Linked from"), lambda row: cells.code(row.referrer), priority=3),
    ),
    filters=(
        Choice("state", _("State"), "state", lambda: [(key, word.label) for key, word in URLS.items()]),
        Flag("came", _("Has content"), Q(state__in=[str(state) for state in CAME])),
    ),
    search=Search(("url__contains",), label=_("Part of the URL")),
    sort="number",
    noun=lambda n: ngettext("URL", "URLs", n),
    empty=Empty(
        _("No URL has been asked for yet"),
        _("The permission page comes first; the pages behind it are listed as they become known."),
    ),
)
NONE_ASKED_FOR = Empty(
    _("No URL was asked for"), _("The collection ended before it came to the pages of the archival unit.")
)
PERMISSION_ALONE = Empty(
    _("No URL was asked for"),
    _(
        "The collection ended with the permission page, which could not be had: nothing behind it was asked for."
    ),
)


def frontier_of(crawl: Crawl) -> Table:
    """What is empty says why, once the crawl has ended."""
    if crawl.state != CrawlState.DONE:
        return FRONTIER
    return replace(FRONTIER, empty=PERMISSION_ALONE if nothing_came(crawl) else NONE_ASKED_FOR)
