"""From a status row to the spines that are drawn for it."""

from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext

from apps.common.parts import MOST_SPINES, Copy, CopyState, shelf_label
from apps.nodes.models import AuStatus
from apps.peers.models import Peer

STATES = {str(state)[0]: state for state in CopyState}


def spines(row: AuStatus, names: Mapping[int, str]) -> list[Copy]:
    """The copies of an AU, ours first; of many only their states, because each node is a pixel then."""
    if row.known > MOST_SPINES:
        return [Copy("", STATES[letter]) for number, letter in row.copies for _ in range(number)]
    return [
        Copy(names.get(peer, gettext("a peer")) if peer else settings.NODE.name, STATES[letter])
        for peer, letter in row.copies
    ]


def shelf_said(row: AuStatus, copies: Sequence[Copy]) -> str:
    """``5 of 7 copies agree``; before there is anything to agree on, that."""
    states = [copy.state for copy in copies]
    if not row.urls and all(state == CopyState.SELECTED for state in states):
        return gettext("nothing was collected yet")
    return shelf_label(states)


def peer_names(rows: Iterable[AuStatus]) -> dict[int, str]:
    """The names of all peers that stand on these shelves, by id; one query."""
    wanted = {peer for row in rows if row.known <= MOST_SPINES for peer, _ in row.copies if peer}
    return {peer.pk: str(peer) for peer in Peer.objects.filter(pk__in=wanted).only("name", "identity")}
