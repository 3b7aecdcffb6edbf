"""Summary rows that say how large things are, so that no page adds up the store; ``services.weighing`` writes them."""

from django.db import models


class SizeKind(models.TextChoices):
    TITLE = "title", "title"
    PUBLISHER = "publisher", "publisher"
    PLATFORM = "platform", "platform"


class SizeSummary(models.Model):
    """What units of one title, publisher or platform came to that were collected here (``sizes.spread``)."""

    kind = models.CharField(max_length=16, choices=SizeKind.choices)
    ref = models.TextField(help_text="number of the title or publisher, or id of the plugin")
    known = models.PositiveIntegerField(default=0, help_text="units that it was made of")
    size_low = models.BigIntegerField(default=0, help_text="bytes of WARC files")
    size_high = models.BigIntegerField(default=0, help_text="bytes of WARC files")
    fetches_low = models.BigIntegerField(default=0, help_text="URLs")
    fetches_high = models.BigIntegerField(default=0, help_text="URLs")
    pause_ms = models.PositiveBigIntegerField(
        null=True, help_text="of a platform: between two requests, by its definition"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="size_summary_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class StoreSpace(models.Model):
    """A content folder and its disk, as last measured; bytes."""

    path = models.TextField(primary_key=True)
    used = models.BigIntegerField(help_text="by WARC files")
    disk_total = models.BigIntegerField(null=True)
    disk_free = models.BigIntegerField(null=True)
    promised_low = models.BigIntegerField(default=0, help_text="what is selected and not here yet would add")
    promised_high = models.BigIntegerField(default=0, help_text="the same, at most")
    promised_unknown = models.PositiveIntegerField(default=0, help_text="selected units without an estimate")
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.path
