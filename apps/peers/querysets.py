from datetime import datetime

from django.db import models
from django.db.models import Q


class InboxQuerySet(models.QuerySet):
    def waiting(self) -> "InboxQuerySet":
        return self.filter(state="waiting").order_by("id")


class OutboxQuerySet(models.QuerySet):
    def due(self, at: datetime) -> "OutboxQuerySet":
        return self.filter(state="waiting", next_attempt_at__lte=at).order_by("next_attempt_at", "id")

    def expired(self, at: datetime) -> "OutboxQuerySet":
        return self.filter(Q(expires_at__lt=at), state="waiting")
