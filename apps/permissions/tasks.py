from celery import shared_task

from apps.permissions import services


@shared_task
def scan_permissions() -> None:
    services.lapse_agreements()
    services.remind()
