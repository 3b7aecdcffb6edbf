from celery import shared_task

from apps.common.jobs import Context, job_handler, wake
from apps.common.models import Job
from apps.delivery.services import articles
from apps.delivery.services.sites import read_sites


@shared_task
def scan_sites() -> None:
    read_sites()


@shared_task
def scan_articles() -> None:
    for job in articles.open_due():
        wake(job)


@job_handler(articles.KIND)
def read_articles(job: Job, ctx: Context) -> dict[str, int]:
    return articles.read_articles(au=int(job.subject.removeprefix("au:")), tell=ctx.progress)
