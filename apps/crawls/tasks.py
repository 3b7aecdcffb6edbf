"""What workers run for crawls: the scan, and the crawl itself as a job."""

from celery import shared_task

from apps.common.jobs import job_handler, wake
from apps.common.models import Job
from apps.crawls import services


@shared_task
def scan_crawls() -> None:
    services.close_dead()
    for job in services.start_due():
        wake(job)


@job_handler(services.CRAWL)
def crawl(job: Job, ctx) -> dict:
    return services.run_crawl(crawl_id=int(job.subject.partition(":")[2]), ctx=ctx)
