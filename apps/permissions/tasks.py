import uuid

from celery import shared_task
from django.utils.translation import gettext_noop

from apps.common.jobs import Context, job_handler
from apps.common.models import Job
from apps.permissions import services, testing


@shared_task
def scan_permissions() -> None:
    services.lapse_agreements()
    services.remind()


@job_handler(testing.KIND)
def try_page(job: Job, _ctx: Context) -> dict:
    key = uuid.UUID(job.subject.partition(":")[2])
    try:
        row = testing.run_trial(key=key)
    except Exception:
        # Whoever waits for it is told, however often it is tried again.
        testing.fail_trial(
            key=key, error=gettext_noop("Something went wrong here; the page is not to blame. Try it again.")
        )
        raise
    return {"granted": bool(row and row.result and row.result["granted"])}
