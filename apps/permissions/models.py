"""A publisher's permission, as evidence: what was written, and what its site said when it was asked.

An AU's ``Permission`` row is the current answer; ``Evidence`` rows are never changed and tell how it came
about: the address, the statement found, the time, what was sent, and the page itself.
"""

from django.db import models

from apps.common.models import Stamped
from apps.permissions.choices import AgreementState, Reason, ScopeKind, Verdict


class PublisherAgreement(Stamped):
    """A written agreement with a publisher, with its document."""

    publisher = models.ForeignKey("titles.Publisher", on_delete=models.PROTECT, related_name="agreements")
    name = models.TextField(help_text="as the parties call it")
    state = models.CharField(max_length=16, choices=AgreementState.choices, default=AgreementState.DRAFT)
    scope = models.CharField(max_length=16, choices=ScopeKind.choices, default=ScopeKind.PUBLISHER)
    titles = models.ManyToManyField("titles.Title", blank=True, related_name="agreements")
    listed_aus = models.ManyToManyField("titles.ListedAu", blank=True, related_name="agreements")
    starts = models.DateField(help_text="first day on which it holds")
    ends = models.DateField(null=True, blank=True, help_text="last day on which it holds; empty = for good")
    document_name = models.TextField(blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    document_path = models.TextField(blank=True, help_text="below the node's documents folder")
    notes = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["publisher", "state"], name="agreement_by_publisher")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="agreement_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Evidence(models.Model):
    """One reading of one permission page, kept as it was."""

    au = models.ForeignKey("aus.Au", on_delete=models.PROTECT, related_name="permission_evidence")
    url = models.TextField()
    final_url = models.TextField(blank=True, help_text="after redirects on the same host")
    host = models.TextField()
    read_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True, help_text="HTTP status; empty when nothing answered")
    granted = models.BooleanField()
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    checker = models.CharField(
        max_length=64, blank=True, help_text="which statement or licence was recognised"
    )
    statement = models.TextField(blank=True, help_text="the words found, or the licence's address")
    access_type = models.CharField(max_length=16, blank=True)
    message = models.TextField(blank=True)
    request_headers = models.JSONField(default=list)
    response_headers = models.JSONField(default=list)
    page_sha256 = models.CharField(max_length=64, blank=True)
    page = models.BinaryField(null=True, help_text="the stored page, up to the settings' limit")
    page_truncated = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["au", "-read_at"], name="evidence_by_au")]


class Permission(Stamped):
    """The machine-readable side of an AU's permission as last read."""

    au = models.OneToOneField("aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="permission")
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.UNKNOWN)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    message = models.TextField(blank=True)
    access_type = models.CharField(max_length=16, blank=True)
    checked_at = models.DateTimeField(null=True)
    evidence = models.ForeignKey(Evidence, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["reason", "au"], condition=models.Q(verdict="refused"), name="permission_refused"
            )
        ]


from apps.permissions.models_testing import PageTrial, PermissionChange  # noqa: E402, F401
