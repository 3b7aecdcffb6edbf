"""What the node is doing, on its own page: queues and jobs that run."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.display import duration_text
from apps.common.lists import Cell, Column, Page, cells, small_list
from apps.common.models import Job
from apps.common.pages import Empty
from apps.common.words import Tone
from apps.nodes.services.measuring import QUEUES
from apps.nodes.work import job_rows, linked, state_cell, what_cell

MOST_JOBS = 10
# Older waiting work is drawn as a trouble.
LONG = dt.timedelta(minutes=30)
QUEUE_NAMES = {
    "default": _("short work and scans"),
    "crawl": _("collecting"),
    "poll": _("polls and votes"),
    "repair": _("repairs"),
    "public": _("pages tried for people without an account"),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    name: str
    waiting: int = 0
    running: int = 0
    paused: int = 0
    oldest: dt.datetime | None = None


def _queue(row: QueueRow) -> Cell:
    """In words; the name that settings and processes have for it stands below."""
    said = QUEUE_NAMES.get(row.name)
    return Cell(cells.text(str(said), row.name).html, row.name) if said else cells.text(row.name)


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
            Column("name", _("Queue"), _queue),
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


def running_list(user) -> Page:
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
        job_rows(user, list(rows.order_by("state", "-id")[:MOST_JOBS])),
        empty=Empty(gettext("Nothing is being done at this moment"), ""),
    )
