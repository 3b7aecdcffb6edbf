"""What the title lists say exists: publishers, titles and the AUs offered for preservation.

Nothing here is a choice of this library: the choice is ``aus.Au``. Lists of 434,000 AUs are normal
(architecture, "Sizes"), so every filter a page offers has its index and names are searched by folded
trigrams (the embedded PostgreSQL has no extension for it). What is unique is so by constraint: ``unique=True``
on a text would add a second index that only serves LIKE.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.common.models import Stamped
from apps.titles.choices import Every, ImportState, ListSource, TitleKind
from apps.titles.models_changes import ImportChange, ImportFinding
from apps.titles.models_previews import PreviewLine
from apps.titles.models_sets import TitleSet, TitleSetMember, TitleSetPart

__all__ = [
    "ImportChange",
    "ImportFinding",
    "ListEntry",
    "ListImport",
    "ListedAu",
    "PreviewLine",
    "Publisher",
    "Title",
    "TitleCoverage",
    "TitleList",
    "TitleSet",
    "TitleSetMember",
    "TitleSetPart",
]


class Publisher(Stamped):
    name = models.TextField()
    name_key = models.TextField(help_text="folded name (common.search); tells publishers apart")
    trigrams = ArrayField(models.CharField(max_length=3), default=list)
    title_count = models.PositiveIntegerField(default=0, help_text="titles that are known")
    au_count = models.PositiveIntegerField(default=0, help_text="AUs that a list names")
    made_by = models.ForeignKey(
        "ListImport",
        null=True,
        on_delete=models.SET_NULL,
        related_name="made_publishers",
        help_text="first named by",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name_key"], name="publisher_name")]
        indexes = [GinIndex(fields=["trigrams"], name="publisher_trigrams", fastupdate=False)]

    def __str__(self) -> str:
        return self.name


class Title(Stamped):
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="titles", db_index=False)
    name = models.TextField()
    name_key = models.TextField()
    identity = models.TextField(help_text="name key and identifiers: tells two titles of one name apart")
    trigrams = ArrayField(models.CharField(max_length=3), default=list)
    kind = models.CharField(max_length=16, choices=TitleKind.choices, default=TitleKind.JOURNAL)
    issn = models.CharField(max_length=9, blank=True)
    eissn = models.CharField(max_length=9, blank=True)
    issn_l = models.CharField(max_length=9, blank=True)
    isbn_keys = ArrayField(
        models.CharField(max_length=13), default=list, help_text="as titles.identifiers makes them"
    )
    signatures = ArrayField(
        models.CharField(max_length=80),
        default=list,
        help_text="identifiers of each block that meant this title",
    )
    known_as = ArrayField(
        models.TextField(),
        default=list,
        help_text="publisher and name key that it had before (catalogue.alias)",
    )
    preceding = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="the title it continues, as far as lists say so (services.preceding)",
    )
    attributes = models.JSONField(default=dict, blank=True, help_text="what the list says beyond the columns")
    au_count = models.PositiveIntegerField(default=0, help_text="AUs that a list names")
    is_known = models.BooleanField(
        default=True,
        db_default=True,
        help_text="a list names an AU or a line of coverage of it, or an AU of it was selected here",
    )
    made_by = models.ForeignKey(
        "ListImport",
        null=True,
        on_delete=models.SET_NULL,
        related_name="made_titles",
        help_text="first named by",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publisher", "identity"], name="title_identity")]
        indexes = [
            GinIndex(fields=["trigrams"], name="title_trigrams", fastupdate=False),
            models.Index(fields=["name_key", "id"], name="title_by_name", include=["publisher", "is_known"]),
            models.Index(fields=["publisher", "name_key", "id"], name="title_by_publisher"),
            models.Index(fields=["issn"], name="title_by_issn"),
            models.Index(fields=["eissn"], name="title_by_eissn"),
            models.Index(fields=["issn_l"], name="title_by_issn_l"),
            GinIndex(fields=["isbn_keys"], name="title_by_isbn", fastupdate=False),
            GinIndex(
                fields=["known_as"],
                name="title_by_former_name",
                fastupdate=False,
                condition=~models.Q(known_as=[]),
            ),
            GinIndex(
                fields=["attributes"],
                name="title_by_attribute",
                fastupdate=False,
                condition=~models.Q(attributes={}),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TitleList(Stamped):
    """A named list of a network, imported again and again; its entries follow its newest import."""

    name = models.TextField()
    source = models.CharField(max_length=16, choices=ListSource.choices)
    location = models.TextField(blank=True, help_text="folder or file name it came from")
    au_count = models.PositiveIntegerField(default=0, help_text="entries that are not retired")
    coverage_count = models.PositiveIntegerField(
        default=0, help_text="lines of coverage that are not retired"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="title_list_name")]

    def __str__(self) -> str:
        return self.name


_SEEN = ("title", "publisher", "status", "last_year")


class ListedAu(models.Model):
    """An AU as a title list describes it (tdb §3); identified by its AUID text.

    ``status`` is the best one that a list gives it now (``choices.RANKED``); empty: no list names it any more.
    """

    auid = models.TextField()
    slug = models.CharField(max_length=20, help_text="first 20 hex digits of SHA-256(AUID)")
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="listed_aus", db_index=False)
    publisher = models.ForeignKey(
        Publisher, on_delete=models.PROTECT, related_name="listed_aus", db_index=False
    )
    plugin_id = models.TextField()
    params = models.JSONField(default=dict, help_text="what makes up the AUID")
    other_params = models.JSONField(
        default=dict, blank=True, help_text="nondefparam of the list, and its proxy"
    )
    name = models.TextField()
    name_key = models.TextField()
    year = models.CharField(max_length=64, blank=True)
    first_year = models.SmallIntegerField(null=True)
    last_year = models.SmallIntegerField(null=True)
    volume = models.TextField(blank=True)
    issue = models.TextField(blank=True)
    isbn = models.TextField(blank=True)
    eisbn = models.TextField(blank=True)
    isbn_keys = ArrayField(models.CharField(max_length=13), default=list, help_text="of both, for finding")
    attributes = models.JSONField(
        default=dict, blank=True, help_text="attr[] of the list, provider, rights, edition"
    )
    status = models.CharField(max_length=32, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auid"], name="listed_auid"),
            models.UniqueConstraint(fields=["slug"], name="listed_slug"),
        ]
        indexes = [
            models.Index(
                fields=["title", "first_year", "id"], name="listed_by_title", include=["last_year", "status"]
            ),
            models.Index(fields=["publisher", "name_key", "id"], name="listed_by_publisher"),
            # In all, the units sort by name and by year: what a page is narrowed by is seen there without the row.
            models.Index(fields=["name_key", "id"], name="listed_by_name", include=[*_SEEN, "first_year"]),
            models.Index(fields=["first_year", "id"], name="listed_by_year", include=_SEEN),
            models.Index(
                models.F("first_year").desc(nulls_last=True),
                models.F("id").desc(),
                name="listed_by_year_down",
                include=_SEEN,
            ),
            models.Index(models.F("last_year") - models.F("first_year"), name="listed_by_span"),
            models.Index(fields=["last_year"], name="listed_by_last_year"),
            models.Index(fields=["plugin_id", "id"], name="listed_by_plugin"),
            GinIndex(fields=["isbn_keys"], name="listed_by_isbn", fastupdate=False),
            models.Index(fields=["status", "name_key", "id"], name="listed_by_status"),
            GinIndex(
                fields=["attributes"],
                name="listed_by_attribute",
                fastupdate=False,
                condition=~models.Q(attributes={}),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListImport(Stamped):
    """One reading of a list: what came in, what changed, what could not be read.

    Until it is applied its counts say what it would do, and ``retired`` what it would retire if that was asked.
    """

    title_list = models.ForeignKey(
        TitleList, on_delete=models.CASCADE, related_name="imports", db_index=False
    )
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.WAITING)
    source = models.CharField(max_length=16, choices=ListSource.choices, default=ListSource.COMMAND)
    location = models.TextField(blank=True, help_text="folder or file name it came from, for people")
    stored_path = models.TextField(blank=True, help_text="what is read: an upload below media, or the folder")
    retire = models.BooleanField(default=False, help_text="what it does not name is no longer listed")
    ask = models.BooleanField(default=False, help_text="a person looks at the preview before it is applied")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one import")
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the files, in reading order")
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    files = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0, help_text="those listed again included")
    unchanged = models.PositiveIntegerField(default=0)
    retired = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0, help_text="lines of coverage among what was read")
    titles_changed = models.PositiveIntegerField(default=0)
    finding_count = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0, help_text="files that could not be read whole")
    error = models.TextField(blank=True)
    previewed_at = models.DateTimeField(null=True, help_text="from when what was shown is")
    preview_sha256 = models.CharField(max_length=64, blank=True, help_text="of what was shown, in any order")
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", help_text="asked for it"
    )
    repeats = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="repeated",
        help_text="the undone import that it does once more",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="import_request_once")]
        indexes = [
            models.Index(fields=["title_list", "-id"], name="imports_of_list"),
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["waiting", "running", "applying", "undoing"]),
                name="imports_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def job_subject(self) -> str:
        return f"list-import:{self.pk}"


class ListAddress(Stamped):
    """Where a list is fetched from, again and again; what came with an answer is handed to the next one.

    ``error`` is of the last attempt; ``failures`` counts those since the last that went well.
    """

    title_list = models.OneToOneField(TitleList, on_delete=models.CASCADE, related_name="address")
    url = models.TextField()
    every = models.CharField(max_length=8, choices=Every.choices, default=Every.WEEK)
    by_itself = models.BooleanField(default=False, help_text="applied without asking; never retires")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    next_at = models.DateTimeField(null=True, db_index=True, help_text="empty: stopped")
    month_day = models.PositiveSmallIntegerField(
        null=True,
        help_text="of one asked every month: the day that is meant, where a month is too short for it",
    )
    asked_at = models.DateTimeField(null=True, help_text="the last attempt, however it ended")
    reached_at = models.DateTimeField(null=True, help_text="the last answer that could be used")
    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the file that was imported last")
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    last_import = models.ForeignKey(ListImport, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one address")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="address_request_once")]

    def __str__(self) -> str:
        return self.url

    @property
    def job_subject(self) -> str:
        return f"list-address:{self.pk}"


class ListEntry(models.Model):
    """That a list holds an AU, with the list's own status word for it."""

    title_list = models.ForeignKey(
        TitleList, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    listed_au = models.ForeignKey(ListedAu, on_delete=models.CASCADE, related_name="entries")
    status = models.CharField(max_length=32, help_text="TDB status: exists, released, down, … (tdb §4)")
    status2 = models.CharField(max_length=32, blank=True)
    added_by = models.ForeignKey(
        ListImport, null=True, on_delete=models.SET_NULL, related_name="added_entries", db_index=False
    )
    retired_at = models.DateTimeField(null=True, help_text="the list no longer names it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["title_list", "listed_au"], name="list_entry_once", include=["retired_at"]
            )
        ]
        indexes = [models.Index(fields=["added_by", "id"], name="entries_of_import")]


