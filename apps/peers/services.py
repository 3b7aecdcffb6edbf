"""The only writers of peers, their messages and agreements. Nothing here opens a connection."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.text import storable
from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.head import COUNTS, PREFIX, encode_head
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Message, Nak
from apps.lockss.lcap.stream import HeadRead, MessageFault, MessageReader
from apps.peers import spool
from apps.peers.certificates import common_name, fingerprint
from apps.peers.choices import REPAIR_RIGHTS, MessageState, PeerSource
from apps.peers.errors import RegistrationCode, RegistrationError
from apps.peers.models import Agreement, InboundMessage, NoAuPeer, OutboundMessage, Peer

# lcapd listens here for rows that want to leave, so that a turn of a poll takes milliseconds.
OUTBOX_CHANNEL = "lcap_outbox"
PIECE = 256 * 1024
RETRY_AFTER = dt.timedelta(seconds=30)
KEEP_HANDLED = dt.timedelta(days=30)
KEEP_ORPHANS = dt.timedelta(days=1)
# A peer belongs to few; a message may name as many as it likes.
MOST_GROUPS = 100
# Peers that nobody here has chosen.
HEARD_OF = (PeerSource.NOMINATED, PeerSource.INBOUND)


def own_identity() -> PeerId:
    return PeerId.parse(settings.NODE.lcap_identity)


def ensure_peer(*, identity: PeerId, source: PeerSource) -> Peer:
    """The row of ``identity``, made when it is heard of for the first time."""
    peer, _ = Peer.objects.get_or_create(identity=str(identity), defaults={"source": source})
    return peer


def register_peer(
    *,
    identity: PeerId,
    certificate: str = "",
    address: str = "",
    name: str = "",
    user=None,
    new_only: bool = False,
) -> Peer:
    """Enter or change a peer by a person's hand; RegistrationError says what cannot be.

    ``new_only``: one that a person has entered before is not written over. A certificate is replaced, never taken away.
    """
    if identity == own_identity():
        raise RegistrationError(RegistrationCode.OWN_IDENTITY, f"{identity} is this node itself")
    digest = _fingerprint(certificate) if certificate else ""
    if digest and digest == _own_fingerprint():
        raise RegistrationError(
            RegistrationCode.CERTIFICATE_TAKEN, "this is the certificate of this node itself"
        )
    if digest and Peer.objects.filter(fingerprint=digest).exclude(identity=str(identity)).exists():
        raise RegistrationError(
            RegistrationCode.CERTIFICATE_TAKEN, "another peer already uses this certificate"
        )
    new = {
        "certificate": certificate,
        "fingerprint": digest,
        "certificate_name": _certificate_name(certificate),
        "address": address,
        "name": name,
    }
    with transaction.atomic():
        peer = Peer.objects.select_for_update().filter(identity=str(identity)).first()
        if new_only and peer is not None and peer.source not in HEARD_OF:
            raise RegistrationError(
                RegistrationCode.KNOWN, f"{identity} is entered already; change it on its page"
            )
        if peer is not None and not certificate:
            # Also a fingerprint from the settings stays until its certificate is here.
            new |= {
                "certificate": peer.certificate,
                "fingerprint": peer.fingerprint,
                "certificate_name": peer.certificate_name,
            }
        # Whom a person enters is no longer only heard of.
        new["source"] = peer.source if peer and peer.source not in HEARD_OF else PeerSource.REGISTERED
        before = {k: getattr(peer, k) for k in new} if peer else None
        if before == new:
            return peer
        peer, _ = Peer.objects.update_or_create(identity=str(identity), defaults=new)
        audit(user=user, action="peers.register", subject=f"peer:{peer.identity}", before=before, after=new)
    return peer


def _own_fingerprint() -> str:
    try:
        return fingerprint((settings.NODE.keys_dir / "lcap.crt").read_text("ascii"))
    except (OSError, ValueError):
        return ""


def set_enabled(*, peer: Peer, enabled: bool, user=None) -> Peer:
    """Open or close the door to a peer; what it agreed on before stays known."""
    with transaction.atomic():
        row = Peer.objects.select_for_update().get(pk=peer.pk)
        if row.enabled == enabled:
            return row
        row.enabled = enabled
        row.save(update_fields=["enabled", "updated_at"])
        audit(
            user=user,
            action="peers.enable" if enabled else "peers.disable",
            subject=f"peer:{row.identity}",
            before={"enabled": not enabled},
            after={"enabled": enabled},
        )
    return row


def _certificate_name(certificate: str) -> str:
    """Empty where it has none, or one that cannot be read: its fingerprint is what counts."""
    try:
        return common_name(certificate) if certificate else ""
    except ValueError:
        return ""


def _fingerprint(certificate: str) -> str:
    try:
        return fingerprint(certificate)
    except ValueError:
        raise RegistrationError(
            RegistrationCode.BAD_CERTIFICATE,
            "expected a certificate in PEM form (-----BEGIN CERTIFICATE-----)",
        ) from None


def configure_peers() -> int:
    """Enter the peers of the node's settings, with the fingerprints given there; returns how many were new."""
    wanted = {}
    for text in settings.NODE.lcap_peers:
        name, _, pinned = text.partition("#sha256=")
        wanted[str(PeerId.parse(name))] = pinned.lower()
    wanted.pop(str(own_identity()), None)
    known = set(Peer.objects.filter(identity__in=wanted).values_list("identity", flat=True))
    Peer.objects.bulk_create(
        [Peer(identity=i, source=PeerSource.CONFIGURED) for i in sorted(wanted.keys() - known)],
        ignore_conflicts=True,
    )
    Peer.objects.filter(identity__in=wanted, source__in=HEARD_OF).update(source=PeerSource.CONFIGURED)
    for identity, pinned in wanted.items():
        if pinned and not Peer.objects.filter(fingerprint=pinned).exists():
            # What a person has entered since goes before the first peers' list.
            Peer.objects.filter(identity=identity, fingerprint="").update(fingerprint=pinned)
    return len(wanted.keys() - known)


