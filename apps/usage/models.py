"""Readings that are not older than some days, the months that were made of them, and what is in neither.

A reading is no personal data that leads back to anybody: its session is a digest under a key that was thrown away, and it
is deleted all the same. Months of titles stay.
"""

import uuid

from django.db import models
from django.db.models import Q

from apps.usage.choices import Access, Data, Kind, Reason


class CountedTitle(models.Model):
    """A title as it was when it was last read; its numbers stay although lists may name it no more.

    ``key``: ``title:<number>``, or ``au:<number>`` of an AU without a title.
    """

    key = models.CharField(max_length=40, unique=True)
    title = models.ForeignKey("titles.Title", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.TextField()
    publisher = models.TextField(blank=True)
    data_type = models.CharField(max_length=12, choices=Data.choices)
    isbn = models.TextField(blank=True, help_text="as the title list writes it")
    print_issn = models.CharField(max_length=9, blank=True)
    online_issn = models.CharField(max_length=9, blank=True)
    doi = models.TextField(blank=True, help_text="of the whole title, in lower case")
    publisher_id = models.TextField(blank=True, help_text="ROR: or ISNI: and the number")

    def __str__(self) -> str:
        return self.name


class UsageEvent(models.Model):
    """One reading. ``id`` is drawn before it is first written, so that a second attempt writes nothing twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    moment = models.DateTimeField()
    session = models.BinaryField(max_length=16)
    url_digest = models.BinaryField(max_length=16)
    item_digest = models.BinaryField(max_length=16)
    au = models.ForeignKey("aus.Au", on_delete=models.CASCADE, related_name="+", db_index=False)
    title = models.ForeignKey(CountedTitle, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.TextField(help_text="own, public, or proxy: and its name")
    access = models.CharField(max_length=12, choices=Access.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    year = models.PositiveSmallIntegerField(default=0, help_text="of publication; 0: nobody knows")
    counted = models.BooleanField(default=False, help_text="it is in its month")

    class Meta:
        indexes = [
            models.Index(fields=["session"], name="usage_by_session"),
            models.Index(fields=["session"], name="usage_uncounted", condition=Q(counted=False)),
            models.Index(fields=["moment"], name="usage_by_moment"),
        ]


class UsageMonth(models.Model):
    """The Code's numbers of a title in a month (UTC), by reader, right and year of publication."""

    month = models.DateField(help_text="its first day")
    title = models.ForeignKey(CountedTitle, on_delete=models.PROTECT, related_name="months", db_index=False)
    customer = models.TextField()
    access = models.CharField(max_length=12, choices=Access.choices)
    year = models.PositiveSmallIntegerField(default=0)
    total_item_investigations = models.BigIntegerField(default=0)
    total_item_requests = models.BigIntegerField(default=0)
    unique_item_investigations = models.BigIntegerField(default=0)
    unique_item_requests = models.BigIntegerField(default=0)
    unique_title_investigations = models.BigIntegerField(default=0)
    unique_title_requests = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["title", "month", "customer", "access", "year"], name="usage_month_once"
            )
        ]
        indexes = [
            models.Index(fields=["month", "id"], name="usage_month_by_month"),
            models.Index(fields=["total_item_requests", "id"], name="usage_month_by_requests"),
        ]


class UsageLoss(models.Model):
    """Deliveries that are in no number, by day (UTC) and reason; ``number`` 0 where nobody counted them."""

    day = models.DateField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "reason"], name="usage_loss_once")]


class UsageState(models.Model):
    """One row: since when is counted, and until when all that was written is in its month."""

    began_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)
