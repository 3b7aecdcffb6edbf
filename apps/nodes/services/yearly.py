"""Counts the figures of a year's preservation report, keeps them, and closes the report when the year is over.

What happened is counted from the rows of the year; what stands is of the moment when it was counted. Nothing is
counted again when the report is shown: page, PDF and CSV are made of the kept figures.
"""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import AuState
from apps.aus.models import Au, StoreSpace
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import node_day, node_zone, now
from apps.common.jobs import Context, job_handler
from apps.common.lists.download import disarmed
from apps.common.models import Job
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.lockss.frontier import CrawlOutcome
from apps.lockss.lcap.poll_codes import PollStatus
from apps.nodes.choices import AuWord, Figure, ScopeKind
from apps.nodes.errors import ActRefused, RefusalCode
from apps.nodes.models import AuStatus, StandingCount, YearFigure, YearReport
from apps.nodes.services import standing
from apps.polls import outcome
from apps.polls.choices import RepairState
from apps.polls.models import Poll, Repair, UrlTally, Vote
from apps.repository.choices import CheckOutcome
from apps.repository.models import AuSummary, FixityCheck

KIND = "year-report"
FIRST_YEAR = 2000
# A count that was given up is begun again after this.
AGAIN = dt.timedelta(days=1)
BAD = (CheckOutcome.DAMAGED, CheckOutcome.MISSING)
OF_PUBLISHERS = {
    Figure.SELECTED: "selected",
    Figure.COLLECTED: "collected",
    Figure.PRESERVED: "preserved",
    Figure.CARE: "care",
    Figure.CONTENT: "size",
}


def this_year() -> int:
    return node_day(now()).year


def ask(*, year: int, user: User | None = None) -> Job | None:
    """A job that counts the year; None where its report is closed. ActRefused for a year that has none."""
    if not FIRST_YEAR <= year <= this_year():
        raise ActRefused(RefusalCode.NO_REPORT, gettext("No report can be made of %d.") % year)
    with transaction.atomic():
        if _is_closed(year):
            return None
        job = jobs.open_job(kind=KIND, subject=f"year:{year}")
        if user is not None:
            audit(user=user, action="nodes.year-report", subject=f"year:{year}")
    jobs.wake(job)
    return job


def scan() -> None:
    """Last year's report is closed by itself, if anything had been chosen by its end."""
    year = this_year() - 1
    if year >= FIRST_YEAR and not _is_closed(year):
        _start, end = span(year)
        failed = Job.objects.filter(
            kind=KIND, subject=f"year:{year}", state=JobState.FAILED, finished_at__gt=now() - AGAIN
        )
        if Au.objects.filter(selected_at__lt=end).exists() and not failed.exists():
            ask(year=year)


def _is_closed(year: int) -> bool:
    """What a clock that was ahead has closed is open again once the clock is right."""
    return YearReport.objects.filter(year=year, closed=True, made_at__lte=now()).exists()


@job_handler(KIND)
def run(job: Job, context: Context) -> dict:
    year = int(job.subject.partition(":")[2])
    context.progress(0, 1)
    report = make(year=year)
    context.progress(1, 1)
    return {"year": report.year, "sha256": report.sha256}


def span(year: int) -> tuple[dt.datetime, dt.datetime]:
    """Its first moment and that of the next, in the node's time zone."""
    zone = node_zone()
    first, last = (dt.datetime(one, 1, 1, tzinfo=zone) for one in (year, year + 1))
    return first, last


def make(*, year: int) -> YearReport:
    """Counted anew; a closed one is left as it is. One transaction, so that no figure is of another moment."""
    with transaction.atomic():
        found = YearReport.objects.select_for_update().filter(year=year).first()
        at = now()
        if found is not None and found.closed and found.made_at <= at:
            return found
        start, end = span(year)
        report, _ = YearReport.objects.update_or_create(
            year=year, defaults={"made_at": at, "closed": at >= end, "sha256": ""}
        )
        report.figures.all().delete()
        figures = [("", key, value) for key, value in _of_node(start, min(end, at))] + list(_of_publishers())
        YearFigure.objects.bulk_create(
            [
                YearFigure(report=report, position=n, scope=scope, key=key, value=value)
                for n, (scope, key, value) in enumerate(figures)
            ],
            batch_size=1000,
        )
        report.sha256 = hashlib.sha256("".join(csv_lines(report)).encode()).hexdigest()
        report.save(update_fields=["sha256"])
    return report


