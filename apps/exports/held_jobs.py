"""The job behind an export or an import: the newest there is, what people do with it, and those that came to nothing."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.choices import OPEN, JobState
from apps.common.models import Job
from apps.exports.models import Export, PackageImport

AT_ONCE = 100
Row = TypeVar("Row", Export, PackageImport)


def newest_job(kind: str, row: Export | PackageImport) -> Job | None:
    """The newest of its jobs."""
    return Job.objects.filter(kind=kind, subject=row.job_subject).order_by("-pk").first()


def act_on(
    kind: str, row: Export | PackageImport, user: User, action: str, act: Callable[[Job], bool]
) -> bool:
    """Done to the job that is there now, and audited; False where it cannot be done."""
    with transaction.atomic():
        job = newest_job(kind, row)
        if job is None or not act(job):
            return False
        audit(user=user, action=action, subject=f"job:{job.pk}")
        return True


def lost(kind: str, waiting: QuerySet[Row]) -> Iterator[tuple[Row, str]]:
    """Rows that wait for a job which is over or gone, each with its error; one that somebody stopped has none."""
    rows = list(waiting.order_by("pk")[:AT_ONCE])
    if not rows:
        return
    subjects = [row.job_subject for row in rows]
    newest = (
        Job.objects.filter(kind=kind, subject__in=subjects).order_by("subject", "-pk").distinct("subject")
    )
    last = {job.subject: job for job in newest}
    for row in rows:
        job = last.get(row.job_subject)
        if job is None or job.state not in OPEN:
            yield row, job.error if job is not None and job.state != JobState.CANCELLED else ""
