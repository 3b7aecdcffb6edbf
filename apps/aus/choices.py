from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AuState(models.TextChoices):
    SELECTED = "selected", "selected"
    DEACTIVATED = "deactivated", "deactivated"


class SelectionAction(models.TextChoices):
    SELECT = "select", _("select")
    DEACTIVATE = "deactivate", _("deactivate")
    REACTIVATE = "reactivate", _("re-activate")


class SelectionOutcome(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SELECTED = "selected", _("selected")
    ALREADY = "already", _("already so")
    REACTIVATED = "reactivated", _("re-activated")
    DEACTIVATED = "deactivated", _("deactivated")
    IMPOSSIBLE = "impossible", _("not possible")


class HoldingsState(models.TextChoices):
    """``READY``: read; what was not sure waits for people."""

    WAITING = "waiting", _("waiting")
    READING = "reading", _("reading")
    READY = "ready", pgettext_lazy("holdings list", "read")
    FAILED = "failed", _("could not be read")


class LineState(models.TextChoices):
    """What a line of a library's list means in the catalogue."""

    MATCHED = "matched", _("matched")
    AMBIGUOUS = "ambiguous", _("ambiguous")
    UNMATCHED = "unmatched", _("not matched")
    UNREAD = "unread", _("not read")


class Risk(models.TextChoices):
    """How likely a collection is to be lost elsewhere."""

    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


RISK_RANKS = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}
