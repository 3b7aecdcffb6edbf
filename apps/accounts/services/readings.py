"""Who was let in to stored bytes: a reading changes nothing and is no act, and stands in the audit record all the same."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from apps.accounts.acts import READING
from apps.accounts.models import AuditEvent, User
from apps.accounts.services.auditing import audit
from apps.common.clock import now
from apps.common.text import storable, storable_json

# Ranges, reloads and lapsed passes within this are one reading.
ONE_READING = dt.timedelta(minutes=10)


def note_reading(*, user: User, what: str, subject: str, which: Mapping[str, object]) -> bool:
    """``reading.<what>`` of ``subject``: ``which`` names the bytes. False where it stands there already.

    Nothing of the person but the name is kept: no address, no program.
    """
    action, which = f"{READING}.{what}", storable_json(dict(which))
    known = AuditEvent.objects.filter(
        user=user, subject=storable(subject, 200), action=action, after=which, at__gte=now() - ONE_READING
    )
    with transaction.atomic():
        if known.exists():
            return False
        audit(user=user, action=action, subject=subject, after=which)
        return True
