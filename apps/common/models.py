"""Rows that every room uses: long work (``Job``) and what somebody should know (``Finding``)."""

from django.db import models

from apps.common.choices import OPEN, URGENT, JobState, Severity


class Stamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Job(models.Model):
    """Long work as a row. A message of the broker only wakes a worker with this id; the row is the truth.

    ``subject`` names what it is about ("au:12", "poll:7"); at most one open job has the same kind and subject.
    A running job belongs to ``lease_owner`` until ``lease_until``; after that a scanner gives it to another.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    queue = models.CharField(max_length=20, default="default")
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.WAITING)
    priority = models.SmallIntegerField(default=0, help_text="higher is taken first")
    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField()
    run_after = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, help_text="a person wants it to wait until it is resumed")
    woken_at = models.DateTimeField(null=True, help_text="when the scanner last sent a message for it")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(null=True)
    progress_note = models.TextField(blank=True)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    cost_ms = models.PositiveBigIntegerField(default=0, help_text="time spent, over all attempts")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(state__in=OPEN), name="one_open_job"
            )
        ]
        indexes = [
            models.Index(
                fields=["run_after", "id"], condition=models.Q(state=JobState.WAITING), name="job_waiting"
            ),
            models.Index(
                fields=["lease_until"], condition=models.Q(state=JobState.RUNNING), name="job_running"
            ),
            models.Index(fields=["subject", "-id"], name="job_by_subject"),
            models.Index(fields=["state", "-id"], name="job_by_state"),
            models.Index(
                fields=["queue", "run_after"],
                condition=models.Q(state=JobState.WAITING, priority__gte=URGENT),
                name="job_urgent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Finding(models.Model):
    """Something that is not as it should be: a code, the thing it is about, and a sentence with its place.

    The same finding again raises ``count`` instead of filling the table: a hostile peer repeats itself.
    """

    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.WARNING)
    app = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=200)
    place = models.TextField(blank=True)
    message = models.TextField()
    params = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(
        blank=True, default="", help_text="why it closed, where its cause is not simply gone"
    )
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=150, blank=True, help_text="who has read it, as named then")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "subject"],
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_finding",
            )
        ]
        indexes = [
            models.Index(fields=["subject", "-id"], name="finding_by_subject"),
            models.Index(fields=["-last_at", "-id"], name="finding_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"
