"""Title sets: titles that somebody means together, chosen by a rule or by hand."""

from django.db import models

from apps.common.models import Stamped
from apps.titles.choices import SetKind


class TitleSet(Stamped):
    """Which titles belong to it is asked anew each time (``services.titles_in``); only those by hand are rows.

    A publisher set means ``publisher``; a tag set ``tag_key``, with ``tag_value`` unless any will do; a search
    ``query``, the filters of the titles list as an address has them, within ``within`` if that is not null.
    """

    name = models.TextField()
    name_key = models.TextField()
    kind = models.CharField(max_length=16, choices=SetKind.choices)
    publisher = models.ForeignKey("titles.Publisher", null=True, on_delete=models.PROTECT, related_name="+")
    tag_key = models.TextField(blank=True)
    tag_value = models.TextField(blank=True)
    query = models.TextField(blank=True)
    within = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="narrowed")
    note = models.TextField(blank=True)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one set")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name_key"], name="title_set_name"),
            models.UniqueConstraint(fields=["request_key"], name="title_set_request_once"),
            models.CheckConstraint(
                condition=(
                    models.Q(kind=SetKind.HAND)
                    | models.Q(kind=SetKind.PUBLISHER, publisher__isnull=False)
                    | (models.Q(kind=SetKind.TAG) & ~models.Q(tag_key=""))
                    | (models.Q(kind=SetKind.QUERY) & (~models.Q(query="") | models.Q(within__isnull=False)))
                ),
                name="title_set_of_something",
            ),
        ]
        indexes = [models.Index(fields=["name_key", "id"], name="title_sets_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_subject(self) -> str:
        return f"title-set:{self.pk}"


class TitleSetMember(models.Model):
    """A title that somebody put into a set by hand."""

    title_set = models.ForeignKey(TitleSet, on_delete=models.CASCADE, related_name="members", db_index=False)
    title = models.ForeignKey("titles.Title", on_delete=models.PROTECT, related_name="set_memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title_set", "title"], name="title_set_member_once")]


class TitleSetPart(models.Model):
    """A set by hand that holds another set, whatever that holds now."""

    holder = models.ForeignKey(TitleSet, on_delete=models.CASCADE, related_name="parts", db_index=False)
    part = models.ForeignKey(TitleSet, on_delete=models.PROTECT, related_name="holders")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "part"], name="title_set_part_once"),
            models.CheckConstraint(
                condition=~models.Q(holder=models.F("part")), name="title_set_not_in_itself"
            ),
        ]
