"""Alerts, and what was told to whom. ``services.alerting`` and ``services.telling`` are their only writers.

Alert (what is wrong) ← AlertNotice (one recipient is to be told of it) → AlertMessage (one mail, one POST).
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.nodes.choices_alerts import AlertKind, Channel, NoticeEvent, Weight


def most_weights() -> list[str]:
    return [Weight.WARNING.value, Weight.CRITICAL.value]


class Alert(models.Model):
    """Something is wrong with one subject; open until ``cleared_at``, and at most one is open of a kind and subject.

    ``params`` are raw values (bytes, seconds, numbers) from which the sentence is made in the reader's language;
    ``message`` is that sentence as it was last said, for search and downloads.
    """

    kind = models.CharField(max_length=24, choices=AlertKind.choices)
    subject = models.CharField(max_length=200)
    severity = models.CharField(max_length=10, choices=Weight.choices)
    message = models.TextField()
    params = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    worse_at = models.DateTimeField(null=True, help_text="when it last became more serious than it was")
    turns = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how often it became more serious than it was"
    )
    cleared_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True, help_text="of the one who acknowledged it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(cleared_at__isnull=True), name="one_open_alert"
            )
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="alert_newest"),
            models.Index(fields=["cleared_at"], name="alert_cleared"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AlertRule(models.Model):
    """What one person wants to be told. Without a row: system administrators are told what is no mere note."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_rule")
    mail = models.BooleanField(default=True)
    severities = ArrayField(models.CharField(max_length=10, choices=Weight.choices), default=most_weights)
    digest_hour = models.SmallIntegerField(
        null=True, help_text="what is not critical comes once a day at this hour; null: at once"
    )
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    zone = models.CharField(max_length=64, help_text="the person's time zone")
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id}"


class AlertMessage(models.Model):
    """One mail or one POST, with its text as it was first written, so that another attempt says the same."""

    key = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="names it to the receiver, at each attempt"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.TextField(help_text="as it was when it was written")
    subject = models.TextField(blank=True)
    body = models.TextField()
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(sent_at__isnull=True), name="alert_message_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


class AlertNotice(models.Model):
    """One recipient is to be told once of one turn of an alert: not before ``due_at``, then with ``message``."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    event = models.CharField(max_length=8, choices=NoticeEvent.choices)
    turn = models.PositiveIntegerField(
        default=0, db_default=0, help_text="of the alert, when it became more serious; else 0"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    message = models.ForeignKey(AlertMessage, null=True, on_delete=models.CASCADE, related_name="notices")
    dropped_at = models.DateTimeField(null=True, help_text="the recipient did not want it any more")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "event", "turn", "channel", "user"], name="told_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(message__isnull=True, dropped_at__isnull=True),
                name="alert_notice_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.alert_id}"
