"""Summary rows: what pages would otherwise have to count. All of them can be made anew from the rows below;
``services.refreshing`` and ``services.counting`` are their only writers.
"""

from django.db import models
from django.db.models import F, Q

from apps.nodes.choices import AuWord, Block, Care
from apps.nodes.models_alerts import Alert, AlertMessage, AlertNotice, AlertRule
from apps.nodes.models_disks import DiskDay
from apps.nodes.models_log import LogLine

__all__ = [
    "Alert",
    "AlertMessage",
    "AlertNotice",
    "AlertRule",
    "AuStatus",
    "BlockedGroup",
    "Count",
    "DiskDay",
    "LogLine",
    "PairStatus",
    "PollDay",
]


class AuStatus(models.Model):
    """How one AU stands, in one row, so that lists never look further (``status.judge``)."""

    au = models.OneToOneField("aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="standing")
    word = models.CharField(max_length=16, choices=AuWord.choices)
    reason = models.TextField(blank=True, help_text="a sentence: why this word")
    care = models.SmallIntegerField(choices=Care.choices, default=Care.NONE)
    block = models.CharField(max_length=24, choices=Block.choices, blank=True)
    block_reason = models.TextField(blank=True, help_text="a sentence: why it is not collected")
    busy = models.BooleanField(default=False, help_text="a crawl, poll or repair of it is open")
    agreeing = models.PositiveSmallIntegerField(default=0, help_text="copies, ours included")
    replicas = models.PositiveSmallIntegerField(
        default=0, help_text="institutions with a copy that agrees, ours included"
    )
    known = models.PositiveSmallIntegerField(default=0, help_text="copies, ours included")
    copies = models.JSONField(
        default=list, help_text="[peer id or 0 for ours, first letter of its CopyState]"
    )
    agreement = models.FloatField(null=True, help_text="of the last quorate poll, 0.0 to 1.0")
    urls = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="bytes of the newest versions")
    last_crawl_at = models.DateTimeField(null=True)
    last_proof_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(help_text="when the word became another")
    refreshed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["word", "au"], name="standing_by_word"),
            models.Index(F("care").desc(), "au", condition=Q(care__gt=0), name="standing_care"),
            models.Index(fields=["block", "au"], condition=~Q(block=""), name="standing_blocked"),
            models.Index(fields=["au"], condition=Q(busy=True), name="standing_busy"),
            models.Index(fields=["agreeing", "au"], name="standing_by_copies"),
            models.Index(fields=["size", "au"], name="standing_by_size"),
            models.Index(fields=["last_crawl_at", "au"], name="standing_by_crawl"),
            models.Index(
                F("last_crawl_at").desc(nulls_last=True), F("au").desc(), name="standing_by_crawl_down"
            ),
            models.Index(fields=["last_proof_at", "au"], name="standing_by_proof"),
            models.Index(
                F("last_proof_at").desc(nulls_last=True), F("au").desc(), name="standing_by_proof_down"
            ),
            models.Index(fields=["-changed_at", "-au"], name="standing_changed"),
            models.Index(fields=["refreshed_at"], name="standing_refreshed"),
        ]

    def __str__(self) -> str:
        return f"{self.au_id} {self.word}"


class Count(models.Model):
    """A number for a page, as it was at ``at`` (``choices.Tally``)."""

    key = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} {self.value}"


class PollDay(models.Model):
    """Polls of this node that ended on one day of its time zone."""

    day = models.DateField(primary_key=True)
    agreed = models.PositiveIntegerField(default=0, help_text="quorate, nothing wrong here at the end")
    damaged = models.PositiveIntegerField(
        default=0, help_text="of these, something was wrong and was repaired"
    )
    differed = models.PositiveIntegerField(default=0, help_text="quorate, something stayed wrong here")
    undecided = models.PositiveIntegerField(
        default=0, help_text="quorate, no landslide about some URLs, nothing wrong here"
    )
    failed = models.PositiveIntegerField(default=0, help_text="no result")

    def __str__(self) -> str:
        return f"{self.day}"


class PairStatus(models.Model):
    """In how many AUs two nodes agreed when they were last compared, as far as this node knows.

    ``first`` None: this node compared (its polls, and what it saw of theirs). ``second`` None: ``first`` told us
    of its polls. Both given: deduced, because both were compared with our copy; then ``first`` has the lower id.
    ``last_at``: of the oldest of these comparisons.
    """

    first = models.ForeignKey("peers.Peer", null=True, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("peers.Peer", null=True, on_delete=models.CASCADE, related_name="+")
    aus = models.PositiveIntegerField()
    agreeing = models.PositiveIntegerField()
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="pair_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.first_id or 'we'} {self.second_id or 'us'}"


class BlockedGroup(models.Model):
    """AUs of one publisher that one cause keeps from being collected: a view over ``AuStatus``, never behind it."""

    block = models.CharField(max_length=24)
    publisher = models.ForeignKey(
        "titles.Publisher", null=True, on_delete=models.DO_NOTHING, related_name="+"
    )
    number = models.BigIntegerField()
    example = models.ForeignKey(
        AuStatus, on_delete=models.DO_NOTHING, related_name="+", help_text="one of them"
    )

    class Meta:
        managed = False
        db_table = "nodes_blockedgroup"

    def __str__(self) -> str:
        return f"{self.block} {self.publisher_id}"


# At the end: they are of scopes, which what stands above is not.
from apps.nodes.models_standing import StandingCount, StandingDay, YearFigure, YearReport  # noqa: E402

__all__ = [
    "AuStatus",
    "BlockedGroup",
    "Count",
    "PairStatus",
    "PollDay",
    "StandingCount",
    "StandingDay",
    "YearFigure",
    "YearReport",
]