def store_inbound(*, peer: Peer, message: Message, body: bytes | None, spool_name: str, size: int) -> int:
    """Keep a received message before anything acts on it; returns the row's id."""
    header = message.header
    at = now()
    with transaction.atomic():
        row = InboundMessage.objects.create(
            peer=peer,
            key=storable(header.key, 64),
            opcode=message.opcode,
            auid=storable(header.auid),
            body=body,
            spool=spool_name,
            size=size,
        )
        changes = {
            "message_count": F("message_count") + 1,
            "last_message_at": at,
            "last_opcode": int(message.opcode),
        }
        if header.groups:
            told = [storable(group, 200) for group in header.groups[:MOST_GROUPS]]
            changes |= {"groups": told, "groups_at": at}
        Peer.objects.filter(pk=peer.pk).update(**changes)
    return row.pk


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored message: its head decoded, its body still where it lies, from byte ``offset`` on."""

    message: Message
    offset: int
    size: int
    blocks: int
    repair: int


def open_message(row: InboundMessage | OutboundMessage) -> Opened:
    """PeerError when the bytes do not begin with a message, or a repair is not as long as it says."""
    reader = MessageReader()
    with _file(row) as file:
        start = file.read(PREFIX.size)
        properties = int.from_bytes(start[-4:], "big") if len(start) == PREFIX.size else 0
        offset = PREFIX.size + properties + COUNTS.size
        file.seek(0)
        events = reader.feed(file.read(min(offset, row.size)))
    for event in events or reader.finish():
        if isinstance(event, MessageFault):
            raise event.error
        if isinstance(event, HeadRead):
            opened = Opened(event.message, offset, row.size, event.block_count, event.repair_length)
            if opened.repair and opened.repair != row.size - offset:
                raise MessageError(
                    MessageCode.BAD_LENGTH, f"{row.size - offset} repair bytes, {opened.repair} announced"
                )
            return opened
    raise MessageError(MessageCode.TRUNCATED, "the message ends in its head")


def read_body(row: InboundMessage | OutboundMessage, offset: int) -> Iterator[bytes]:
    """The bytes behind the head, in pieces."""
    with _file(row) as file:
        file.seek(offset)
        while piece := file.read(PIECE):
            yield piece


def _file(row: InboundMessage | OutboundMessage) -> BinaryIO:
    return spool.path_of(row.spool).open("rb") if row.spool else BytesIO(row.body)


def finish_inbound(*, row: InboundMessage, error_code: str = "", error: str = "") -> None:
    """Mark a message as acted on, or as refused with its reason. Once; a second call changes nothing."""
    InboundMessage.objects.filter(pk=row.pk, state=MessageState.WAITING).update(
        state=MessageState.REFUSED if error_code else MessageState.DONE,
        done_at=now(),
        error_code=error_code,
        error=error,
    )


@dataclass(frozen=True, slots=True)
class Body:
    """What follows a message's head: ``blocks`` vote records or ``repair`` bytes, ``size`` bytes of ``chunks``."""

    chunks: Iterable[bytes]
    size: int
    blocks: int = 0
    repair: int = 0


