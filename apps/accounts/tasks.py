"""What the scanners do for people and their record."""

from celery import shared_task

from apps.accounts import services


@shared_task
def seal_audit() -> None:
    """Seals what a process that died left without a seal."""
    services.seal()
