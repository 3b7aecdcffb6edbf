from django.db import models
from django.utils.translation import gettext_lazy as _


class CrawlKind(models.TextChoices):
    NEW_CONTENT = "new", _("new content")
    REPAIR = "repair", _("repair from the publisher")


class CrawlState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "collecting"
    DONE = "done", "done"


class UrlState(models.TextChoices):
    """A frontier row's life, in the core's words (``frontier.RowState``)."""

    PENDING = "pending", "waiting"
    FETCHED = "fetched", "collected"
    UNCHANGED = "unchanged", "unchanged"
    HELD = "held", "held already"
    DEAD = "dead", "no longer there"
    FAILED = "failed", "failed"
    EXCLUDED = "excluded", "outside the rules"
    CUT = "cut", "beyond a limit"


CAME = (UrlState.FETCHED, UrlState.UNCHANGED, UrlState.HELD)
