"""The AUs this library has chosen to preserve. Rows only say *chosen*; collecting, proving and
repairing write rows of their own and refer here.
"""

from django.db import models

from apps.aus.choices import AuState, SelectionOutcome
from apps.common.models import Stamped


class Au(Stamped):
    """An archival unit on this node; its number is the one its artifacts are filed under."""

    key = models.OneToOneField("repository.AuKey", primary_key=True, on_delete=models.PROTECT, related_name="au")
    auid = models.TextField(unique=True)
    slug = models.CharField(max_length=20, unique=True, help_text="first 20 hex digits of SHA-256(AUID)")
    listed = models.ForeignKey("titles.ListedAu", null=True, on_delete=models.SET_NULL, related_name="aus")
    title = models.ForeignKey("titles.Title", null=True, on_delete=models.SET_NULL, related_name="aus")
    publisher = models.ForeignKey("titles.Publisher", null=True, on_delete=models.SET_NULL, related_name="aus")
    plugin_id = models.TextField()
    params = models.JSONField(default=dict)
    name = models.TextField()
    name_key = models.TextField()
    state = models.CharField(max_length=16, choices=AuState.choices, default=AuState.SELECTED)
    selected_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    selected_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["name_key", "key"], name="au_by_name"),
            models.Index(fields=["title", "key"], name="au_by_title"),
            models.Index(fields=["publisher", "key"], name="au_by_publisher"),
            models.Index(fields=["plugin_id", "key"], name="au_by_plugin"),
        ]

    def __str__(self) -> str:
        return self.name


class Selection(Stamped):
    """One act of choosing: one AU or hundreds, by one person, in one job."""

    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    action = models.CharField(max_length=16, default="select")
    scope = models.JSONField(help_text="{kind: aus|title|publisher, ids: […]}; what was shown")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)


class SelectionResult(models.Model):
    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="results")
    listed_au = models.ForeignKey("titles.ListedAu", on_delete=models.CASCADE)
    outcome = models.CharField(max_length=16, choices=SelectionOutcome.choices)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["selection", "listed_au"], name="selection_result_once")]
