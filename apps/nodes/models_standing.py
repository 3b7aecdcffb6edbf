"""How whole scopes stand, kept so that no page adds up AUs, and what stood in the reports of years.

``services.standing`` and ``services.yearly`` are their only writers.
"""

from django.db import models

from apps.nodes.choices import ScopeKind


class Ladder(models.Model):
    """Numbers of AUs that are selected here, by how far they have come; each includes the ones after it."""

    selected = models.PositiveIntegerField(default=0)
    collected = models.PositiveIntegerField(default=0, help_text="their content is here")
    preserved = models.PositiveIntegerField(
        default=0, help_text="proved, with as many copies that agree as a quorum and ours"
    )
    care = models.PositiveIntegerField(default=0, help_text="a person should look")
    size = models.BigIntegerField(default=0, help_text="bytes of the newest versions")

    class Meta:
        abstract = True


class StandingCount(Ladder):
    """How the AUs of one scope stand. ``ref`` is the number of the publisher, title or title set."""

    kind = models.CharField(max_length=16, choices=ScopeKind.choices)
    ref = models.BigIntegerField(default=0, help_text="0 for the node")
    name = models.TextField(blank=True)
    name_key = models.TextField(blank=True)
    words = models.JSONField(default=dict, help_text="{status word: number of AUs}")
    few = models.PositiveIntegerField(default=0, help_text="collected, with fewer copies than are enough")
    urls = models.BigIntegerField(default=0)
    fewest = models.PositiveSmallIntegerField(
        null=True, help_text="copies that agree, of the collected AU with the fewest"
    )
    fewest_preserved = models.PositiveSmallIntegerField(
        null=True,
        help_text="institutions that agree, of the preserved AU with the fewest: what everybody may be told",
    )
    last_proof_at = models.DateTimeField(null=True)
    oldest_proof_at = models.DateTimeField(null=True, help_text="of what has been proved")
    at = models.DateTimeField(help_text="when these numbers became so; they were counted again since")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="standing_count_once")]
        indexes = [
            models.Index(fields=["kind", "name_key", "id"], name="standing_count_by_name"),
            models.Index(fields=["kind", "selected", "id"], name="standing_count_by_selected"),
            models.Index(fields=["kind", "care", "id"], name="standing_count_by_care"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class StandingDay(Ladder):
    """The same of the node or a publisher at the end of a day of the node's time zone; today's as it is now."""

    kind = models.CharField(max_length=16, choices=ScopeKind.choices)
    ref = models.BigIntegerField(default=0)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "ref", "day"], name="standing_day_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} {self.day}"


class YearReport(models.Model):
    """The preservation report of one year of the node's time zone. Once closed it never changes."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    made_at = models.DateTimeField(help_text="when its figures were counted; what stands is of that moment")
    closed = models.BooleanField(default=False, help_text="counted after the end of the year")
    sha256 = models.CharField(max_length=64, help_text="of its CSV file")

    def __str__(self) -> str:
        return f"{self.year}"


class YearFigure(models.Model):
    """One number of a report. ``scope`` is empty for the node, else a publisher's name as it was then."""

    report = models.ForeignKey(YearReport, on_delete=models.CASCADE, related_name="figures", db_index=False)
    position = models.PositiveIntegerField()
    scope = models.TextField(blank=True)
    key = models.CharField(max_length=40)
    value = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "position"], name="year_figure_once")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.key}"
