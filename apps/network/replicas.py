"""Copies are counted by node, replicas by institution: what one institution can lose at once is one replica."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.common.parts import MOST_SPINES, CopyState
from apps.network.lists import own_identity
from apps.network.models import MemberNode
from apps.nodes.models import AuStatus
from apps.peers.models import Peer

AGREED = str(CopyState.AGREED)[0]


@dataclass(frozen=True, slots=True)
class Owners:
    """Which member each peer belongs to, by the peer's id; 0 is this node. Who is claimed by nobody stands alone."""

    members: Mapping[int, int]

    def replicas(self, row: AuStatus) -> int | None:
        """Institutions with a copy that agrees; None where the row no longer says which nodes have one."""
        if row.known > MOST_SPINES:
            return None
        agreed = [peer for peer, letter in row.copies if letter == AGREED]
        return len({self._of(peer) for peer in agreed})

    def _of(self, peer: int) -> tuple[str, int]:
        member = self.members.get(peer)
        return ("peer", peer) if member is None else ("member", member)


def owners(rows: Sequence[AuStatus]) -> Owners:
    """Of the peers that hold copies of these; two queries."""
    wanted = {peer for row in rows if row.known <= MOST_SPINES for peer, _letter in row.copies if peer}
    by_identity = dict(Peer.objects.filter(pk__in=wanted).values_list("identity", "pk"))
    by_identity[own_identity()] = 0
    claimed = MemberNode.objects.filter(identity__in=by_identity)
    return Owners(
        {by_identity[node]: member for node, member in claimed.values_list("identity", "member_id")}
    )
