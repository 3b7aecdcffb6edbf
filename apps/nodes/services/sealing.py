"""Seals over the audit record: a chain of digests, made and checked a little at each scan."""

import datetime as dt
import hashlib
import json

from django.db import connection, transaction

from apps.accounts.models import AuditEvent
from apps.common.clock import now
from apps.nodes.models import AuditSeal

# What is younger may still be in somebody's transaction.
SETTLED = dt.timedelta(minutes=5)
# Longer ones only where nobody sealed for long.
SPAN = dt.timedelta(days=1)
# Few seals, so that all of them are checked again within days.
SHORTEST = dt.timedelta(hours=1)
# Seals that are checked at one scan, those first that were not checked for longest.
CHECKED = 3
BEGINNING = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
FIELDS = ("id", "at", "user_id", "username", "action", "subject", "before", "after", "request_id")


def seal() -> AuditSeal | None:
    """Seal what was recorded since the last seal; None while there is nothing."""
    last = AuditSeal.objects.order_by("-until").first()
    begin = last.until if last else BEGINNING
    oldest = AuditEvent.objects.filter(at__gt=begin).order_by("at").values_list("at", flat=True).first()
    until = _settled()
    if oldest is None or until - oldest < SHORTEST:
        return None
    until = min(until, oldest + SPAN)
    digest, events = _digest(begin, until, last.digest if last else "")
    # Two that seal at once make the same seal: the moment is unique.
    made, _new = AuditSeal.objects.get_or_create(
        until=until, defaults={"events": events, "digest": digest, "checked_at": now()}
    )
    return made


def _settled() -> dt.datetime:
    """No event before this moment can still come: whoever writes one began later."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        oldest = cursor.fetchone()[0]
    settled = now() - SETTLED
    return min(settled, oldest) if oldest else settled


def _digest(begin: dt.datetime, until: dt.datetime, before: str) -> tuple[str, int]:
    digest, events = hashlib.sha256(before.encode()), 0
    rows = AuditEvent.objects.filter(at__gt=begin, at__lte=until).order_by("id").values_list(*FIELDS)
    for row in rows.iterator(chunk_size=500):
        digest.update(json.dumps(row, default=str, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        events += 1
    return digest.hexdigest(), events


def broken() -> AuditSeal | None:
    """The first seal, of a few, that is not over what the record holds now; a break stays found while it is there."""
    with transaction.atomic():
        for row in AuditSeal.objects.order_by("checked_at", "until")[:CHECKED]:
            if not _holds(row):
                # Not marked as checked: the next scan looks at it again first.
                return row
            AuditSeal.objects.filter(pk=row.pk).update(checked_at=now())
    return None


def _holds(row: AuditSeal) -> bool:
    before = AuditSeal.objects.filter(until__lt=row.until).order_by("-until").first()
    begin = before.until if before else BEGINNING
    return _digest(begin, row.until, before.digest if before else "") == (row.digest, row.events)
