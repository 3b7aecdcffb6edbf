"""Chains the audit record. One at a time, after the transactions that wrote the events: nobody waits for anybody.

A lock at the time of writing would make every act wait for the longest import, and two acts for each other. So the
database notes each new event as pending, in the transaction that writes it; sealing takes the pending ones in the
order of their ids, and what commits later comes later. Killed at any moment, it goes on from the rows.
"""

from django.db import connection, transaction

from apps.accounts.chain import FIELDS, ROOT, links
from apps.accounts.models import AuditEvent, AuditPending, AuditSeal

# "AUDI" in ASCII.
LOCK = 0x41554449
AT_ONCE = 2000
_COPY = "COPY accounts_auditseal (position, event_id, previous, digest) FROM STDIN"


def seal() -> int:
    """Seal what is pending; how many that were. Where another process seals just now: nothing, it or a scan does it."""
    total = 0
    while sealed := _seal_some():
        total += sealed
    return total


def head() -> AuditSeal | None:
    """The newest seal: whoever keeps a copy of it elsewhere can prove the record up to there."""
    return AuditSeal.objects.order_by("-position").first()


def _seal_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 1)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        ids = list(AuditPending.objects.order_by("event_id").values_list("event_id", flat=True)[:AT_ONCE])
        # One that is gone already is never sealed and stays pending: verifying tells of it.
        events = list(AuditEvent.objects.filter(pk__in=ids).order_by("pk").values_list(*FIELDS, named=True))
        if not events:
            return 0
        last = head()
        position, previous = (last.position, bytes(last.digest)) if last else (0, ROOT)
        with cursor.copy(_COPY) as copy:
            copy.set_types(["int8", "int8", "bytea", "bytea"])
            for number, (event, before, own) in enumerate(links(previous, events), position + 1):
                copy.write_row((number, event.id, before, own))
        AuditPending.objects.filter(pk__in=[event.id for event in events]).delete()
    return len(events)
