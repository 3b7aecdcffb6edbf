"""How long what was found about copies still proves something: one rule for pages, reports and the choice of peers.

Not older than two poll intervals, and not older than the last damage that was found here (docs/status.md).
"""

import datetime as dt

from django.conf import settings
from django.db.models import F, Q

INTERVALS = 2


def oldest_proof(at: dt.datetime) -> dt.datetime:
    """When a poll that still counts at ``at`` ended at the earliest."""
    return at - dt.timedelta(seconds=INTERVALS * settings.NODE.poll_interval)


def since_damage(summary: str, moment: str) -> Q:
    """Filter of rows whose ``moment`` is not before damage was last found; ``summary``: the way to the store's."""
    found = f"{summary}__last_damage_at"
    return Q(**{f"{found}__isnull": True}) | Q(**{f"{moment}__gte": F(found)})


def is_outdated(at: dt.datetime | None, damage_at: dt.datetime | None) -> bool:
    """The same of one moment: what was found then was found before the damage, and proves nothing any more."""
    return at is not None and damage_at is not None and at < damage_at
