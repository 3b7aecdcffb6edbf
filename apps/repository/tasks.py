"""Long work of the store: fixity checks of AUs that are due; and whether a read-only store takes data again."""

from celery import shared_task

from apps.common.jobs import Context, JobFailed, job_handler, wake
from apps.common.models import Job
from apps.repository import probing, services
from apps.repository.choices import CheckOutcome
from apps.repository.errors import ContentCode

FIXITY = services.FIXITY


@shared_task
def scan_fixity() -> None:
    for job in services.open_due_checks():
        wake(job)


@shared_task
def probe_store() -> None:
    """A store that refused a write: does it take data again?"""
    probing.look(services.root())


@job_handler(FIXITY)
def fixity(job: Job, ctx: Context) -> dict[str, object]:
    report = services.check_au_by_key(key=int(job.subject.removeprefix("au:")), progress=ctx.progress)
    if report.outcome is CheckOutcome.NOT_CHECKABLE:
        n = report.not_checkable
        said = f"{n} version could not be read" if n == 1 else f"{n} versions could not be read"
        raise JobFailed(ContentCode.UNREADABLE, said)
    return {
        "outcome": str(report.outcome),
        "good": report.good,
        "damaged": report.damaged,
        "missing": report.missing,
    }
