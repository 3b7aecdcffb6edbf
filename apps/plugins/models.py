"""Platform definitions (plugins) this node has loaded; the text itself is kept, the core reads it."""

from django.db import models

from apps.common.models import Stamped


class Plugin(Stamped):
    """One version of one definition file. The newest version of an id is ``current`` (plugins §1).

    Abilities and reasons are those of the definition with its parents, as it stood when it or one of them was
    loaded last.
    """

    plugin_id = models.TextField(help_text="resource path with dots, without .xml")
    version = models.TextField(default="1")
    version_number = models.BigIntegerField(default=1, help_text="leading integer of version")
    name = models.TextField(blank=True)
    parent_id = models.TextField(blank=True)
    status = models.TextField(blank=True)
    source = models.TextField(blank=True, help_text="folder or archive it came from")
    sha256 = models.CharField(max_length=64)
    xml = models.BinaryField()
    current = models.BooleanField(default=True)
    usable = models.BooleanField(default=False, help_text="read without an error, parents included")
    can_collect = models.BooleanField(default=False)
    collect_overridable = models.BooleanField(
        default=False, help_text="a person may let it collect all the same"
    )
    collect_override = models.BooleanField(default=False, help_text="a person did; another version asks anew")
    can_poll = models.BooleanField(default=False)
    can_extract = models.BooleanField(default=False)
    reasons = models.JSONField(default=list, help_text="[{capability, key, class, effect}]")
    findings = models.JSONField(default=list, help_text="[{code, severity, key, place, message}]")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plugin_id", "sha256"], name="plugin_text_once"),
            models.UniqueConstraint(
                fields=["plugin_id"], condition=models.Q(current=True), name="plugin_one_current"
            ),
        ]
        indexes = [
            models.Index(fields=["parent_id"], condition=models.Q(current=True), name="plugin_children"),
        ]

    def __str__(self) -> str:
        return f"{self.plugin_id} {self.version}"
