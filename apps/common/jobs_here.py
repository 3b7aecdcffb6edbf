"""Work that a command does itself and that a worker would do again, should the command be killed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job


@contextmanager
def held_here(*, kind: str, subject: str) -> Iterator[jobs.Context]:
    """A new job of this process, with lease and heartbeat: nobody else takes it while the process lives.

    A fault inside, Ctrl-C included, ends the job as failed and goes on to the caller; only a kill leaves it to a worker.
    """
    owner = jobs.owner_name()
    with transaction.atomic():
        # Nobody sees it before it is taken.
        job = jobs.claim(jobs.open_job(kind=kind, subject=subject).pk, owner)
    if job is None:
        raise RuntimeError(f"{kind} {subject} is done by somebody else already")
    context = jobs.Context(job, owner)
    beat = threading.Thread(target=context.beat_until_done, name=f"heartbeat-{job.pk}", daemon=True)
    beat.start()
    try:
        yield context
    except BaseException as error:
        _failed(job, owner, error)
        raise
    else:
        jobs.finish(job, owner)
    finally:
        context.stop()
        beat.join()


def _failed(job: Job, owner: str, error: BaseException) -> None:
    message = f"{type(error).__name__}: {error}" if str(error) else "stopped by hand"
    jobs.fail(job, owner, code="job-error", message=message, again=False)


def cancel_silent(*, subject: str) -> bool:
    """Nobody is to do again what a process did that has fallen silent; False where none did, or somebody has it already."""
    at = now()
    silent = Job.objects.filter(subject=subject, state=JobState.RUNNING, lease_until__lt=at)
    return bool(silent.update(state=JobState.CANCELLED, finished_at=at, lease_until=None))
