"""The verbs of crawls: begin, run to an end, decide when the next one is due. The only writers of their rows."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.common.disks import DiskLevel, content_held, content_level
from apps.common.findings import record_finding, resolve_findings
from apps.common.jobs import JobFailed, open_job
from apps.common.models import Job
from apps.crawls import stored_reasons
from apps.crawls.au_site import CannotCollect, crawl_au
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.fetching import CrawlFetcher
from apps.crawls.models import Crawl, CrawlStatus
from apps.crawls.run import OUTCOMES, CrawlRun, Ended
from apps.lockss.frontier import CrawlOutcome
from apps.permissions.choices import Reason
from apps.permissions.services import decide
from apps.repository.errors import StoreError

CRAWL = "crawl"
BATCH = 200
# Ends after which the same crawl is tried again soon; others wait for the next regular date.
PASSING = frozenset(
    {
        CrawlOutcome.FETCH_ERROR,
        CrawlOutcome.WINDOW_CLOSED,
        CrawlOutcome.REPOSITORY_ERROR,
        CrawlOutcome.INTERRUPTED,
    }
)
SUCCESS = frozenset({CrawlOutcome.COMPLETE})
# The last crawl did not bring everything.
_PUT_OFF = ~Q(last_outcome__in=["", *SUCCESS])
# Deeper than any crawl goes: every page is asked for again.
EVERYTHING = 1_000
# What is found about an AU's collection: by how a crawl ended, or by which permission is missing.
FINDING_CODES = [
    *(f"crawl-{outcome}" for outcome in CrawlOutcome),
    *(f"permission-{reason}" for reason in Reason if reason),
]


def start_crawl(*, au: Au) -> tuple[Crawl | None, Job | None]:
    """Open a new-content crawl and its job; (None, None) where it may not be, with the reason on the AU."""
    # The publisher's site is asked by the crawl itself.
    written = decide(au).written
    if not written.allowed:
        _blocked(au, CrawlOutcome.NO_PERMISSION, written.sentence)
        return None, None
    try:
        crawl_au(au)
    except CannotCollect as error:
        _blocked(au, CrawlOutcome.PLUGIN_ERROR, str(error))
        return None, None
    return _open(au=au, kind=CrawlKind.NEW_CONTENT)


def request_repair_crawl(*, au: Au, urls: list[str], poll_key: str) -> Job:
    """Fetch these URLs again from the publisher for a poll, or, without its key, for a person; more URLs for an open repair crawl join it."""
    with transaction.atomic():
        crawl = (
            Crawl.objects.select_for_update()
            .filter(au=au, kind=CrawlKind.REPAIR, state=CrawlState.WAITING, poll_key=poll_key)
            .first()
        )
        if crawl is None:
            crawl = Crawl.objects.create(au=au, kind=CrawlKind.REPAIR, poll_key=poll_key, urls=urls)
        else:
            crawl.urls = list(dict.fromkeys([*crawl.urls, *urls]))
            crawl.save(update_fields=["urls", "updated_at"])
        job = open_job(kind=CRAWL, subject=f"crawl:{crawl.pk}", queue="repair", max_attempts=20)
        Crawl.objects.filter(pk=crawl.pk).update(job=job)
    return job


def _open(*, au: Au, kind: CrawlKind) -> tuple[Crawl | None, Job | None]:
    try:
        with transaction.atomic():
            asked = CrawlStatus.objects.filter(au=au).values_list("refetch_depth", flat=True).first()
            crawl = Crawl.objects.create(au=au, kind=kind, refetch_depth=asked)
            job = open_job(kind=CRAWL, subject=f"crawl:{crawl.pk}", queue="crawl", max_attempts=50)
            Crawl.objects.filter(pk=crawl.pk).update(job=job)
            begun = {"due_at": None, "refetch_depth": None, "last_start_at": now()}
            CrawlStatus.objects.update_or_create(au=au, defaults=begun)
    except IntegrityError:
        return None, None  # One is open already.
    return crawl, job


def _blocked(au: Au, outcome: CrawlOutcome, sentence: str) -> None:
    """Not even begun: the AU says why, and is looked at again later."""
    again = now() + dt.timedelta(seconds=settings.NODE.crawl_retry_interval)
    CrawlStatus.objects.update_or_create(
        au=au, defaults={"due_at": again, "last_outcome": outcome, "last_reason": sentence}
    )
    _tell(au, outcome, sentence)


def run_crawl(*, crawl_id: int, ctx) -> dict:
    """Run a crawl to its end for the worker that holds its job. Harmless on one that has ended."""
    _must_have_room(crawl_id)
    # Marked before it is read: a poll adds URLs to a repair crawl only while it waits.
    Crawl.objects.filter(pk=crawl_id).exclude(state=CrawlState.DONE).update(
        state=CrawlState.RUNNING, started_at=Coalesce("started_at", now())
    )
    crawl = Crawl.objects.select_related("au", "au__publisher").get(pk=crawl_id)
    if crawl.state == CrawlState.DONE:
        return {"outcome": crawl.outcome}
    try:
        au = crawl_au(crawl.au, crawl)
        with CrawlFetcher(proxy=au.proxy) as fetcher:
            ended = CrawlRun(crawl, au, ctx, fetcher).run()
    except CannotCollect as error:
        ended = Ended(CrawlOutcome.PLUGIN_ERROR, str(error))
    except StoreError as error:
        if not error.permanent:
            raise JobFailed(str(error.code), error.message, again=True) from error
        ended = Ended(CrawlOutcome.REPOSITORY_ERROR, error.message)
    finish(crawl=crawl, ended=ended)
    return {"outcome": str(ended.outcome), "reason": ended.reason}


def _must_have_room(crawl_id: int) -> None:
    """JobFailed, to be tried again, while the store's disk is nearly full; repairs go on for longer."""
    if content_held():
        raise JobFailed("store-read-only", stored_reasons.READ_ONLY, again=True)
    repair = Crawl.objects.filter(pk=crawl_id, kind=CrawlKind.REPAIR).exists()
    if content_level() >= (DiskLevel.NO_WRITES if repair else DiskLevel.NO_CRAWLS):
        raise JobFailed("store-nearly-full", stored_reasons.NEARLY_FULL, again=True)