class TitleCoverage(models.Model):
    """One line of a KBART source: what it provides of a title, from when to when; texts as written."""

    title_list = models.ForeignKey(
        TitleList, on_delete=models.CASCADE, related_name="coverages", db_index=False
    )
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="coverages")
    row_key = models.CharField(max_length=32, help_text="title and beginning: tells lines of a list apart")
    source_id = models.TextField(blank=True, help_text="title_id of the source")
    first_date = models.TextField(blank=True)
    last_date = models.TextField(blank=True, help_text="empty: to the present")
    first_volume = models.TextField(blank=True)
    last_volume = models.TextField(blank=True)
    first_issue = models.TextField(blank=True)
    last_issue = models.TextField(blank=True)
    embargo = models.TextField(blank=True)
    depth = models.TextField(blank=True)
    access = models.TextField(blank=True)
    url = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    added_by = models.ForeignKey(
        ListImport, null=True, on_delete=models.SET_NULL, related_name="added_coverages"
    )
    retired_at = models.DateTimeField(null=True, help_text="the list no longer names it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title_list", "row_key"], name="coverage_once")]
        indexes = [
            models.Index(fields=["title_list", "id"], name="coverage_of_list"),
            models.Index(
                fields=["source_id", "title_list"],
                condition=~models.Q(source_id=""),
                name="coverage_by_source",
            ),
        ]
