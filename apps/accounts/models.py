"""People, their roles, and the record of what they changed."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.choices import Role
from apps.accounts.querysets import UserManager


class User(AbstractUser):
    """Somebody who signs in. ``roles`` are sums: each adds what it may do."""

    roles = ArrayField(models.CharField(max_length=16, choices=Role.choices), default=list, blank=True)

    objects = UserManager()

    def has_role(self, *roles: str) -> bool:
        """Whether this person has one of ``roles``; a system administrator has them all."""
        if not self.is_active:
            return False
        return Role.SYSTEM in self.roles or any(role in self.roles for role in roles)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class AuditEvent(models.Model):
    """Who changed what, from what to what, and when. The database itself refuses to change or delete a row."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    username = models.CharField(max_length=150, help_text="as it was then; the node itself when empty")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="audit_newest"),
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["subject", "-id"], name="audit_by_subject"),
            models.Index(fields=["user", "-id"], name="audit_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.username or 'node'} {self.action} {self.subject}"


class AuditSeal(models.Model):
    """An event's place in the chain (``chain``). Written soon after the event, in one order for the whole node.

    ``event_id`` is no foreign key: a seal outlives an event that somebody removed, and tells of it.
    """

    position = models.BigIntegerField(primary_key=True, help_text="from 1, without gaps")
    event_id = models.BigIntegerField(unique=True)
    previous = models.BinaryField(max_length=32, help_text="digest of the seal before")
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.position}:{bytes(self.digest).hex()}"


class AuditPending(models.Model):
    """Events that wait for their seal; the database writes this row itself beside each event."""

    event_id = models.BigIntegerField(primary_key=True)


class SignInFailure(models.Model):
    """Counts wrong passwords per name and address, so that guessing becomes slow."""

    key = models.CharField(max_length=200, unique=True)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField()
