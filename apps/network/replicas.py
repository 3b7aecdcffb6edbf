"""Which member each node belongs to."""

from apps.network.lists import own_identity
from apps.network.models import Member, MemberNode
from apps.nodes.replicas import OURS
from apps.peers.models import Peer


def names_of_members() -> dict[int, str]:
    """Of those that have a node; by name."""
    rows = Member.objects.filter(nodes__isnull=False).order_by("name_key").distinct()
    return dict(rows.values_list("pk", "name"))


def members_of_nodes() -> dict[int, int]:
    """By the id of the node's peer; nodes are few. Two queries."""
    claimed = dict(MemberNode.objects.values_list("identity", "member_id"))
    if not claimed:
        return {}
    peers = dict(Peer.objects.filter(identity__in=claimed).values_list("pk", "identity"))
    found = {pk: claimed[identity] for pk, identity in peers.items()}
    return found | ({OURS: claimed[own_identity()]} if own_identity() in claimed else {})
