from celery import shared_task

from apps.usage.services.keeping import keep_up


@shared_task
def scan_usage() -> None:
    keep_up()
