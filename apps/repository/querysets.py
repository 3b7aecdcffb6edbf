from datetime import datetime

from django.db import models
from django.db.models import F

from apps.repository.choices import SUSPECT


class ArtifactQuerySet(models.QuerySet):
    """Filter by ``au_key`` first: it chooses the partition."""

    def current(self) -> "ArtifactQuerySet":
        return self.filter(is_current=True)

    def suspect(self) -> "ArtifactQuerySet":
        return self.filter(state__in=[str(state) for state in SUSPECT])

    def in_file_order(self) -> "ArtifactQuerySet":
        return self.order_by("warc_file_id", "warc_offset")


class SummaryQuerySet(models.QuerySet):
    def check_due(self, at: datetime) -> "SummaryQuerySet":
        return self.filter(next_check_at__lte=at).order_by("next_check_at")

    def suspect(self) -> "SummaryQuerySet":
        """AUs with a URL whose newest version is not good."""
        return self.exclude(damaged=0, missing=0, unreadable=0).order_by("au_key")

    def with_auid(self) -> "SummaryQuerySet":
        return self.annotate(auid=F("au_key__auid"))
