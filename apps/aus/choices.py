from django.db import models
from django.utils.translation import gettext_lazy as _


class AuState(models.TextChoices):
    SELECTED = "selected", "selected"
    DEACTIVATED = "deactivated", "deactivated"


class SelectionAction(models.TextChoices):
    SELECT = "select", "select"
    DEACTIVATE = "deactivate", "deactivate"
    REACTIVATE = "reactivate", "re-activate"


class SelectionOutcome(models.TextChoices):
    WAITING = "waiting", "waiting"
    SELECTED = "selected", "selected"
    ALREADY = "already", "already so"
    REACTIVATED = "reactivated", "re-activated"
    DEACTIVATED = "deactivated", "deactivated"
    IMPOSSIBLE = "impossible", "not possible"


class HoldingsState(models.TextChoices):
    """``READY``: read; what was not sure waits for people."""

    WAITING = "waiting", "waiting"
    READING = "reading", "reading"
    READY = "ready", "read"
    FAILED = "failed", "could not be read"


class LineState(models.TextChoices):
    """What a line of a library's list means in the catalogue."""

    MATCHED = "matched", "matched"
    AMBIGUOUS = "ambiguous", "ambiguous"
    UNMATCHED = "unmatched", "not matched"
    UNREAD = "unread", "not read"


class Risk(models.TextChoices):
    """How likely a collection is to be lost elsewhere."""

    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


RISK_RANKS = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}
