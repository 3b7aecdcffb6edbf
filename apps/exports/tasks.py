"""What workers run for exports."""

import logging

from celery import shared_task

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.jobs import Context, JobFailed, job_handler
from apps.common.models import Job
from apps.exports import importing, services
from apps.exports.errors import ExportRefused, ImportRefused
from apps.repository.errors import StoreError

log = logging.getLogger(__name__)
FAULT, FAULTS = "job-error", 3
# Of these another attempt may help: the disk may have room by then, the store be mounted.
AGAIN = frozenset({"export-disk-full", "export-quota", "export-store-away", "export-part-changed"})


@job_handler(services.KIND)
def make_export(job: Job, ctx: Context) -> dict:
    key = int(job.subject.partition(":")[2])
    try:
        row = services.make_export(
            export_id=key, tell=lambda files, done: ctx.progress(done, job.progress_total, f"{files:,} files")
        )
    except ExportRefused as error:
        raise JobFailed(error.code, str(error), again=error.code in AGAIN) from error
    return {"files": row.done_files, "bytes": row.done_bytes, "findings": row.findings}


@job_handler(importing.KIND)
def take_import(job: Job, ctx: Context) -> dict:
    key = int(job.subject.partition(":")[2])
    try:
        row = importing.take(import_id=key, tell=ctx.progress)
    except ImportRefused as error:
        raise JobFailed(error.code, str(error)) from error
    except StoreError as error:
        # Somebody else writes into this AU, the disk is full, the store is not mounted: all of that passes.
        raise JobFailed(error.code, str(error), again=not error.permanent) from error
    except jobs.LeaseLost:
        raise
    except Exception as error:
        log.exception("import %s failed", key)
        # Its many attempts are for waiting; a fault comes again at each. One that waited before has a second attempt.
        again = job.attempt < FAULTS or job.error_code != FAULT
        said = f"the program met a fault of its own ({type(error).__name__}); its log says more"
        raise JobFailed(FAULT, said, again=again) from error
    return {"new": row.new, "held": row.held, "findings": row.findings}


def run_here(job: Job) -> JobState | None:
    """In this process, as a worker would; None where another one has it."""
    return jobs.run(job.pk)


@shared_task
def scan_exports() -> None:
    services.close_lost()
    services.drop_old()
    importing.close_lost()
