"""The Celery app. Messages only wake workers: they carry ids of rows, and a lost one loses nothing."""

import os
import signal

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.settings")

from django.conf import settings

from lockss_portal.probe import ALIVE_EVERY_S, alive_file
from lockss_portal.queues import celery_configuration
from lockss_portal.supervisor.identity import die_with_parent

app = Celery("lockss_portal", set_as_current=True)
app.conf.update(celery_configuration(settings.NODE))
app.autodiscover_tasks()


@signals.worker_process_init.connect
def end_with_worker(**_: object) -> None:
    """A pool process does not outlive its worker, not even in the middle of a task."""
    die_with_parent(signal.SIGKILL)


@signals.worker_ready.connect
def show_life(sender, **_: object) -> None:
    """A file whose age tells ``probe`` that the worker's own loop still turns."""
    name = sender.hostname.partition("@")[0]
    sender.timer.call_repeatedly(ALIVE_EVERY_S, alive_file(settings.NODE, name).touch)
    alive_file(settings.NODE, name).touch()


@signals.setup_logging.connect
def keep_logging(**_: object) -> None:
    """Django has set logging up; Celery must not do it again."""
