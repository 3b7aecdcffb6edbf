"""Pages tried for their publishers, and what changed in what publishers' pages said."""

import uuid

from django.db import models


class PageTrial(models.Model):
    """One page tried on the portal's open page; forgotten after some days.

    ``key`` comes with the form and is the address of the result: sent twice it is one trial, and nobody guesses it.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    asked_by = models.CharField(
        max_length=64, help_text="keyed digest of the client's address, or of the person"
    )
    open_door = models.BooleanField(help_text="asked by somebody who is not signed in")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    network = models.CharField(max_length=16)
    url = models.TextField(blank=True)
    name = models.CharField(max_length=255, blank=True, help_text="of an uploaded file")
    page = models.BinaryField(null=True, help_text="what was pasted or uploaded, until it is judged")
    result = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_by", "asked_at"], name="trial_by_asker"),
            models.Index(fields=["asked_at"], name="trial_by_time"),
        ]

    def __str__(self) -> str:
        return self.url or self.name or "pasted page"


class PermissionChange(models.Model):
    """An AU's machine-readable permission became another. The database itself writes these rows (migration 0003),
    so that no reading can forget it.
    """

    au = models.ForeignKey("aus.Au", on_delete=models.CASCADE, related_name="permission_changes")
    at = models.DateTimeField()
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    reason = models.CharField(max_length=24, blank=True)
    evidence = models.ForeignKey(
        "permissions.Evidence", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["at", "id"], name="permission_change_by_time")]

    def __str__(self) -> str:
        return f"{self.au_id} {self.before} {self.after}"