def finish(*, crawl: Crawl, ended: Ended) -> None:
    """Write the crawl's end, and for new content when the AU is due again."""
    at = now()
    with transaction.atomic():
        Crawl.objects.filter(pk=crawl.pk).update(
            state=CrawlState.DONE, finished_at=at, outcome=ended.outcome, reason=ended.reason
        )
        if crawl.kind == CrawlKind.REPAIR:
            return
        success = ended.outcome in SUCCESS
        # Somebody asked for all of it anew while this one ran.
        waits = CrawlStatus.objects.filter(au=crawl.au, refetch_depth__isnull=False).exists()
        changes = {
            "last_end_at": at,
            "last_outcome": ended.outcome,
            "last_reason": ended.reason,
            "due_at": at if waits else at + _until_next(ended.outcome),
            "failures_in_row": 0 if success else F("failures_in_row") + 1,
        }
        if success:
            changes["last_success_at"] = at
        CrawlStatus.objects.update_or_create(au=crawl.au, defaults={"substance": _substance(crawl)})
        CrawlStatus.objects.filter(au=crawl.au).update(**changes)
        if success:
            resolve_findings(subject=f"au:{crawl.au.slug}", codes=FINDING_CODES)
        else:
            _tell(crawl.au, ended.outcome, ended.reason)


def _until_next(outcome: CrawlOutcome) -> dt.timedelta:
    node = settings.NODE
    return dt.timedelta(seconds=node.crawl_retry_interval if outcome in PASSING else node.crawl_interval)


def _substance(crawl: Crawl) -> str:
    """Whether the AU holds anything that its platform calls substantial (plugins.md §8)."""
    try:
        return crawl_au(crawl.au).substance()
    except CannotCollect:
        return "unknown"


def _tell(au: Au, outcome: CrawlOutcome, sentence: str) -> None:
    """One open finding for each AU: what is so now takes the place of what was. None for one that is deactivated."""
    subject, code = f"au:{au.slug}", _finding_code(au, outcome)
    resolve_findings(subject=subject, codes=[other for other in FINDING_CODES if other != code])
    if Au.objects.filter(pk=au.pk, state=AuState.SELECTED).exists():
        record_finding(code=code, subject=subject, severity="warning", message=sentence, app="crawls")


