"""When an AU counts as preserved: one rule for pages and reports.

The newest quorate poll over all its URLs found full agreement, with at least a quorum of agreeing peers, is not older
than two poll intervals, and not older than the last damage that was found here (docs/kbart.md).
"""

from django.conf import settings
from django.db.models import Q

from apps.common.clock import now
from apps.peers.proof_age import oldest_proof, since_damage


def proved() -> Q:
    """Filter of AUs."""
    return Q(
        poll_status__agreement=1.0,
        poll_status__agreeing_peers__gte=settings.NODE.poll_quorum,
        poll_status__last_complete_at__gte=oldest_proof(now()),
    ) & since_damage("key__summary", "poll_status__last_complete_at")
