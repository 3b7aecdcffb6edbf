"""What became of a rule's years, and by whom."""

from django.db import models

from apps.common.models import Stamped


class SubscriptionChange(Stamped):
    """The years of a rule were changed: from what to what, as ``lockss.holdings.periods`` writes them."""

    subscription = models.ForeignKey(
        "aus.Subscription", on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(help_text="of the rule, that this change made")
    ranges_before = models.TextField()
    without_before = models.TextField(blank=True)
    ranges = models.TextField()
    without = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "version"], name="subscription_change_once")
        ]

    def __str__(self) -> str:
        return f"change {self.version} of subscription {self.subscription_id}"
