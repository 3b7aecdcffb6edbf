"""What workers run for reports: editions that are due or asked for, and large files that are judged."""

from celery import shared_task

from apps.common.jobs import Context, JobFailed, job_handler, wake
from apps.common.models import Job
from apps.kbart.errors import ActError, ReportError
from apps.kbart.making import keeping
from apps.kbart.services import checks, series

# Of one scan, so that it leaves room for others between.
STEPS = 20


def _key(job: Job) -> int:
    return int(job.subject.partition(":")[2])


@job_handler(series.KIND)
def make_edition(job: Job, ctx: Context) -> dict:
    try:
        row = series.make_edition(
            edition_id=_key(job),
            progress=lambda done: ctx.progress(done, None, f"{done:,} titles"),
        )
    except ReportError as error:
        raise JobFailed("kbart-not-made", str(error)) from error
    return {"state": row.state, "rows": row.rows}


@job_handler(checks.KIND)
def check_file(job: Job, ctx: Context) -> dict:
    try:
        row = checks.run_check(check_id=_key(job))
    except ActError as error:
        raise JobFailed("kbart-not-judged", str(error)) from error
    return {"errors": row.errors, "warnings": row.warnings}


@shared_task
def scan_reports() -> None:
    for job in series.due_editions():
        wake(job)
    series.close_lost()
    series.drop_old()
    checks.close_lost()


@shared_task
def keep_lines() -> None:
    """Some steps; the next scan goes on. A node without a fit address has no reports, and none to keep."""
    for _ in range(STEPS):
        if not keeping.step():
            break
