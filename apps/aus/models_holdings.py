"""A library's own list as it was uploaded, what its lines mean, and what people decided about them."""

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from psycopg.types.multirange import Int4Multirange
from psycopg.types.range import Range

from apps.aus.choices import HoldingsState, LineState
from apps.common.models import Stamped

YearRanges = tuple[tuple[int | None, int | None], ...]


class YearsField(models.Field):
    """Ranges of years (first, last; None: open), kept so that the database can compare them; null: all years."""

    def db_type(self, connection: object) -> str:
        return "int4multirange"

    def get_prep_value(self, value: Sequence[tuple[int | None, int | None]] | None) -> Int4Multirange | None:
        if value is None:
            return None
        return Int4Multirange([Range(first, last, "[]") for first, last in value])

    def from_db_value(self, value: Sequence[Range] | None, *_: object) -> YearRanges | None:
        """The database gives ranges that end before their upper bound."""
        if value is None:
            return None
        return tuple((one.lower, None if one.upper is None else one.upper - 1) for one in value)


class HoldingsUpload(Stamped):
    """One list of a library, with what was understood of it and what is proposed to be selected."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one upload")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    state = models.CharField(max_length=16, choices=HoldingsState.choices, default=HoldingsState.WAITING)
    file_name = models.TextField()
    stored_path = models.TextField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kind = models.TextField(blank=True, help_text="what the file was taken for, for people")
    head_line = models.PositiveIntegerField(default=0, help_text="line of its head; 0: it has none")
    head = ArrayField(models.TextField(), default=list, help_text="names of its columns, as written")
    columns = models.JSONField(default=dict, help_text="{field: place of its column, from 0}")
    by_hand = models.BooleanField(default=False, help_text="a person said what the columns mean")
    sample = models.JSONField(default=list, help_text="the first lines below the head, as cells")
    lines = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    ambiguous = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    struck = ArrayField(
        models.PositiveIntegerField(),
        default=list,
        help_text="lines that were struck, kept while they are read anew",
    )
    error = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)
    handed_to = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    handed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField(null=True)
    handed_note = models.TextField(blank=True)
    selection = models.OneToOneField(
        "aus.Selection",
        null=True,
        on_delete=models.PROTECT,
        related_name="holdings",
        help_text="the act that selected what it proposed",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="holdings_request_once")]
        indexes = [
            models.Index(fields=["handed_to"], name="holdings_handed", condition=models.Q(selection=None))
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def job_subject(self) -> str:
        return f"holdings:{self.pk}"


class HoldingsLine(models.Model):
    """One line, as read; ``title`` is set where it is matched."""

    upload = models.ForeignKey(
        HoldingsUpload, on_delete=models.CASCADE, related_name="lines_read", db_index=False
    )
    line = models.PositiveIntegerField(help_text="in the file, from 1")
    state = models.CharField(max_length=16, choices=LineState.choices)
    found_by = models.CharField(max_length=16, blank=True)
    key = models.CharField(max_length=64, blank=True, help_text="what a decision about it is remembered by")
    input_title = models.TextField(blank=True)
    input_key = models.TextField(blank=True, help_text="folded beginning of the title, for order")
    input_publisher = models.TextField(blank=True)
    identifiers = ArrayField(models.TextField(), default=list)
    years = YearsField(null=True)
    readings = models.JSONField(
        default=list,
        help_text="what its years may mean where they are in doubt: [[[first, last]]]; []: all years",
    )
    years_said = models.TextField(blank=True, help_text="what it says of years, where they are in doubt")
    held = ArrayField(models.SmallIntegerField(), default=list, help_text="years of it that the lists name")
    missing = ArrayField(models.SmallIntegerField(), default=list, help_text="years that no list names")
    title = models.ForeignKey("titles.Title", null=True, on_delete=models.SET_NULL, related_name="+")
    only_aus = ArrayField(
        models.BigIntegerField(), default=list, help_text="matched by ISBN: only these listed AUs are meant"
    )
    candidates = models.JSONField(default=list, help_text="[{id, by, score}]")
    warnings = models.JSONField(default=list, help_text="[{code, text}]")
    struck = models.BooleanField(default=False, help_text="a person does not want it selected")
    cells = ArrayField(models.TextField(), default=list, help_text="as they stand in the file, within bounds")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "line"], name="holdings_line_once")]
        indexes = [
            models.Index(fields=["upload", "state", "line"], name="holdings_by_state"),
            models.Index(fields=["upload", "input_key", "id"], name="holdings_by_title"),
            models.Index(fields=["upload", "key"], name="holdings_by_key"),
        ]


class HoldingsDecision(Stamped):
    """What a person said once about a line of these identifiers, title and publisher; ``title`` null: none is meant.

    Where the years of the line were in doubt ``years_said`` is what it says of them, and ``years`` what they mean.
    """

    key = models.CharField(max_length=64)
    title = models.ForeignKey("titles.Title", null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    input_title = models.TextField(blank=True)
    input_publisher = models.TextField(blank=True)
    identifiers = ArrayField(models.TextField(), default=list)
    years_said = models.TextField(blank=True)
    years = YearsField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="holdings_decided_once")]


class HoldingsColumns(Stamped):
    """What a person said the columns of such a head mean; for the next list that has it."""

    head_key = models.CharField(max_length=64, help_text="SHA-256 of the folded names")
    columns = models.JSONField()
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head_key"], name="holdings_head_once")]
