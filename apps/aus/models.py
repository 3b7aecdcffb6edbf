"""The AUs this library has chosen to preserve. Rows only say *chosen*; collecting, proving and
repairing write rows of their own and refer here.
"""

from django.db import models

from apps.aus.choices import AuState, SelectionAction, SelectionOutcome
from apps.common.models import Stamped


class Au(Stamped):
    """An archival unit on this node; its number is the one its artifacts are filed under.

    Its AUID holds the parameters that its definition calls definitional (plugins §7), which may be fewer than
    those of the title list's AUID.
    """

    key = models.OneToOneField(
        "repository.AuKey", primary_key=True, on_delete=models.PROTECT, related_name="au"
    )
    auid = models.TextField()
    slug = models.CharField(max_length=20, help_text="first 20 hex digits of SHA-256(AUID)")
    listed = models.ForeignKey("titles.ListedAu", null=True, on_delete=models.SET_NULL, related_name="aus")
    title = models.ForeignKey(
        "titles.Title", null=True, on_delete=models.SET_NULL, related_name="aus", db_index=False
    )
    publisher = models.ForeignKey(
        "titles.Publisher", null=True, on_delete=models.SET_NULL, related_name="aus", db_index=False
    )
    plugin_id = models.TextField()
    params = models.JSONField(default=dict, help_text="definitional parameters, as texts")
    other_params = models.JSONField(default=dict, blank=True, help_text="its further configuration, as texts")
    name = models.TextField()
    name_key = models.TextField()
    state = models.CharField(max_length=16, choices=AuState.choices, default=AuState.SELECTED)
    selected_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    selected_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auid"], name="au_auid"),
            models.UniqueConstraint(fields=["slug"], name="au_slug"),
        ]
        indexes = [
            models.Index(fields=["name_key", "key"], name="au_by_name"),
            models.Index(fields=["title", "key"], name="au_by_title"),
            models.Index(fields=["publisher", "key"], name="au_by_publisher"),
            models.Index(fields=["plugin_id", "key"], name="au_by_plugin"),
            models.Index(fields=["state", "listed", "title"], name="au_by_state"),
        ]

    def __str__(self) -> str:
        return self.name


class Selection(Stamped):
    """One act of choosing: one AU or hundreds, by one person, in one job. What it is about are its results."""

    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    action = models.CharField(max_length=16, choices=SelectionAction.choices, default=SelectionAction.SELECT)
    scope = models.JSONField(
        help_text="{kind: aus|title|publisher|set|all, ids: […]} or {kind: filter, of, query}"
    )
    unreleased = models.BooleanField(default=False, help_text="also what the network has not released yet")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="selection_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def job_subject(self) -> str:
        return f"selection:{self.pk}"


class SelectionResult(models.Model):
    """What became of one AU of an act; ``waiting`` until its turn. ``listed_au`` or ``au`` says which one."""

    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="results", db_index=False)
    listed_au = models.ForeignKey("titles.ListedAu", null=True, on_delete=models.CASCADE, related_name="+")
    au = models.ForeignKey(Au, null=True, on_delete=models.CASCADE, related_name="selection_results")
    outcome = models.CharField(
        max_length=16, choices=SelectionOutcome.choices, default=SelectionOutcome.WAITING
    )
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["selection", "listed_au"], name="selection_result_once"),
            models.CheckConstraint(
                condition=models.Q(listed_au__isnull=False) | models.Q(au__isnull=False),
                name="selection_result_of_something",
            ),
        ]
        indexes = [
            models.Index(fields=["selection", "id"], name="selection_results"),
            models.Index(
                fields=["selection", "id"],
                condition=models.Q(outcome=SelectionOutcome.WAITING),
                name="selection_results_waiting",
            ),
        ]


class Subscription(Stamped):
    """A rule that selects what appears: of a publisher, a title, a title set or a platform, in some years.

    ``token`` is of the form that sent it: sent twice, it is one rule.
    """

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    publisher = models.ForeignKey("titles.Publisher", null=True, on_delete=models.PROTECT, related_name="+")
    title = models.ForeignKey("titles.Title", null=True, on_delete=models.PROTECT, related_name="+")
    title_set = models.ForeignKey(
        "titles.TitleSet", null=True, on_delete=models.PROTECT, related_name="subscriptions"
    )
    plugin_id = models.TextField(blank=True)
    ranges = models.TextField(help_text="subscribed periods, as lockss.holdings.periods writes them")
    without = models.TextField(blank=True, help_text="periods that are never selected; they win")
    ended_at = models.DateTimeField(null=True)
    seen_import_at = models.DateTimeField(null=True, help_text="end of the newest import it was applied to")
    version = models.PositiveIntegerField(
        default=0, help_text="of the row, for forms: how often it was changed"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "token"], name="subscription_once"),
            models.CheckConstraint(
                condition=models.Q(publisher__isnull=False)
                | models.Q(title__isnull=False)
                | models.Q(title_set__isnull=False)
                | ~models.Q(plugin_id=""),
                name="subscription_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class SubscriptionAu(models.Model):
    """An AU that a rule has chosen, once; what became of it is a result of the act."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="chosen", db_index=False
    )
    listed_au = models.ForeignKey("titles.ListedAu", on_delete=models.CASCADE, related_name="+")
    selection = models.ForeignKey(Selection, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "listed_au"], name="subscription_au_once")
        ]


# At the end: they refer to what stands above.
from apps.aus.models_collections import CollectionRecord  # noqa: E402
from apps.aus.models_holdings import (  # noqa: E402
    HoldingsColumns,
    HoldingsDecision,
    HoldingsLine,
    HoldingsUpload,
)
from apps.aus.models_rules import SubscriptionChange  # noqa: E402
from apps.aus.models_sizes import SizeKind, SizeSummary, StoreSpace  # noqa: E402

__all__ = [
    "Au",
    "CollectionRecord",
    "HoldingsColumns",
    "HoldingsDecision",
    "HoldingsLine",
    "HoldingsUpload",
    "Selection",
    "SelectionResult",
    "SizeKind",
    "SizeSummary",
    "StoreSpace",
    "Subscription",
    "SubscriptionAu",
    "SubscriptionChange",
]
