"""The vocabularies of alerts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AlertKind(models.TextChoices):
    """What may be wrong with a node; each is judged by one rule (``alert_rules``)."""

    PROCESS = "process-dead", _("A process is gone")
    BROKER = "broker-lost", _("The broker does not answer")
    DISK = "disk-full", _("A disk is nearly full")
    QUEUE = "queue-stuck", _("Work waits and nobody begins it")
    CERTIFICATE = "certificate-lapses", _("A certificate is about to lapse")
    PEER = "peer-gone", _("A peer is gone")
    UNPROVED = "aus-unproved", _("Not proved for too long")
    BACKUP = "backup-old", _("The backup is too old")
    CLOCK = "clock-off", _("The clock is wrong")
    AUDIT = "audit-broken", _("The audit record was changed")
    DAMAGE = "damage-no-source", _("Damage that nobody can repair")


class Weight(models.TextChoices):
    """How much an alert matters. What is critical is told at any hour."""

    NOTE = "note", _("note")
    WARNING = "warning", _("warning")
    CRITICAL = "critical", _("critical")


RANK = {str(weight): rank for rank, weight in enumerate(Weight)}


class Channel(models.TextChoices):
    MAIL = "mail", _("e-mail")
    WEBHOOK = "webhook", _("webhook")


class NoticeEvent(models.TextChoices):
    RAISED = "raised", _("raised")
    WORSE = "worse", _("became worse")
    CLEARED = "cleared", _("cleared")