NO_BODY = Body((), 0)


def enqueue(
    *,
    peer: Peer,
    message: Message,
    body: Body = NO_BODY,
    expires_at: dt.datetime | None = None,
    retry_max: int = 1,
    retry_interval: dt.timedelta | None = None,
) -> OutboundMessage:
    """Put a message in the outbox; it leaves when the surrounding transaction is committed."""
    at = now()
    head = encode_head(message, body.blocks, body.repair, at.strftime("%a %b %d %H:%M:%S UTC %Y"))
    size = len(head) + body.size
    large = size > spool.IN_ROW
    pieces = chain([head], body.chunks)
    row = OutboundMessage.objects.create(
        peer=peer,
        key=storable(message.header.key, 64),
        opcode=message.opcode,
        auid=storable(message.header.auid),
        body=None if large else b"".join(pieces),
        spool=spool.write("out", pieces) if large else "",
        size=size,
        expires_at=expires_at,
        retry_max=retry_max,
        retry_interval=retry_interval,
        next_attempt_at=at,
    )
    with connection.cursor() as cursor:
        # NOTIFY is part of the transaction: it is heard when, and only when, the row is committed.
        cursor.execute(f"NOTIFY {OUTBOX_CHANNEL}")
    return row


def mark_sent(*, ids: Iterable[int]) -> None:
    OutboundMessage.objects.filter(pk__in=list(ids), state=MessageState.WAITING).update(
        state=MessageState.DONE, done_at=now(), error="", error_code=""
    )


def mark_unsent(*, row: OutboundMessage, error: str) -> None:
    """After a failed attempt: later again while its time and tries last, else expired."""
    at = now()
    again = at + (row.retry_interval or RETRY_AFTER)
    if row.expires_at is not None:
        # A last try shortly before the end beats a rigid interval that would miss it.
        again = min(again, max(at + dt.timedelta(seconds=1), row.expires_at - dt.timedelta(seconds=1)))
    out_of_time = row.expires_at is not None and at >= row.expires_at
    out_of_tries = row.expires_at is None and row.attempts >= row.retry_max
    changes = {"attempts": F("attempts") + 1, "error": error[:500], "next_attempt_at": again}
    if out_of_time or out_of_tries:
        changes |= {"state": MessageState.EXPIRED, "done_at": at}
    OutboundMessage.objects.filter(pk=row.pk, state=MessageState.WAITING).update(**changes)


def expire_outbound() -> int:
    return OutboundMessage.objects.expired(now()).update(state=MessageState.EXPIRED, done_at=now())


