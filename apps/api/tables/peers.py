"""``Identities``: the other nodes as the protocol knows them."""

from apps.api.choices import Kind
from apps.api.table import Column, StatusTable
from apps.api.tables.registry import Asked, status_table
from apps.lockss.lcap.messages import Opcode
from apps.peers.models import Peer


def _opcode(peer: Peer) -> str | None:
    if peer.last_opcode is None:
        return None
    known = {int(one): one.name for one in Opcode}
    return known.get(peer.last_opcode, str(peer.last_opcode))


COLUMNS = (
    Column("ip", "Peer", Kind.STRING, lambda peer: peer.identity, order="identity"),
    Column(
        "lastMessage", "Last Message", Kind.DATE, lambda peer: peer.last_message_at, order="last_message_at"
    ),
    Column("lastOp", "Message Type", Kind.STRING, _opcode),
    Column("origTot", "Messages", Kind.INT, lambda peer: peer.message_count, order="message_count"),
    Column("origLastPoller", "Last Poll", Kind.DATE, lambda peer: peer.last_poller_at),
    Column("origLastVoter", "Last Vote", Kind.DATE, lambda peer: peer.last_voter_at),
    Column("origLastInvitation", "Last Invitation", Kind.DATE, lambda peer: peer.last_invitation_at),
    Column(
        "origTotalInvitations", "Invitations", Kind.INT, lambda peer: peer.invitations, order="invitations"
    ),
    Column("origPoller", "Polls Called", Kind.INT, lambda peer: peer.poller_polls, order="poller_polls"),
    Column("origVoter", "Votes Cast", Kind.INT, lambda peer: peer.voter_polls, order="voter_polls"),
    Column("pollsRejected", "Polls Rejected", Kind.INT, lambda peer: peer.rejected_polls),
    Column("pollNak", "NAK Reason", Kind.STRING, lambda peer: peer.last_nak or None),
    Column("groups", "Groups", Kind.STRING, lambda peer: ", ".join(peer.groups) or None),
)


@status_table("Identities", "Peer Identities")
def identities(asked: Asked) -> StatusTable:
    rows = Peer.objects.defer("certificate")
    return StatusTable("Identities", "Peer Identities", COLUMNS, rows, order="identity")
