"""What is wrong with the content: old proofs as one alert, damage without a good copy by archival unit."""

from django.conf import settings
from django.db.models import Q

from apps.nodes.alert_condition import Condition
from apps.nodes.choices import AuWord, Block, word_key
from apps.nodes.choices_alerts import Weight
from apps.nodes.models import AuStatus
from apps.nodes.services.counting import number
from apps.peers.proof_age import INTERVALS
from apps.titles.choices import DOWN

# So many are told by name; a node with more has one trouble, not fifty.
MOST_NAMED = 50


def unproved() -> list[Condition]:
    """AUs whose proof is older than two intervals, as the last scan counted them."""
    n = number(word_key(AuWord.STALE))
    age = int(INTERVALS * settings.NODE.poll_interval)
    return [Condition("aus", Weight.WARNING, {"n": n, "age": age})] if n else []


def damaged() -> list[Condition]:
    """Damaged AUs of which no peer is known to agree with what was here, and which their publisher does not give."""
    rows = AuStatus.objects.filter(word=AuWord.DAMAGED, agreeing=0)
    if settings.NODE.repair_from_publisher:
        rows = rows.filter(~Q(block="") | Q(au__listed__status__in=DOWN) | Q(block=Block.PUBLISHER_DOWN))
    named = rows.order_by("au_id").values_list("au__slug", "au__name")[:MOST_NAMED]
    return [Condition(f"au:{slug}", Weight.CRITICAL, {"name": name}) for slug, name in named]
