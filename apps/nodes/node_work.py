"""What the node is doing, on its own page: queues, jobs that run, what failed lately and what helps."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState, Severity
from apps.common.clock import now
from apps.common.display import duration_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.models import Finding, Job
from apps.common.pages import Empty
from apps.common.stored import retold
from apps.common.words import Tone
from apps.nodes.services.measuring import QUEUES
from apps.nodes.words import FINDING_WORDS, JOB_WORDS
from apps.nodes.work import job_rows, linked, state_cell, what_cell

MOST_JOBS = 10
MOST_ERRORS = 10
LATELY = dt.timedelta(days=7)
# Older waiting work is drawn as a trouble.
LONG = dt.timedelta(minutes=30)
QUEUE_NAMES = {
    "default": _("short work and scans"),
    "crawl": _("collecting"),
    "poll": _("polls and votes"),
    "repair": _("repairs"),
    "public": _("pages tried for people without an account"),
}
# What helps, by the beginning of an error's code; the longest that fits is taken.
ADVICE = {
    "job-worker-died": _("The computer may be short of memory. Fewer processes, or crawls at once, help."),
    "job-error": _("A fault of this program. Its log file says more; tell those who maintain it."),
    "job-kind-unknown": _("A worker of an older version runs. Start the node again."),
    "crawl-": _("Look at the crawl: its page says which URL failed and how the publisher answered."),
    "peer-": _("Ask the people of the other node; its page shows what it sent."),
    "poll-": _("The next poll tries again. If it comes again and again, look at the peers."),
    "vote-": _("The next poll tries again. If it comes again and again, look at the peers."),
    "list-": _("The title list's page says which line is wrong."),
    "import-": _("The title list's page says which line is wrong."),
    "plugin": _("The plugin's page says what it cannot do."),
    "store-": _("Look at the disks: make room, or add one."),
    "repository-": _("Look at the disks: a bad one shows itself like this."),
    "fixity-": _("Look at the disks: a bad one shows itself like this. Polls find what was damaged."),
    "permission-": _("Ask the publisher for its permission page."),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    name: str
    waiting: int = 0
    running: int = 0
    paused: int = 0
    oldest: dt.datetime | None = None


def queues_list() -> Page:
    at = now()
    due = Q(state=JobState.WAITING, run_after__lte=at, paused_at=None)
    rows = (
        Job.objects.filter(state__in=(JobState.WAITING, JobState.RUNNING))
        .order_by()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=due),
            running=Count("pk", filter=Q(state=JobState.RUNNING)),
            paused=Count("pk", filter=Q(paused_at__isnull=False)),
            oldest=Min("run_after", filter=due),
        )
    )
    found = {row["queue"]: QueueRow(row.pop("queue"), **row) for row in rows}
    return small_list(
        "queues",
        gettext("Queues"),
        (
            Column("name", _("Queue"), lambda row: cells.text(row.name, str(QUEUE_NAMES.get(row.name, "")))),
            Column(
                "running", _("Running"), lambda row: _jobs(row, row.running, "state=running"), numeric=True
            ),
            Column(
                "waiting", _("Waiting"), lambda row: _jobs(row, row.waiting, "state=waiting"), numeric=True
            ),
            Column(
                "paused",
                _("Paused"),
                lambda row: _jobs(row, row.paused, "paused=yes"),
                numeric=True,
                priority=3,
            ),
            Column("oldest", _("The oldest waits"), lambda row: _oldest(row, at)),
        ),
        [found.get(name) or QueueRow(name) for name in (*QUEUES, *sorted(set(found) - set(QUEUES)))],
    )


def _jobs(row: QueueRow, number: int, which: str):
    return cells.count(number, f"/jobs/?{which}&queue={row.name}" if number else "")


def _oldest(row: QueueRow, at: dt.datetime):
    if row.oldest is None:
        return cells.text("–")
    said = duration_text((at - row.oldest).total_seconds())
    return cells.toned(Tone.CARE, said) if at - row.oldest > LONG else cells.text(said)


def running_list() -> Page:
    """Jobs that run, with how far they are; then those that a person let wait or put first."""
    rows = Job.objects.filter(Q(state=JobState.RUNNING) | Q(state=JobState.WAITING, paused_at__isnull=False))
    return small_list(
        "running",
        gettext("Going on now"),
        (
            Column("what", _("Job"), what_cell),
            Column("subject", _("Of what"), lambda row: linked(row.link), priority=2),
            Column("state", _("State"), state_cell),
        ),
        job_rows(list(rows.order_by("state", "-id")[:MOST_JOBS])),
        empty=Empty(gettext("Nothing is being done at this moment"), ""),
    )


@dataclass(frozen=True, slots=True)
class ErrorRow:
    code: str
    word: object
    number: int
    last: dt.datetime
    message: str
    url: str


def advice(code: str) -> str:
    fitting = [start for start in ADVICE if code.startswith(start)]
    return str(ADVICE[max(fitting, key=len)]) if fitting else ""


def errors_list() -> Page:
    """Open findings and jobs that failed lately, by their code, the most frequent first."""
    return small_list(
        "errors",
        gettext("What went wrong"),
        (
            Column("word", _("State"), lambda row: cells.status(row.word)),
            Column(
                "what",
                _("What, and what helps"),
                lambda row: cells.link(retold(row.message), row.url, advice(row.code)),
            ),
            Column("number", _("Times"), lambda row: cells.count(row.number, row.url), numeric=True),
            Column("last", _("Last"), lambda row: cells.age(row.last), priority=2),
        ),
        sorted([*_failed(), *_findings()], key=lambda row: (-row.number, row.code))[:MOST_ERRORS],
        empty=Empty(
            gettext("Nothing went wrong lately"), gettext("Errors stand here in groups, with what helps.")
        ),
    )


def _failed() -> list[ErrorRow]:
    rows = Job.objects.filter(state=JobState.FAILED, finished_at__gte=now() - LATELY).order_by()
    groups = rows.values("error_code").annotate(n=Count("pk"), last=Max("finished_at"), newest=Max("pk"))
    newest = Job.objects.in_bulk([one["newest"] for one in groups])
    return [
        ErrorRow(
            one["error_code"],
            JOB_WORDS[JobState.FAILED],
            one["n"],
            one["last"],
            retold(newest[one["newest"]].error)[:200] or gettext("Work was given up."),
            "/jobs/?state=failed" if one["n"] > 1 else f"/jobs/{one['newest']}/",
        )
        for one in groups
    ]


def _findings() -> list[ErrorRow]:
    rows = Finding.objects.filter(resolved_at=None).exclude(severity=Severity.INFO).order_by()
    groups = rows.values("code").annotate(n=Count("pk"), last=Max("last_at"), newest=Max("pk"))
    groups = groups.order_by("-n", "code")[:MOST_ERRORS]
    newest = Finding.objects.in_bulk([one["newest"] for one in groups])
    return [
        ErrorRow(
            one["code"],
            FINDING_WORDS[Severity(newest[one["newest"]].severity)],
            one["n"],
            one["last"],
            retold(newest[one["newest"]].message)[:200],
            f"/findings/?open=yes&code={one['code']}" if one["n"] > 1 else f"/findings/{one['newest']}/",
        )
        for one in groups
    ]
