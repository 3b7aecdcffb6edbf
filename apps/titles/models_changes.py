"""What an import did and found, line by line."""

from django.db import models
from django.db.models.fields.json import KT

from apps.titles.choices import ChangeKind

MOVED = models.Q(fields__has_key="title_id")


class ImportChange(models.Model):
    """One thing that an import changed, apart from what it added (``ListEntry.added_by``)."""

    list_import = models.ForeignKey(
        "ListImport", on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    kind = models.CharField(max_length=16, choices=ChangeKind.choices)
    listed_au = models.ForeignKey("ListedAu", null=True, on_delete=models.CASCADE, related_name="+")
    title = models.ForeignKey("Title", null=True, on_delete=models.CASCADE, related_name="+")
    coverage = models.ForeignKey("TitleCoverage", null=True, on_delete=models.CASCADE, related_name="+")
    fields = models.JSONField(default=dict, help_text="{field: [before, after]}")
    before = models.JSONField(null=True, help_text="the columns as they were, for the way back")

    class Meta:
        indexes = [
            models.Index(fields=["list_import", "id"], name="import_changes"),
            # Units that went to another title, by the one that they left.
            models.Index(KT("before__title_id"), name="changes_from_title", condition=MOVED),
        ]


class ImportFinding(models.Model):
    """One entry that could not be read or looks wrong: where, what was found, what was expected."""

    list_import = models.ForeignKey(
        "ListImport", on_delete=models.CASCADE, related_name="findings", db_index=False
    )
    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=16)
    file = models.TextField()
    line = models.PositiveIntegerField(null=True)
    column = models.PositiveIntegerField(null=True)
    entry = models.TextField(blank=True)
    message = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["list_import", "id"], name="import_findings")]
