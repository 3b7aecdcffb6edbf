from celery import shared_task

from apps.delivery.services.sites import read_sites


@shared_task
def scan_sites() -> None:
    read_sites()
