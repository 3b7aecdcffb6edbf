"""Other nodes as the protocol knows them, what they sent and are sent, and how far they agreed.

A message is a row before anything acts on it, and a row before it leaves: a kill between two steps
loses no turn of a poll. Large votes and repairs lie in spool files beside their row.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.common.models import Stamped
from apps.peers.choices import AgreementType, MessageState, PeerSource
from apps.peers.querysets import InboxQuerySet, OutboxQuerySet


class Peer(Stamped):
    """One LCAP identity. With a certificate, only the holder of its key may speak in its name."""

    identity = models.CharField(max_length=64, unique=True, help_text="normalised, TCP:[ip]:port")
    name = models.TextField(blank=True)
    address = models.TextField(blank=True, help_text="host:port to dial instead of the identity's own")
    certificate = models.TextField(blank=True, help_text="PEM")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the certificate, hex")
    certificate_name = models.TextField(blank=True, help_text="common name of the certificate's subject")
    source = models.CharField(max_length=16, choices=PeerSource.choices)
    enabled = models.BooleanField(default=True)
    minor = models.SmallIntegerField(null=True, help_text="protocol revision it is known to want")
    groups = ArrayField(models.TextField(), default=list, blank=True)
    groups_at = models.DateTimeField(null=True)
    message_count = models.PositiveBigIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True)
    last_opcode = models.SmallIntegerField(null=True)
    poller_polls = models.PositiveIntegerField(default=0, help_text="polls of its own that we joined")
    last_poller_at = models.DateTimeField(null=True)
    voter_polls = models.PositiveIntegerField(default=0, help_text="polls of ours that it joined")
    last_voter_at = models.DateTimeField(null=True)
    rejected_polls = models.PositiveIntegerField(default=0)
    last_rejection_at = models.DateTimeField(null=True)
    last_nak = models.CharField(max_length=40, blank=True)
    invitations = models.PositiveIntegerField(default=0)
    last_invitation_at = models.DateTimeField(null=True)
    last_connect_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=~models.Q(fingerprint=""), name="peer_certificate_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.identity


class Message(models.Model):
    """What an inbox and an outbox row share: one encoded LCAP message and where it stands."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="%(class)ss")
    key = models.CharField(max_length=64, help_text="poll key")
    opcode = models.SmallIntegerField()
    auid = models.TextField(blank=True)
    body = models.BinaryField(null=True)
    spool = models.TextField(blank=True, help_text="file below the spool folder, for what is large")
    size = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=MessageState.choices, default=MessageState.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class InboundMessage(Message):
    objects = InboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="inbox_waiting"),
            models.Index(fields=["key", "id"], name="inbox_by_poll"),
            models.Index(fields=["done_at"], condition=~models.Q(state="waiting"), name="inbox_done"),
        ]


class OutboundMessage(Message):
    expires_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_max = models.PositiveSmallIntegerField(default=1)
    retry_interval = models.DurationField(null=True)
    next_attempt_at = models.DateTimeField()

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=models.Q(state="waiting"), name="outbox_waiting"
            ),
            models.Index(fields=["key", "id"], name="outbox_by_poll"),
            models.Index(fields=["done_at"], condition=~models.Q(state="waiting"), name="outbox_done"),
        ]


class Agreement(models.Model):
    """The last and the highest agreement of a peer on an AU, 0.0 to 1.0 (lcap-v3 §6.6).

    ``highest`` is the true maximum; the original lets it decay by a slip (docs/lcap.md).
    """

    au_key = models.ForeignKey("repository.AuKey", on_delete=models.CASCADE, related_name="agreements")
    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="agreements")
    type = models.CharField(max_length=20, choices=AgreementType.choices)
    last = models.FloatField()
    last_at = models.DateTimeField()
    highest = models.FloatField()
    highest_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["au_key", "peer", "type"], name="agreement_once")]


class NoAuPeer(models.Model):
    """A peer that said it does not hold an AU; not invited until the set's age runs out (lcap-v3 §8.6)."""

    au_key = models.ForeignKey("repository.AuKey", on_delete=models.CASCADE, related_name="no_au_peers")
    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["au_key", "peer"], name="no_au_once")]
