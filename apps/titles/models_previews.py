"""What an import would do, line by line."""

from django.db import models
from django.db.models.functions import Left, Lower

from apps.titles.choices import ChangeKind


def line_start(field: str) -> Lower:
    """What lines are put in order by: an index takes no text of any length."""
    return Lower(Left(field, 100))


class PreviewLine(models.Model):
    """One thing that an import would do; gone once it is applied or given up."""

    list_import = models.ForeignKey(
        "ListImport", on_delete=models.CASCADE, related_name="preview", db_index=False
    )
    kind = models.CharField(max_length=16, choices=ChangeKind.choices)
    name = models.TextField()
    title_name = models.TextField(blank=True)
    fields = models.JSONField(default=dict, help_text="{field: [before, after]}")

    class Meta:
        indexes = [
            models.Index(fields=["list_import", "id"], name="preview_lines"),
            models.Index(fields=["list_import", "kind", "id"], name="preview_by_kind"),
            models.Index("list_import", line_start("name"), "id", name="preview_by_name"),
        ]
