"""Jobs: open, claim, keep alive, finish, and find again what a dead worker held (architecture, "Processes").

A handler is registered for a kind and is given the row and a ``Context``. It may be run more than once:
everything it does must be harmless the second time. ``Context.check`` ends it when its lease is lost.
"""

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import F, Q, Subquery
from django.db.models.functions import Greatest
from django.utils.translation import gettext_noop
from kombu.exceptions import OperationalError

from apps.common import meters
from apps.common.choices import OPEN, URGENT, JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.common.stored import remember
from apps.common.text import storable, storable_json

DIED = gettext_noop("the worker died at every attempt")
remember(DIED)

log = logging.getLogger(__name__)
Handler = Callable[[Job, "Context"], object]
_handlers: dict[str, Handler] = {}
RUN_TASK = "apps.common.tasks.run_job"
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
SCAN_BATCH = 500


class LeaseLost(Exception):  # noqa: N818 - an end, not a fault
    """Another worker has this job now, or it was cancelled: stop without touching its row."""


class JobFailed(Exception):  # noqa: N818 - said by a handler on purpose
    """The work cannot be done: ``code`` for programs, the text for people; ``again`` when a retry may help."""

    def __init__(self, code: str, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.again = again


def job_handler(kind: str) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        _handlers[str(kind)] = function
        return function

    return register


def owner_name() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{threading.get_ident()}"[:64]


def open_job(
    *,
    kind: str,
    subject: str,
    queue: str = "default",
    run_after: datetime | None = None,
    max_attempts: int | None = None,
    priority: int = 0,
    total: int | None = None,
) -> Job:
    """The open job of this kind and subject, made when there is none. Sends nothing: see ``wake``."""
    defaults = {
        "queue": queue,
        "run_after": run_after or now(),
        "max_attempts": max_attempts or settings.NODE.job_attempts,
        "priority": priority,
        "progress_total": total,
    }
    while True:
        found = Job.objects.filter(kind=str(kind), subject=subject, state__in=OPEN).first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return Job.objects.create(kind=str(kind), subject=subject, **defaults)
        except IntegrityError:
            continue


def wake(job: Job) -> None:
    """Tell a worker, once the row is committed. Without a broker the scanner finds the job."""

    def send() -> None:
        delay = (job.run_after - now()).total_seconds()
        options = {"countdown": delay} if delay > 0 else {}
        try:
            current_app.send_task(
                RUN_TASK, args=[job.pk], queue=job.queue, ignore_result=True, retry=False, **options
            )
        except (OperationalError, OSError) as error:
            log.warning("job %s waits for the scanner: the broker does not answer (%s)", job.pk, error)

    transaction.on_commit(send)


def claim(job_id: int, owner: str) -> Job | None:
    """Take a waiting job, or one whose lease has run out; None if somebody else has it or it is not due."""
    at = now()
    silent = Q(state=JobState.RUNNING, lease_until__lt=at, attempt__lt=F("max_attempts"))
    free = Q(state=JobState.WAITING, run_after__lte=at, paused_at=None) | silent
    taken = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING,
        lease_owner=owner,
        lease_until=at + timedelta(seconds=settings.NODE.job_lease),
        heartbeat_at=at,
        started_at=at,
        attempt=F("attempt") + 1,
        woken_at=None,
    )
    return Job.objects.get(pk=job_id) if taken else None


def _held(job: Job, owner: str):
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_owner=owner)


def finish(job: Job, owner: str, result: object = None) -> bool:
    at = now()
    return bool(
        _held(job, owner).update(
            state=JobState.DONE,
            finished_at=at,
            lease_until=None,
            result=storable_json(result) if isinstance(result, dict | list | str | int | float) else None,
            cost_ms=F("cost_ms") + _spent(job, at),
            error="",
            error_code="",
        )
    )


def fail(job: Job, owner: str, *, code: str, message: str, again: bool) -> bool:
    """Back to waiting with a growing pause, or failed for good."""
    at = now()
    last = not again or job.attempt >= job.max_attempts
    changes = {
        "error_code": storable(code, 64),
        "error": storable(message),
        "lease_until": None,
        "cost_ms": F("cost_ms") + _spent(job, at),
    }
    if last:
        changes |= {"state": JobState.FAILED, "finished_at": at}
    else:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (job.attempt - 1))
        # Jobs that failed together do not come back together.
        changes |= {"state": JobState.WAITING, "run_after": at + pause * (0.75 + random.random() / 2)}  # noqa: S311
    return bool(_held(job, owner).update(**changes))


def cancel(*, job: Job) -> bool:
    """A person does not want it any more; a running handler notices at its next ``check``."""
    return bool(
        Job.objects.filter(pk=job.pk, state__in=OPEN).update(
            state=JobState.CANCELLED, finished_at=now(), lease_until=None
        )
    )


def pause(*, job: Job) -> bool:
    """A person wants it to wait. A running handler notices at its next ``check``; the attempt does not count."""
    at = now()
    waiting = Job.objects.filter(pk=job.pk, state=JobState.WAITING, paused_at=None)
    running = Job.objects.filter(pk=job.pk, state=JobState.RUNNING)
    return bool(
        waiting.update(paused_at=at)
        or running.update(
            state=JobState.WAITING,
            paused_at=at,
            lease_until=None,
            lease_owner="",
            attempt=Greatest(F("attempt") - 1, 0),
        )
    )


