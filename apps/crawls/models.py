"""Crawls and their frontier: what was asked of the publisher, what came, what is left.

A crawl is owned by one worker through its job's lease; it takes the frontier in pages and marks a page
done in one statement, after the WARC records of it are on disk.
"""

from django.db import models

from apps.common.models import Stamped
from apps.crawls.choices import CrawlKind, CrawlState, UrlState


class Crawl(Stamped):
    """One crawl. Its numbers are defined in docs/collecting.md: ``fetched`` are requests, ``stored`` and ``unchanged``
    URLs of its frontier that came and were new or changed, or were what is stored.
    """

    au = models.ForeignKey("aus.Au", on_delete=models.PROTECT, related_name="crawls")
    kind = models.CharField(max_length=16, choices=CrawlKind.choices, default=CrawlKind.NEW_CONTENT)
    state = models.CharField(max_length=16, choices=CrawlState.choices, default=CrawlState.WAITING)
    job = models.ForeignKey("common.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    poll_key = models.CharField(max_length=64, blank=True, help_text="the poll that asked for a repair")
    urls = models.JSONField(default=list, blank=True, help_text="what a repair crawl fetches")
    refetch_depth = models.PositiveSmallIntegerField(null=True, help_text="empty: what its plugin says")
    outcome = models.CharField(max_length=32, blank=True, help_text="how it ended: the core's vocabulary")
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    fetched = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    dead = models.PositiveIntegerField(default=0)
    cut = models.PositiveIntegerField(default=0)
    content = models.PositiveIntegerField(default=0, help_text="URLs that have content now")
    first_error = models.CharField(
        max_length=32, blank=True, help_text="the first outcome that names its end"
    )
    failed = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0, help_text="stored bytes received")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["au"],
                condition=models.Q(kind="new") & ~models.Q(state="done"),
                name="one_open_crawl_per_au",
            ),
            # A repair crawl that runs has read its URLs; what a poll wants later is a crawl of its own.
            models.UniqueConstraint(
                fields=["au", "poll_key"],
                condition=models.Q(kind="repair", state="waiting"),
                name="one_waiting_repair_per_poll",
            ),
        ]
        indexes = [
            models.Index(fields=["au", "-id"], name="crawl_by_au"),
            models.Index(fields=["state"], condition=~models.Q(state="done"), name="crawl_open"),
        ]


class CrawlUrl(models.Model):
    """One URL of a crawl's frontier. ``position`` is the order of discovery within the crawl."""

    pk = models.CompositePrimaryKey("crawl", "url_digest")
    crawl = models.ForeignKey(Crawl, on_delete=models.CASCADE, related_name="frontier")
    url_digest = models.BinaryField(max_length=32)
    position = models.PositiveIntegerField()
    url = models.TextField()
    depth = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, default="link", help_text="start or link")
    referrer = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=UrlState.choices, default=UrlState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    status = models.SmallIntegerField(null=True)
    outcome = models.CharField(max_length=32, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["crawl", "depth", "position"],
                condition=models.Q(state="pending"),
                name="frontier_queued",
            ),
            models.Index(
                fields=["crawl", "position"], condition=models.Q(state="failed"), name="frontier_failed"
            ),
        ]


class CrawlStatus(models.Model):
    """What an AU's crawls came to, in one row; the scanner reads ``due_at``."""

    au = models.OneToOneField(
        "aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="crawl_status"
    )
    due_at = models.DateTimeField(null=True, help_text="empty: not to be crawled")
    refetch_depth = models.PositiveSmallIntegerField(null=True, help_text="of the next crawl alone")
    last_start_at = models.DateTimeField(null=True)
    last_end_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=32, blank=True)
    last_reason = models.TextField(blank=True)
    last_success_at = models.DateTimeField(null=True)
    failures_in_row = models.PositiveSmallIntegerField(default=0)
    substance = models.CharField(max_length=8, default="unknown", help_text="yes, no, unknown (plugins.md)")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="crawl_due")
        ]
