from celery import shared_task

from apps.common import jobs


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id)


@shared_task
def scan_jobs() -> None:
    for job in jobs.requeue():
        jobs.wake(job)
