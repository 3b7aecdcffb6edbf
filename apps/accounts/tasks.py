"""What the scanners do for people and their record."""

from celery import shared_task

from apps.accounts import services


@shared_task
def seal_audit() -> None:
    """Seals what a process that died left without a seal, and notes the head outside the database once a day."""
    services.seal()
    services.note_head()
