"""Who may speak on a connection, and whether a message on it is really from there and for us."""

from dataclasses import dataclass

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Header
from apps.peers import services
from apps.peers.choices import PeerSource
from apps.peers.errors import ChannelCode, ChannelRefused
from apps.peers.models import Peer


@dataclass(frozen=True, slots=True)
class Rules:
    """``discovery``: unknown identities are let in. ``tls``: a certificate pinned to the identity is needed."""

    own: PeerId
    tls: bool
    discovery: bool


def admit(*, rules: Rules, claimed: PeerId, certificate_sha256: str) -> Peer:
    """The peer that speaks; ChannelRefused says why not.

    Over TLS the certificate decides: it must be the one entered for the claimed identity (the deployed
    Java nodes bind nothing, FINDINGS 14). In the clear the claim is all there is.
    """
    if claimed == rules.own:
        raise ChannelRefused(ChannelCode.WRONG_IDENTITY, "the peer claims this node's own identity")
    peer = Peer.objects.filter(identity=str(claimed)).first()
    if peer is None:
        if rules.tls or not rules.discovery:
            raise ChannelRefused(ChannelCode.UNKNOWN_PEER, f"{claimed} is not a peer of this node")
        peer = services.ensure_peer(identity=claimed, source=PeerSource.INBOUND)
    if not peer.enabled:
        raise ChannelRefused(ChannelCode.DISABLED_PEER, f"{claimed} is switched off here")
    if rules.tls and not peer.fingerprint:
        raise ChannelRefused(ChannelCode.NO_CERTIFICATE, f"no certificate is entered for {claimed}")
    if rules.tls and peer.fingerprint != certificate_sha256:
        raise ChannelRefused(
            ChannelCode.WRONG_CERTIFICATE,
            f"{claimed} showed certificate {certificate_sha256[:16]}…, entered is {peer.fingerprint[:16]}…",
        )
    return peer


def check_header(*, rules: Rules, peer: PeerId, header: Header) -> None:
    """ChannelRefused for a message that names another sender or another recipient (lcap-v3 §3.5).

    Deployed 1.x voters copy the poller's name into ``origId``, so our own name is let pass.
    """
    if header.orig_id not in (None, peer, rules.own):
        raise ChannelRefused(ChannelCode.WRONG_ORIGIN, f"sent by {peer} in the name of {header.orig_id}")
    if header.dest_id not in (None, rules.own):
        raise ChannelRefused(ChannelCode.NOT_FOR_US, f"addressed to {header.dest_id}")