def _finding_code(au: Au, outcome: CrawlOutcome) -> str:
    """Each missing permission is got in another way, so each has a code of its own."""
    reason = decide(au).reason if outcome == CrawlOutcome.NO_PERMISSION else Reason.NONE
    return f"permission-{reason}" if reason not in (Reason.NONE, Reason.NOT_CHECKED) else f"crawl-{outcome}"


def due_aus(limit: int) -> list[Au]:
    """Selected AUs whose date has come or who were never collected, longest waiting first."""
    due = Q(crawl_status__isnull=True) | Q(crawl_status__due_at__lte=now())
    open_crawls = Crawl.objects.filter(kind=CrawlKind.NEW_CONTENT).exclude(state=CrawlState.DONE)
    return list(
        Au.objects.filter(due, state=AuState.SELECTED)
        .exclude(pk__in=open_crawls.values("au_id"))
        .select_related("publisher")
        .order_by(F("crawl_status__due_at").asc(nulls_first=True), "pk")[:limit]
    )


def start_due() -> list[Job]:
    """Scanner: open crawls for due AUs, as many as may run at once; none where the store's disk is nearly full."""
    if content_level() >= DiskLevel.NO_CRAWLS:
        return []
    running = Crawl.objects.filter(kind=CrawlKind.NEW_CONTENT).exclude(state=CrawlState.DONE)
    busy = {_pool(crawl.au) for crawl in running.select_related("au")}
    room = max(0, settings.NODE.crawl_parallel - len(running))
    jobs = []
    # Blocked AUs are dated anew and take no room, so more are looked at than can be started.
    for au in due_aus(room + BATCH if room else 0):
        if room <= 0:
            break
        pool = _pool(au)
        if pool is not None and pool in busy:
            continue
        crawl, job = start_crawl(au=au)
        if crawl is not None and job is not None:
            jobs.append(job)
            busy.add(pool)
            room -= 1
    return jobs


def _pool(au: Au) -> str | None:
    """Whom the AU shares its pace with; None: nobody."""
    try:
        return crawl_au(au).pool
    except CannotCollect:
        return None


def crawl_now(*, au: Au, refetch_depth: int | None = None) -> None:
    """A person wants this AU collected now: the next scan begins. Links nearer to the start than ``refetch_depth``
    are asked for again though they are held; None: as usual."""
    wanted = {} if refetch_depth is None else {"refetch_depth": refetch_depth}
    CrawlStatus.objects.update_or_create(au=au, defaults={"due_at": now(), **wanted})


def collect_now(*, keys: Iterable[int]) -> None:
    """What these AUs waited for is there: those that were never collected, or were put off when their turn came, do not
    wait for a later date as well. What was collected keeps its date: a publisher is not asked for all of it at once."""
    at = now()
    never = Q(last_success_at=None)
    CrawlStatus.objects.filter(never | _PUT_OFF, au__in=list(keys), due_at__gt=at).update(due_at=at)


def look_again(*, keys: Iterable[int]) -> None:
    """These AUs are collected again: what kept them from it is looked at by the next scan, not at a later date."""
    at = now()
    CrawlStatus.objects.filter(_PUT_OFF, au__in=list(keys), due_at__gt=at).update(due_at=at)


def close_dead() -> int:
    """Scanner: crawls whose job was given up, cancelled or is gone end, so that the AU can be tried anew."""
    gone = Q(job__isnull=True) | Q(job__state__in=("failed", "cancelled"))
    count = 0
    for crawl in Crawl.objects.exclude(state=CrawlState.DONE).filter(gone).select_related("au", "job"):
        job = crawl.job
        stopped = job is not None and job.state == "cancelled"
        outcome = CrawlOutcome.ABORTED if stopped else CrawlOutcome.INTERRUPTED
        sentence = stored_reasons.STOPPED if stopped else OUTCOMES[outcome]
        finish(crawl=crawl, ended=Ended(outcome, (job.error if job is not None else "") or sentence))
        count += 1
    return count
