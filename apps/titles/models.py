"""What the title lists say exists: publishers, titles and the AUs offered for preservation.

Nothing here is a choice of this library: the choice is ``aus.Au``. Lists of 434,000 AUs are normal
(architecture, "Sizes"), so every filter a page offers has its index and names are searched by folded
trigrams (the embedded PostgreSQL has no extension for it).
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.common.models import Stamped
from apps.titles.choices import ImportState, ListSource, TitleKind


class Publisher(Stamped):
    name = models.TextField()
    name_key = models.TextField(unique=True, help_text="folded name: no marks, lower case, single blanks")
    trigrams = ArrayField(models.CharField(max_length=3), default=list)
    title_count = models.PositiveIntegerField(default=0)
    au_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [GinIndex(fields=["trigrams"], name="publisher_trigrams")]

    def __str__(self) -> str:
        return self.name


class Title(Stamped):
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="titles")
    name = models.TextField()
    name_key = models.TextField()
    identity = models.TextField(help_text="name key and identifiers: tells two titles of one name apart")
    trigrams = ArrayField(models.CharField(max_length=3), default=list)
    kind = models.CharField(max_length=16, choices=TitleKind.choices, default=TitleKind.JOURNAL)
    issn = models.CharField(max_length=9, blank=True)
    eissn = models.CharField(max_length=9, blank=True)
    issn_l = models.CharField(max_length=9, blank=True)
    attributes = models.JSONField(default=dict, blank=True, help_text="what the list says beyond the columns")
    au_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publisher", "identity"], name="title_identity")]
        indexes = [
            GinIndex(fields=["trigrams"], name="title_trigrams"),
            models.Index(fields=["name_key", "id"], name="title_by_name"),
            models.Index(fields=["issn"], name="title_by_issn"),
            models.Index(fields=["eissn"], name="title_by_eissn"),
            models.Index(fields=["issn_l"], name="title_by_issn_l"),
        ]

    def __str__(self) -> str:
        return self.name


class TitleList(Stamped):
    """A named list of a network, imported again and again; its entries follow its newest import."""

    name = models.TextField(unique=True)
    source = models.CharField(max_length=16, choices=ListSource.choices)
    location = models.TextField(blank=True, help_text="folder or file name it came from")
    au_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class ListedAu(models.Model):
    """An AU as a title list describes it (tdb.md §3); identified by its AUID text."""

    auid = models.TextField(unique=True)
    slug = models.CharField(max_length=20, unique=True, help_text="first 20 hex digits of SHA-256(AUID)")
    title = models.ForeignKey(Title, on_delete=models.PROTECT, related_name="listed_aus")
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="listed_aus")
    plugin_id = models.TextField()
    params = models.JSONField(default=dict)
    name = models.TextField()
    name_key = models.TextField()
    year = models.CharField(max_length=32, blank=True)
    first_year = models.SmallIntegerField(null=True)
    last_year = models.SmallIntegerField(null=True)
    volume = models.TextField(blank=True)
    issue = models.TextField(blank=True)
    isbn = models.TextField(blank=True)
    eisbn = models.TextField(blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["title", "first_year", "id"], name="listed_by_title"),
            models.Index(fields=["publisher", "name_key", "id"], name="listed_by_publisher"),
            models.Index(fields=["name_key", "id"], name="listed_by_name"),
            models.Index(fields=["plugin_id", "id"], name="listed_by_plugin"),
            models.Index(fields=["first_year", "id"], name="listed_by_year"),
        ]

    def __str__(self) -> str:
        return self.name


class ListEntry(models.Model):
    """That a list holds an AU, with the list's own status word for it."""

    title_list = models.ForeignKey(TitleList, on_delete=models.CASCADE, related_name="entries")
    listed_au = models.ForeignKey(ListedAu, on_delete=models.CASCADE, related_name="entries")
    status = models.CharField(max_length=32, help_text="TDB status: exists, released, down, … (tdb.md)")
    status2 = models.CharField(max_length=32, blank=True)
    retired_at = models.DateTimeField(null=True, help_text="the newest import no longer names it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title_list", "listed_au"], name="list_entry_once")]
        indexes = [models.Index(fields=["status", "id"], name="list_entry_by_status")]


class ListImport(Stamped):
    """One reading of a list: what came in, what changed, what could not be read."""

    title_list = models.ForeignKey(TitleList, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.WAITING)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the files, in reading order")
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    stored_path = models.TextField(blank=True, help_text="where an upload waits to be read")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    retired = models.PositiveIntegerField(default=0)
    finding_count = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)


class ImportFinding(models.Model):
    """One entry that could not be read or looks wrong: where, what was found, what was expected."""

    list_import = models.ForeignKey(ListImport, on_delete=models.CASCADE, related_name="findings")
    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=16)
    file = models.TextField()
    line = models.PositiveIntegerField(null=True)
    column = models.PositiveIntegerField(null=True)
    entry = models.TextField(blank=True)
    message = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["list_import", "id"], name="import_findings")]