def resume(*, job: Job) -> bool:
    """It goes on where it was; its handler does again what was not noted as done."""
    done = Job.objects.filter(pk=job.pk, state=JobState.WAITING).exclude(paused_at=None)
    if not done.update(paused_at=None, run_after=now()):
        return False
    wake(Job.objects.get(pk=job.pk))
    return True


def put_first(*, job: Job) -> bool:
    """It is the next that a worker of its queue begins, also where it waits for the next attempt."""
    at = now()
    waiting = Job.objects.filter(pk=job.pk, state=JobState.WAITING, paused_at=None)
    if not waiting.update(priority=URGENT, run_after=at):
        return False
    wake(Job.objects.get(pk=job.pk))
    return True


def before(job_id: int) -> int | None:
    """The job that a person put first and that goes before this one, if there is one in its queue.

    The broker hands messages out in their order, but a message only wakes a worker: it may do something else first.
    """
    queue = Job.objects.filter(pk=job_id).values("queue")[:1]
    urgent = Job.objects.filter(
        queue=Subquery(queue),
        state=JobState.WAITING,
        priority__gte=URGENT,
        run_after__lte=now(),
        paused_at=None,
    ).exclude(pk=job_id)
    return urgent.order_by("run_after", "pk").values_list("pk", flat=True).first()


def retry(*, job: Job) -> Job:
    """A person wants a failed job tried again: a new one in its place."""
    again = open_job(kind=job.kind, subject=job.subject, queue=job.queue, priority=job.priority)
    wake(again)
    return again


def _spent(job: Job, at: datetime) -> int:
    return int((at - (job.started_at or at)).total_seconds() * 1000)


class Context:
    """What a handler may ask of its job: ``progress`` and ``check``. Cheap enough to call for every item."""

    def __init__(self, job: Job, owner: str) -> None:
        self.job = job
        self._owner = owner
        self._lost = threading.Event()
        self._done = threading.Event()
        self._written = 0.0

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    def check(self) -> None:
        """LeaseLost when the job belongs to somebody else by now."""
        if self._lost.is_set():
            raise LeaseLost

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Written at most twice a second."""
        self.check()
        at = time.monotonic()
        if at - self._written < 0.5 and done != total:
            return
        self._written = at
        changes = {"progress_done": done, "progress_note": storable(note, 500)}
        if total is not None:
            changes["progress_total"] = total
        if not _held(self.job, self._owner).update(**changes):
            self._lost.set()
            raise LeaseLost

    def beat_until_done(self) -> None:
        """The heartbeat's thread: renews the lease with a connection of its own."""
        while not self._done.wait(settings.NODE.job_heartbeat):
            try:
                at = now()
                held = _held(self.job, self._owner).update(
                    heartbeat_at=at, lease_until=at + timedelta(seconds=settings.NODE.job_lease)
                )
            except Exception:
                # The database may be restarting; while the lease lasts there is time to try again.
                log.warning("job %s: the heartbeat was not written", self.job.pk, exc_info=True)
                close_old_connections()
                continue
            if not held:
                self._lost.set()
                break
        connection.close()

    def stop(self) -> None:
        self._done.set()


def run(job_id: int) -> JobState | None:
    """Claim a job and run its handler with a heartbeat; None when it was not ours to run."""
    owner = owner_name()
    job = claim(job_id, owner)
    if job is None:
        return None
    handler = _handlers.get(job.kind)
    if handler is None:
        fail(
            job, owner, code="job-kind-unknown", message=f"nobody handles jobs of kind {job.kind}", again=True
        )
        return JobState.FAILED
    context = Context(job, owner)
    began = time.monotonic()
    state = _handled(job, owner, handler, context)
    meters.count_job(job.kind, state or "lost", time.monotonic() - began)
    return state


def _handled(job: Job, owner: str, handler: Handler, context: Context) -> JobState | None:
    beat = threading.Thread(target=context.beat_until_done, name=f"heartbeat-{job.pk}", daemon=True)
    beat.start()
    try:
        result = handler(job, context)
    except LeaseLost:
        return None
    except JobFailed as error:
        fail(job, owner, code=error.code, message=str(error), again=error.again)
        return JobState.FAILED
    except Exception as error:  # the edge of a process: the row must say what happened
        log.exception("job %s (%s) failed", job.pk, job)
        fail(job, owner, code="job-error", message=f"{type(error).__name__}: {error}", again=True)
        return JobState.FAILED
    finally:
        context.stop()
        beat.join()
    finish(job, owner, result)
    return JobState.DONE


def requeue() -> list[Job]:
    """Scanner: waiting jobs that are due, and running ones whose worker fell silent.

    Waking twice does no harm, but queues must not grow while all workers are busy: a job that the scanner
    has called is not called again before a lease's time has passed.
    """
    at, lease = now(), timedelta(seconds=settings.NODE.job_lease)
    called = Q(woken_at__gt=at - lease, woken_at__lte=at)
    silent = Q(state=JobState.RUNNING, lease_until__lt=at)
    # Given by a clock that was ahead: a worker that lives renews it, one that is dead would be waited for till then.
    Job.objects.filter(state=JobState.RUNNING, lease_until__gt=at + 2 * lease).update(lease_until=at + lease)
    Job.objects.filter(silent, attempt__gte=F("max_attempts")).update(
        state=JobState.FAILED,
        finished_at=at,
        lease_until=None,
        error_code="job-worker-died",
        error=DIED,
    )
    due = Q(state=JobState.WAITING, run_after__lte=at, paused_at=None) | silent
    jobs = list(Job.objects.filter(due).exclude(called).order_by("-priority", "run_after", "id")[:SCAN_BATCH])
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(woken_at=at)
    return jobs
