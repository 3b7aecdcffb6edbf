from django.db import models


class JobState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


# From this priority on, a waiting job goes before whatever a worker was woken for.
URGENT = 100
OPEN = (JobState.WAITING, JobState.RUNNING)


class Severity(models.TextChoices):
    INFO = "info", "note"
    WARNING = "warning", "warning"
    ERROR = "error", "error"
