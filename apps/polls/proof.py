"""When an AU counts as preserved: one rule for pages and reports.

The newest quorate poll over all its URLs found full agreement, with at least a quorum of agreeing peers, and is
not older than two poll intervals (docs/kbart.md).
"""

import datetime as dt

from django.conf import settings
from django.db.models import Q

from apps.common.clock import now

INTERVALS = 2


def proved() -> Q:
    """Filter of AUs."""
    return Q(
        poll_status__agreement=1.0,
        poll_status__agreeing_peers__gte=settings.NODE.poll_quorum,
        poll_status__last_complete_at__gte=oldest_proof(now()),
    )


def oldest_proof(at: dt.datetime) -> dt.datetime:
    """When a poll that still counts at ``at`` ended at the earliest."""
    return at - dt.timedelta(seconds=INTERVALS * settings.NODE.poll_interval)
