"""A list over jobs, small enough to have many pages."""

import datetime as dt
from dataclasses import replace

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import ngettext

from apps.common.choices import JobState
from apps.common.lists import Bulk, Choice, Column, Day, Exact, Flag, Search, Table, cells
from apps.common.lists.query import parse
from apps.common.lists.show import page_of
from apps.common.models import Job

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
JOBS = Table(
    name="jobs",
    caption="Jobs",
    columns=(
        Column(
            "kind", "Kind", lambda job: cells.link(job.kind, f"/jobs/{job.pk}/", job.subject), sort="kind"
        ),
        Column("subject", "Subject", lambda job: job.subject, sort="subject"),
        Column(
            "attempt",
            "Attempts",
            lambda job: cells.count(job.attempt),
            sort="attempt",
            numeric=True,
            priority=2,
        ),
        Column(
            "total", "Total", lambda job: cells.count(job.progress_total), sort="progress_total", numeric=True
        ),
        Column("finished", "Finished", lambda job: cells.moment(job.finished_at), sort="finished_at"),
        Column("note", "Note", lambda job: job.progress_note),
    ),
    filters=(
        Choice("state", "State", "state", JobState.choices),
        Flag("done", "Finished", Q(finished_at__isnull=False)),
        Exact("queue", "Queue", "queue"),
        Exact("attempt_is", "Attempts", "attempt", number=True),
        Day("since", "From", "finished_at"),
        Day("until", "To", "finished_at", until=True),
    ),
    search=Search(("kind__istartswith", "subject")),
    size=3,
    noun=lambda n: ngettext("job", "jobs", n),
    bulk=Bulk("/jobs/act/", (("retry", "Try again"),)),
)
SMALL = replace(JOBS, bulk=None)


def job(number: int, **more) -> Job:
    values = {
        "kind": "crawl",
        "subject": f"au:{number}",
        "state": JobState.DONE,
        "max_attempts": 5,
        "run_after": START,
    }
    return Job(**{**values, **more})


def fill(rows: list[dict]) -> list[Job]:
    Job.objects.all().delete()
    return Job.objects.bulk_create([job(i, **row) for i, row in enumerate(rows)])


def page(table: Table, text: str, rows=None):
    """The page at the address that ends in ``text``."""
    query = parse(QueryDict(text.removeprefix("?")), table)
    return page_of(table, Job.objects.all() if rows is None else rows, query, "/jobs/")
