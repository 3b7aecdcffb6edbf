"""People, their roles, and the record of what they changed."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from apps.accounts.choices import Door, LinkKind, Role, Scope
from apps.accounts.querysets import TokenQuerySet, UserManager


class User(AbstractUser):
    """Somebody who signs in. ``roles`` are sums: each adds what it may do."""

    roles = ArrayField(models.CharField(max_length=16, choices=Role.choices), default=list, blank=True)
    access_version = models.PositiveIntegerField(
        default=1, help_text="what was let in under an older one is out: sessions, tokens, links"
    )
    second_factor = models.BooleanField(default=False, help_text="kept by services.factors")
    language = models.CharField(max_length=12, blank=True, help_text="of pages; empty: as the browser asks")
    time_zone = models.CharField(max_length=64, blank=True, help_text="of times on pages; empty: the node's")

    objects = UserManager()

    def delete(self, *args, **kwargs):
        """A person is never taken out of the history; services.change_person closes the account."""
        raise models.ProtectedError("accounts are closed, never deleted", {self})

    def get_session_auth_hash(self) -> str:
        """What a session is bound to: password and ``access_version``."""
        return f"{super().get_session_auth_hash()}{self.access_version}"

    def get_session_auth_fallback_hash(self):
        for one in super().get_session_auth_fallback_hash():
            yield f"{one}{self.access_version}"

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


class PortalSession(AbstractBaseSession):
    """A session of the portal, with what its person needs to know it by. Written by ``sessions.SessionStore``."""

    number = models.UUIDField(default=uuid.uuid4, unique=True, help_text="names it on pages; opens nothing")
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="sessions")
    door = models.CharField(max_length=12, choices=Door.choices, blank=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(help_text="to five minutes")
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="session_by_user")]

    @classmethod
    def get_session_store_class(cls):
        # The store's module needs this one.
        from apps.accounts.sessions import SessionStore  # noqa: PLC0415

        return SessionStore


class ApiToken(models.Model):
    """Lets a program in as a person, for some of what the person may. The token itself is shown once and kept nowhere."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100, help_text="what the person calls it")
    start = models.CharField(max_length=12, help_text="its first characters, to know it by")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices))
    access_version = models.PositiveIntegerField(help_text="of the person, when it was made")
    request_key = models.UUIDField(unique=True, help_text="of the form, which may be sent twice")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, help_text="to a minute")
    last_address = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="token_by_user")]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"


class OneTimeLink(models.Model):
    """Lets somebody set a password once. Only a POST uses it: mail scanners open what they find."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(max_length=12, choices=LinkKind.choices)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what the address holds")
    access_version = models.PositiveIntegerField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SetupStep(models.Model):
    """A step of the guided set-up that somebody went; the others are still to go."""

    name = models.CharField(max_length=40, primary_key=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()


class SignInFailure(models.Model):
    """Counts wrong passwords per name and address, so that guessing becomes slow."""

    key = models.CharField(max_length=200, unique=True)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    blocked_by = models.CharField(max_length=64, blank=True, help_text="whose attempt began this pause")
    last_at = models.DateTimeField()