def csv_lines(report: YearReport) -> Iterator[str]:
    """The file whose SHA-256 the report shows: of the kept rows alone, the same bytes every time."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    rows: Iterable[tuple] = (
        report.figures.order_by("position").values_list("scope", "key", "value").iterator()
    )
    writer.writerow(["year", "made_at", "scope", "figure", "value"])
    made_at = report.made_at.astimezone(dt.UTC).isoformat(timespec="seconds")
    for scope, key, value in rows:
        writer.writerow([report.year, made_at, disarmed(scope), key, value])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _of_node(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[str, int]]:
    """In the order of the report."""
    yield from _chosen(start, end)
    yield from _collected(start, end)
    yield from _proved(start, end)
    yield from _damaged(start, end)
    yield from _repaired(start, end)
    yield from _at_risk()
    yield from _disk()


def _counted() -> StandingCount:
    """How the node stands at this moment, counted now and not when the scan was here last."""
    standing.count_now()
    return StandingCount.objects.get(kind=ScopeKind.NODE, ref=0)


def _chosen(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[str, int]]:
    row = _counted()
    yield Figure.SELECTED, row.selected
    yield Figure.CHOSEN, Au.objects.filter(chosen_between(start, end)).count()
    yield Figure.DEACTIVATED, Au.objects.filter(state=AuState.DEACTIVATED).count()


def chosen_between(start: dt.datetime, end: dt.datetime) -> Q:
    """Filter of AUs that are selected now, since a moment of this time."""
    return Q(state=AuState.SELECTED, selected_at__gte=start, selected_at__lt=end)


def compared_between(start: dt.datetime, end: dt.datetime) -> Q:
    """Filter of AUs: a poll with a result ended in this time."""
    polls = Poll.objects.filter(outcome.COUNTED, ended_at__gte=start, ended_at__lt=end)
    return Q(pk__in=polls.values("au"))


def _collected(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[str, int]]:
    row = StandingCount.objects.get(kind=ScopeKind.NODE, ref=0)
    yield Figure.COLLECTED, row.collected
    crawls = Crawl.objects.filter(
        kind=CrawlKind.NEW_CONTENT, state=CrawlState.DONE, finished_at__gte=start, finished_at__lt=end
    )
    found = crawls.aggregate(
        all=Count("pk"),
        whole=Count("pk", filter=Q(outcome=CrawlOutcome.COMPLETE)),
        urls=Sum("stored", default=0),
        bytes=Sum("bytes", default=0),
    )
    yield Figure.CRAWLS, found["all"]
    yield Figure.CRAWLS_WHOLE, found["whole"]
    yield Figure.URLS_STORED, found["urls"]
    yield Figure.BYTES_STORED, found["bytes"]


def _proved(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[str, int]]:
    row = StandingCount.objects.get(kind=ScopeKind.NODE, ref=0)
    yield Figure.PROVED, row.words.get(AuWord.PROVED, 0)
    yield Figure.PRESERVED, row.preserved
    ended = Poll.objects.filter(ended_at__gte=start, ended_at__lt=end)
    complete = Q(status=PollStatus.COMPLETE)
    found = ended.aggregate(
        all=Count("pk"),
        result=Count("pk", filter=complete),
        agreed=Count("pk", filter=outcome.AGREED),
        repaired=Count("pk", filter=outcome.after_repair()),
        aus=Count("au", filter=complete, distinct=True),
    )
    yield Figure.POLLS, found["all"]
    yield Figure.POLLS_COUNTED, found["result"]
    yield Figure.POLLS_AGREED, found["agreed"]
    yield Figure.POLLS_REPAIRED, found["repaired"]
    yield Figure.AUS_PROVED, found["aus"]
    votes = Vote.objects.filter(ended_at__gte=start, ended_at__lt=end, agreement_hint__isnull=False)
    yield Figure.VOTES, votes.count()


def _damaged(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[str, int]]:
    """Damage however it was found: by reading stored bytes, or by a poll, which also finds what is missing."""
    checks = FixityCheck.objects.filter(finished_at__gte=start, finished_at__lt=end)
    bad = Q(outcome__in=[str(one) for one in BAD])
    found = checks.aggregate(all=Count("pk"), bad=Count("pk", filter=bad), versions=Sum("good", default=0))
    yield Figure.CHECKS, found["all"]
    yield Figure.VERSIONS_GOOD, found["versions"]
    yield Figure.CHECKS_BAD, found["bad"]
    polls = Poll.objects.filter(ended_at__gte=start, ended_at__lt=end)
    wrong = polls.filter(outcome.found_wrong())
    yield Figure.POLLS_WRONG, wrong.count()
    yield (
        Figure.URLS_WRONG,
        UrlTally.objects.filter(outcome.wrong_urls(), poll__in=wrong.values("pk")).count(),
    )
    yield Figure.POLLS_UNDECIDED, polls.filter(outcome.nothing_wrong()).count()
    yield Figure.AUS_BAD, Au.objects.filter(damaged_between(start, end)).count()
    yield Figure.VERSIONS_SUSPECT, AuSummary.objects.aggregate(n=Sum("suspect_versions", default=0))["n"]


def damaged_between(start: dt.datetime, end: dt.datetime) -> Q:
    """Filter of AUs: a reading or a poll found damage in this time, or a repair ended in it."""
    bad = [str(one) for one in BAD]
    span_of = {"ended_at__gte": start, "ended_at__lt": end}
    checks = FixityCheck.objects.filter(finished_at__gte=start, finished_at__lt=end, outcome__in=bad)
    polls = Poll.objects.filter(outcome.found_wrong(), **span_of)
    repairs = Repair.objects.filter(**span_of)
    return Q(pk__in=checks.values("au_key")) | Q(pk__in=polls.values("au")) | Q(pk__in=repairs.values("au"))


def _repaired(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[str, int]]:
    ended = Repair.objects.filter(ended_at__gte=start, ended_at__lt=end)
    found = ended.aggregate(
        done=Count("pk", filter=Q(phase=RepairState.REPAIRED)),
        publisher=Count("pk", filter=Q(phase=RepairState.REPAIRED, source="publisher")),
        failed=Count("pk", filter=Q(phase=RepairState.FAILED)),
    )
    yield Figure.REPAIRED, found["done"]
    yield Figure.REPAIRED_PUBLISHER, found["publisher"]
    yield Figure.NOT_REPAIRED, found["failed"]
    served = Vote.objects.filter(ended_at__gte=start, ended_at__lt=end)
    yield Figure.SERVED, served.aggregate(n=Sum("repairs_served", default=0))["n"]


def _at_risk() -> Iterator[tuple[str, int]]:
    row = StandingCount.objects.get(kind=ScopeKind.NODE, ref=0)
    yield Figure.CARE, row.care
    yield Figure.FEW, row.few
    for figure, word in (
        (Figure.STALE, AuWord.STALE),
        (Figure.DIFFERS, AuWord.DIFFERS),
        (Figure.UNSETTLED, AuWord.UNSETTLED),
        (Figure.DAMAGED, AuWord.DAMAGED),
        (Figure.BLOCKED, AuWord.BLOCKED),
    ):
        yield figure, row.words.get(word, 0)


def _disk() -> Iterator[tuple[str, int]]:
    row = StandingCount.objects.get(kind=ScopeKind.NODE, ref=0)
    yield Figure.CONTENT, row.size
    yield Figure.URLS, row.urls
    kept = AuStatus.objects.filter(word=AuWord.DEACTIVATED).aggregate(n=Sum("size", default=0))["n"]
    if kept:
        yield Figure.KEPT, kept
    yield Figure.FILES, AuSummary.objects.aggregate(n=Sum("disk_size", default=0))["n"]
    space = StoreSpace.objects.filter(path=str(settings.NODE.content_dir)).first()
    if space is not None and space.disk_total is not None:
        yield Figure.DISK, space.disk_total
        yield Figure.DISK_FREE, space.disk_free or 0


def _of_publishers() -> Iterator[tuple[str, str, int]]:
    rows = StandingCount.objects.filter(kind=ScopeKind.PUBLISHER, selected__gt=0)
    for row in rows.order_by("name_key", "ref").iterator(chunk_size=1000):
        for figure, name in OF_PUBLISHERS.items():
            yield row.name, figure, getattr(row, name)
