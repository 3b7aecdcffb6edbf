from celery import shared_task

from apps.common import jobs


@shared_task
def run_job(job_id: int) -> None:
    first = jobs.before(job_id)
    if first is not None:
        jobs.run(first)
    jobs.run(job_id)


@shared_task
def scan_jobs() -> None:
    for job in jobs.requeue():
        jobs.wake(job)
