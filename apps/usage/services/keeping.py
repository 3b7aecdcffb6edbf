"""What a scan does: count, note until when all is counted, forget single readings in time."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from apps.common.clock import now
from apps.usage.choices import Reason
from apps.usage.models import UsageEvent, UsageLoss, UsageState
from apps.usage.services.folding import fold
from apps.usage.services.recording import note_loss

TOGETHER = 10_000
LONGEST_DAYS = 30


def keep_up() -> None:
    """Count what was written, then forget what is too old; also where counting is switched off by now."""
    began = now()
    state = state_now()
    fold()
    UsageState.objects.filter(pk=state.pk).update(counted_at=began)
    if not settings.NODE.count_usage:
        UsageLoss.objects.get_or_create(day=began.date(), reason=Reason.OFF)
    forget()


def state_now() -> UsageState:
    """Since when is counted; begun now where nobody has counted yet."""
    row = UsageState.objects.order_by("pk").first()
    return row or UsageState.objects.create(pk=1, began_at=now())


def forget() -> int:
    """Delete single readings that are older than the setting allows, counted or not; how many."""
    days = min(settings.NODE.usage_days, LONGEST_DAYS)
    limit = now() - dt.timedelta(days=days)
    gone = 0
    while some := _forget_some(limit):
        gone += some
    return gone


def _forget_some(limit: dt.datetime) -> int:
    with transaction.atomic():
        rows = UsageEvent.objects.filter(moment__lt=limit).order_by("moment")
        some = dict(rows.values_list("pk", "counted")[:TOGETHER])
        uncounted = sum(not counted for counted in some.values())
        note_loss(day=limit.date(), reason=Reason.FORGOTTEN, number=uncounted)
        UsageEvent.objects.filter(pk__in=list(some)).delete()
    return len(some)
