from django.db import models


class CrawlKind(models.TextChoices):
    NEW_CONTENT = "new", "new content"
    REPAIR = "repair", "repair from the publisher"


class CrawlState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "collecting"
    DONE = "done", "done"


class UrlState(models.TextChoices):
    QUEUED = "queued", "waiting"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    EXCLUDED = "excluded", "outside the rules"
