"""Reports that are made again and again, each edition kept; who may fetch them from outside; files that were judged."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.dates import WEEKDAYS
from django.utils.functional import cached_property
from django.utils.translation import gettext

from apps.common.models import Stamped
from apps.common.pace import day_of_month, day_of_week
from apps.kbart.choices import ENDED, CheckState, EditionState, Every
from apps.kbart.models_lines import ChangedTitle, LinesState, ReportDoubt, ReportLine

__all__ = [
    "ChangedTitle",
    "Check",
    "CheckFinding",
    "Edition",
    "FeedToken",
    "LinesState",
    "ReportDoubt",
    "ReportLine",
    "Series",
]

FOLDER = "kbart"
SHORTEST_MONTH = 28


class Series(Stamped):
    """A report with a name: its newest edition lies at ``/kbart/<slug>/<part>/``, whatever day it is."""

    label = models.TextField(help_text="for people")
    slug = models.CharField(max_length=60, help_text="of the institution or collection, in the address")
    part = models.CharField(max_length=16, help_text="its scope, or keepers; the rest of the address")
    options = models.JSONField(default=dict, help_text="what decides of rows, as parameters (asking.Order)")
    every = models.CharField(max_length=8, choices=Every.choices, default=Every.NEVER)
    next_at = models.DateTimeField(null=True, db_index=True, help_text="empty: only when asked")
    week_day = models.PositiveSmallIntegerField(
        null=True, help_text="of one made every week: 1 to 7 from Monday on (ISO 8601)"
    )
    month_day = models.PositiveSmallIntegerField(
        null=True,
        help_text="of one made every month: the day that is meant, where a month is too short for it",
    )
    is_open = models.BooleanField(default=False, help_text="anybody may fetch it, without a key")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one series")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "part"], name="kbart_series_address"),
            models.UniqueConstraint(fields=["request_key"], name="kbart_series_request_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def path(self) -> str:
        return f"/kbart/{self.slug}/{self.part}/"

    @property
    def is_ended(self) -> bool:
        """No edition is made any more; those that are there stay."""
        return self.every == ENDED

    @property
    def day(self) -> int | None:
        """Of the week or of the month, as its pace is; of one from before it was kept that of its plan."""
        if self.next_at is None:
            return None
        if self.every == Every.WEEK:
            return self.week_day or day_of_week(self.next_at)
        return (self.month_day or day_of_month(self.next_at)) if self.every == Every.MONTH else None

    @property
    def pace(self) -> str:
        if self.is_ended:
            return gettext("none any more: it was ended")
        if self.every == Every.WEEK and self.day:
            return gettext("every week, on %s") % WEEKDAYS[self.day - 1]
        if self.every == Every.MONTH and self.day:
            longer = gettext("every month, on day %d or on its last")
            return (gettext("every month, on day %d") if self.day <= SHORTEST_MONTH else longer) % self.day
        return str(Every(self.every).label)

    @property
    def audit_subject(self) -> str:
        return f"kbart:{self.slug}/{self.part}"


class Edition(Stamped):
    """One file of a series, as it was on its day. Its rows are kept as KBART; other formats are made of them."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="editions", db_index=False)
    state = models.CharField(max_length=8, choices=EditionState.choices, default=EditionState.WAITING)
    options = models.JSONField(default=dict, help_text="those of its series when it was asked for")
    user = models.ForeignKey(
        "accounts.User",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="empty: the schedule",
    )
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one edition")
    made_at = models.DateTimeField(null=True)
    name = models.TextField(blank=True, help_text="of the file, as knowledge bases expect it")
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="findings: left out, or doubtful")
    counts = models.JSONField(default=dict, help_text="{code of the finding: number}")
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series"],
                condition=models.Q(state=EditionState.WAITING),
                name="kbart_one_waiting_edition",
            ),
            models.UniqueConstraint(fields=["request_key"], name="kbart_edition_request_once"),
        ]
        indexes = [models.Index(fields=["series", "-id"], name="kbart_editions")]

    def __str__(self) -> str:
        return self.name or gettext("edition %d") % self.number

    @property
    def own_name(self) -> str:
        """Editions of one day have one name; with their numbers in the package they are names of the standard still."""
        return self.numbered(self.name)

    def numbered(self, name: str) -> str:
        stem, mark, day = name.rpartition("_")
        return f"{stem}Edition{self.number}{mark}{day}" if mark else name

    @cached_property
    def number(self) -> int:
        """Of its report, from 1: rows of editions stay for good. ``with_numbers`` asks for many at once."""
        return Edition.objects.filter(series=self.series_id, pk__lte=self.pk).count()

    @staticmethod
    def with_numbers(rows: QuerySet["Edition"]) -> QuerySet["Edition"]:
        """Each with its ``number``, in one query."""
        before = Edition.objects.filter(series=OuterRef("series"), pk__lte=OuterRef("pk")).order_by()
        counted = before.values("series").annotate(n=Count("pk")).values("n")
        return rows.annotate(number=Subquery(counted))

    @property
    def job_subject(self) -> str:
        return f"kbart-edition:{self.pk}"

    @property
    def folder(self) -> Path:
        return Path(settings.NODE.media_dir) / FOLDER / str(self.pk)

    @property
    def rows_path(self) -> Path:
        return self.folder / "rows.tsv"

    @property
    def left_out_path(self) -> Path:
        return self.folder / "left-out.jsonl"

    @property
    def about_path(self) -> Path:
        return self.folder / "about.txt"


