"""What the scanner runs for the pages: summary rows and counts."""

from celery import shared_task

from apps.common import jobs
from apps.common.models import Job
from apps.nodes.services import alerting, chronicling, counting, refreshing, sending, sizing, yearly

SEND = "alert-send"


@shared_task
def scan_status() -> None:
    refreshing.scan()
    counting.count_all()
    chronicling.scan()
    yearly.scan()


@shared_task
def scan_sizes() -> None:
    sizing.scan()


@shared_task
def scan_alerts() -> None:
    """Look for what is wrong; telling people is a job, because a mail server may be slow."""
    alerting.look()
    if sending.waiting():
        jobs.wake(jobs.open_job(kind=SEND, subject="node"))


@jobs.job_handler(SEND)
def send_alerts(job: Job, context: jobs.Context) -> dict:
    return {"sent": sending.send_due()}
