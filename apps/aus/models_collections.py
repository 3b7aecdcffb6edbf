"""Collection records: who gives what into the network's keeping, why it matters, and who answers for it."""

from django.db import models
from django.db.models import F

from apps.aus.choices import Risk
from apps.common.models import Stamped


class CollectionRecord(Stamped):
    """What people know of a collection; how its units stand is never written here but asked of the machine.

    It means everything of its publishers, all units of its titles, and its single units. Title sets join them here
    and in ``services.collections.scope_of``, and nowhere else.
    """

    name = models.TextField()
    name_key = models.TextField(help_text="folded, for order and search")
    institution = models.TextField(help_text="who contributes it")
    institution_key = models.TextField()
    person = models.TextField(blank=True, help_text="who answers for it there")
    contact = models.TextField(blank=True)
    why = models.TextField(blank=True, help_text="why it matters")
    risk = models.CharField(max_length=8, choices=Risk.choices)
    risk_rank = models.SmallIntegerField(help_text="of the risk, the highest first")
    risk_note = models.TextField(blank=True)
    rights = models.TextField(blank=True)
    since = models.DateField(null=True, help_text="contributed since")
    review_on = models.DateField(null=True, help_text="to be looked at again")
    publishers = models.ManyToManyField("titles.Publisher", related_name="collections")
    titles = models.ManyToManyField("titles.Title", related_name="collections")
    listed_aus = models.ManyToManyField("titles.ListedAu", related_name="collections")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one record")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="collection_request_once")]
        indexes = [
            models.Index(fields=["name_key", "id"], name="collection_by_name"),
            models.Index(fields=["institution_key", "id"], name="collection_by_institution"),
            models.Index(fields=["risk_rank", "id"], name="collection_by_risk"),
            models.Index(fields=["since", "id"], name="collection_by_since"),
            models.Index(F("since").desc(nulls_last=True), F("id").desc(), name="collection_since_down"),
            models.Index(fields=["review_on", "id"], name="collection_by_review"),
            models.Index(F("review_on").desc(nulls_last=True), F("id").desc(), name="collection_review_down"),
        ]

    def __str__(self) -> str:
        return self.name
