from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


# From this priority on, a waiting job goes before whatever a worker was woken for.
URGENT = 100
OPEN = (JobState.WAITING, JobState.RUNNING)


class Severity(models.TextChoices):
    INFO = "info", _("note")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")
