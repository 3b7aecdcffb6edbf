"""What workers run for polls: the inbox, the clock, and the long work as jobs. Each loads by id and calls one verb."""

from celery import shared_task

from apps.common.jobs import job_handler, wake
from apps.common.models import Job
from apps.peers.services import clean_boxes
from apps.polls.choices import TaskKind
from apps.polls.services import hashing, inbox, repairs, scanning, tallying


def _wake(jobs: list[Job]) -> None:
    for job in jobs:
        wake(job)


@shared_task
def read_inbox() -> None:
    """Woken by lcapd for every message, and by a scanner."""
    taken, jobs = inbox.read_inbox()
    _wake(jobs)
    if taken >= inbox.BATCH:
        read_inbox.delay()


@shared_task
def scan_polls() -> None:
    scanning.status_rows()
    scanning.ask_for_damaged()
    scanning.call_due_polls()


@shared_task
def scan_poll_steps() -> None:
    _wake(scanning.tick())


@shared_task
def scan_repairs() -> None:
    _wake(repairs.settle_publisher_repairs())


@shared_task
def clean_votes() -> None:
    scanning.clean_blobs()
    while clean_boxes():
        pass


def _subject_id(job: Job) -> int:
    return int(job.subject.partition(":")[2])


@job_handler(TaskKind.POLL_HASH)
def poll_hash(job: Job, ctx) -> None:
    _wake(hashing.hash_for_poll(poll_id=_subject_id(job), ctx=ctx))


@job_handler(TaskKind.VOTE_HASH)
def vote_hash(job: Job, ctx) -> None:
    _wake(hashing.hash_for_vote(vote_id=_subject_id(job), ctx=ctx))


@job_handler(TaskKind.TALLY)
def poll_tally(job: Job, ctx) -> None:
    _wake(tallying.tally(poll_id=_subject_id(job), ctx=ctx))


@job_handler(TaskKind.CHECK_REPAIR)
def repair_check(job: Job, ctx) -> None:
    _wake(repairs.check_peer_copy(repair_id=_subject_id(job), ctx=ctx))