def note_connection(*, peer: Peer, error: str = "") -> None:
    """What the last attempt to reach a peer came to."""
    at = now()
    changes = {"last_error": error[:500], "last_error_at": at} if error else {"last_connect_at": at}
    Peer.objects.filter(pk=peer.pk).update(**changes)


def note_invited(*, peer: Peer) -> None:
    Peer.objects.filter(pk=peer.pk).update(invitations=F("invitations") + 1, last_invitation_at=now())


def note_joined_ours(*, peer: Peer) -> None:
    Peer.objects.filter(pk=peer.pk).update(voter_polls=F("voter_polls") + 1, last_voter_at=now())


def learn_minor(*, peer: Peer, minor: int) -> None:
    """Speak this revision to the peer from now on."""
    Peer.objects.filter(pk=peer.pk).update(minor=minor)


def note_called(*, peer: Peer) -> None:
    Peer.objects.filter(pk=peer.pk).update(poller_polls=F("poller_polls") + 1, last_poller_at=now())


def note_declined(*, peer: Peer, nak: Nak | None) -> None:
    Peer.objects.filter(pk=peer.pk).update(
        rejected_polls=F("rejected_polls") + 1, last_rejection_at=now(), last_nak=nak or ""
    )


def record_agreement(*, au_key_id: int, peer: Peer, type: str, value: float) -> None:  # noqa: A002
    """Last and highest agreement of a peer on an AU; ValueError outside 0..1."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"agreement {value} is not between 0 and 1")
    at = now()
    with transaction.atomic():
        row, made = Agreement.objects.select_for_update().get_or_create(
            au_key_id=au_key_id,
            peer=peer,
            type=type,
            defaults={"last": value, "last_at": at, "highest": value, "highest_at": at},
        )
        if made:
            return
        row.last, row.last_at = value, at
        if value >= row.highest:
            row.highest, row.highest_at = value, at
        row.save()


def highest_repair_agreement(*, au_key_id: int, peer: Peer) -> float:
    """The highest agreement that counts for a repair, 0.0 when there is none (lcap-v3 §7.2)."""
    rows = Agreement.objects.filter(au_key_id=au_key_id, peer=peer, type__in=REPAIR_RIGHTS)
    return max(rows.values_list("highest", flat=True), default=0.0)


def note_no_au(*, au_key_id: int, peers: Iterable[Peer], anew: bool = False) -> None:
    """These peers lack the AU. ``anew``: what others said before is too old to count."""
    at = now()
    with transaction.atomic():
        if anew:
            NoAuPeer.objects.filter(au_key_id=au_key_id).delete()
        NoAuPeer.objects.bulk_create(
            [NoAuPeer(au_key_id=au_key_id, peer=p, since=at) for p in peers], ignore_conflicts=True
        )


def forget_no_au(*, au_key_id: int, peer: Peer) -> None:
    NoAuPeer.objects.filter(au_key_id=au_key_id, peer=peer).delete()


def clean_boxes(*, limit: int = 1000) -> int:
    """Drop handled messages older than ``KEEP_HANDLED`` with their spool files; returns how many.

    Spool files that no row names go too, once they are old: a kill between file and row left them.
    """
    before = now() - KEEP_HANDLED
    dropped = 0
    for model, box in ((InboundMessage, "in"), (OutboundMessage, "out")):
        old = list(
            model.objects.filter(done_at__lt=before)
            .exclude(state=MessageState.WAITING)[:limit]
            .only("pk", "spool")
        )
        dropped += model.objects.filter(pk__in=[r.pk for r in old]).delete()[0]
        # A kill in between leaves a file without a row, which the next visit removes.
        for row in old:
            if row.spool:
                spool.remove(row.spool)
        for names in spool.older_than(box, now() - KEEP_ORPHANS):
            named = set(model.objects.filter(spool__in=names).values_list("spool", flat=True))
            for name in names - named:
                spool.remove(name)
    return dropped