class FeedToken(Stamped):
    """A knowledge base's way in: ``key`` names it, the secret is known as its SHA-256 alone."""

    label = models.TextField(help_text="who fetches with it")
    key = models.CharField(max_length=20, unique=True)
    digest = models.CharField(max_length=64)
    series = models.ForeignKey(
        Series, null=True, on_delete=models.PROTECT, related_name="tokens", help_text="empty: all"
    )
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one key")
    access_version = models.PositiveIntegerField(
        null=True, help_text="of the person, when it was made: it ends with a new password or a lost role"
    )
    expires_at = models.DateTimeField(null=True, help_text="empty: made before keys had a last day")
    revoked_at = models.DateTimeField(null=True)
    uses = models.PositiveBigIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="kbart_token_digest"),
            models.UniqueConstraint(fields=["request_key"], name="kbart_token_request_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def audit_subject(self) -> str:
        return f"kbart-key:{self.key}"


class Check(Stamped):
    """A KBART file that somebody had judged. The file itself goes once it is; the findings stay for some weeks."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one check")
    state = models.CharField(max_length=8, choices=CheckState.choices, default=CheckState.WAITING)
    file_name = models.TextField()
    stored_path = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    lines = models.PositiveIntegerField(default=0, help_text="rows that were read")
    errors = models.PositiveIntegerField(default=0, help_text="findings that break the standard")
    warnings = models.PositiveIntegerField(
        default=0, help_text="those that are errors in the strict mode alone"
    )
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="kbart_check_request_once")]
        indexes = [models.Index(fields=["created_at"], name="kbart_checks_by_age")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_judged(self) -> bool:
        """Whether it had lines to judge, or nothing wrong: with other signs between its fields a file has none."""
        return bool(self.lines) or not self.errors

    @property
    def job_subject(self) -> str:
        return f"kbart-check:{self.pk}"


class CheckFinding(models.Model):
    """One thing that is wrong. ``strict``: grave in the strict mode; ``lenient``: also in the lenient one."""

    file = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="findings", db_index=False)
    line = models.PositiveIntegerField(default=0, help_text="0: the file as a whole")
    field = models.TextField(blank=True)
    code = models.CharField(max_length=40)
    lenient = models.BooleanField()
    strict = models.BooleanField()
    found = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    entry = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["file", "line", "id"], name="kbart_findings_by_line"),
            models.Index(fields=["file", "field", "id"], name="kbart_findings_by_field"),
        ]
