from collections.abc import Iterable

from django.db import connection, transaction

from apps.accounts.models import AuditEvent, User
from apps.accounts.services.sealing import seal
from apps.common import request_id as request_ids
from apps.common.clock import now
from apps.common.text import storable, storable_json


def audit(
    *, action: str, subject: str, user: User | None = None, before=None, after=None, request_id: str = ""
) -> AuditEvent:
    """Record a change in the transaction that makes it; RuntimeError outside of one.

    ``user`` None: the node itself did it. ``before`` and ``after``: values of JSON, without secrets.
    The name of the request that is being answered is found here.
    """
    event = _event(action, subject, user, before, after, request_id)
    event.save(force_insert=True)
    _seal_afterwards()
    return event


def audit_many(
    *, action: str, user: User | None = None, changes: Iterable[tuple[str, object, object]]
) -> None:
    """As ``audit``, for one act on many things: triples of subject, before and after."""
    events = [_event(action, subject, user, before, after, "") for subject, before, after in changes]
    AuditEvent.objects.bulk_create(events, batch_size=500)
    _seal_afterwards()


def _seal_afterwards() -> None:
    """Once for a transaction. Who dies before leaves the rest to the scanner, so it may fail."""
    if all(waiting[1] is not seal for waiting in connection.run_on_commit):
        transaction.on_commit(seal, robust=True)


def _event(action: str, subject: str, user: User | None, before, after, request_id: str) -> AuditEvent:
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event belongs into the transaction of the change it records")
    known = user is not None and user.pk is not None
    return AuditEvent(
        at=now(),
        user=user if known else None,
        username=user.username if known else "",
        action=action,
        subject=storable(subject, 200),
        before=storable_json(before),
        after=storable_json(after),
        request_id=request_id or request_ids.current(),
    )
