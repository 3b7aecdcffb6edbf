"""What the scanner runs for the pages: summary rows and counts."""

from celery import shared_task

from apps.nodes.services import counting, refreshing, sizing, yearly


@shared_task
def scan_status() -> None:
    refreshing.scan()
    counting.count_all()
    yearly.scan()


@shared_task
def scan_sizes() -> None:
    sizing.scan()
