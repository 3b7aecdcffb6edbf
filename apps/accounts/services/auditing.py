from django.db import connection

from apps.accounts.models import AuditEvent, User
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
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event belongs into the transaction of the change it records")
    known = user is not None and user.pk is not None
    return AuditEvent.objects.create(
        at=now(),
        user=user if known else None,
        username=user.username if known else "",
        action=action,
        subject=storable(subject, 200),
        before=storable_json(before),
        after=storable_json(after),
        request_id=request_id or request_ids.current(),
    )
