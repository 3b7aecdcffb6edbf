"""The network as people know it: its members, who speaks for them, their nodes, what they signed and what was decided.

Members and decisions are never deleted. What is personal stands in ``MemberContact`` alone, and can be erased there.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.common.models import Stamped
from apps.network.choices import ContactRole, DecisionKind, DecisionState, Difference, MemberState


class Versioned(Stamped):
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, unique=True, help_text="of the form: sent twice, it is one row")

    class Meta:
        abstract = True


class Member(Versioned):
    """An institution. Its state is only ever changed by a ``Decision``."""

    name = models.TextField()
    name_key = models.TextField(unique=True, help_text="the name folded: one institution is entered once")
    short_name = models.CharField(max_length=40, blank=True, help_text="where there is little room")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2, upper case")
    web = models.TextField(blank=True)
    isil = models.CharField(max_length=16, blank=True, help_text="ISO 15511, as its registry writes it")
    ror = models.CharField(max_length=9, blank=True, help_text="the last part of its ROR address")
    state = models.CharField(max_length=16, choices=MemberState.choices, default=MemberState.APPLIED)
    applied_on = models.DateField()
    admitted_on = models.DateField(null=True, help_text="by the newest admission")
    closed_on = models.DateField(null=True, help_text="when it left or was excluded")
    notes = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["isil"], condition=~Q(isil=""), name="member_isil_once"),
            models.UniqueConstraint(fields=["ror"], condition=~Q(ror=""), name="member_ror_once"),
        ]
        indexes = [models.Index(fields=["state", "name_key", "id"], name="member_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def short(self) -> str:
        return self.short_name or self.name


class MemberContact(Versioned):
    """A person of a member. Erased, the row keeps the role and says when; the audit record never had the rest."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contacts")
    role = models.CharField(max_length=16, choices=ContactRole.choices)
    name = models.TextField(blank=True)
    email = models.EmailField(max_length=254, blank=True)
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class MemberNode(Versioned):
    """A node that a member says is its own. Joined with ``peers.Peer`` by identity, because either may come first."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="nodes")
    identity = models.CharField(max_length=64, unique=True, help_text="normalised, TCP:[ip]:port")
    name = models.TextField(blank=True)
    certificate_name = models.TextField(
        blank=True, help_text="name that its certificate should have; empty: any"
    )

    def __str__(self) -> str:
        return self.name or self.identity


class Membership(Versioned):
    """An agreement of membership. A new edition of its text is a new row; the older one ends."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="memberships")
    name = models.TextField(help_text="as the parties call it")
    edition = models.CharField(max_length=40, blank=True, help_text="version of the text that was signed")
    signed_on = models.DateField(null=True, blank=True)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True, help_text="last day on which it holds; empty = for good")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("starts")),
                name="membership_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.edition}".strip()


class Decision(models.Model):
    """What was decided, by whom and when. The database refuses to delete it, and to change what it says.

    ``signature`` is for the detached signature of docs/network.md; nothing writes it yet.
    """

    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=16, choices=DecisionKind.choices)
    state = models.CharField(max_length=16, choices=DecisionState.choices, default=DecisionState.ADOPTED)
    decided_on = models.DateField()
    body = models.TextField(help_text="by whose decision: the steering committee, the members' meeting")
    deciders = ArrayField(models.TextField(), default=list, help_text="names of those who decided")
    text = models.TextField()
    signature = models.BinaryField(null=True)
    entered_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    request_key = models.UUIDField(
        null=True, unique=True, help_text="of the form: sent twice, it is one decision"
    )

    class Meta:
        indexes = [models.Index(fields=["-decided_on", "-id"], name="decision_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.decided_on}"


class Paper(models.Model):
    """A file that belongs to a member, an agreement of membership or a decision. Only ever added."""

    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="papers")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="papers")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="papers")
    name = models.TextField(help_text="as it was called where it came from")
    path = models.TextField(help_text="below the node's network folder")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    added_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "membership", "decision", "sha256"],
                name="network_paper_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name


class KnownNode(models.Model):
    """Peers beside members' nodes, by identity: a view over both, never behind them."""

    identity = models.CharField(max_length=64, primary_key=True)
    name = models.TextField(help_text="as the member calls it, else as this node calls its peer")
    peer = models.ForeignKey("peers.Peer", null=True, on_delete=models.DO_NOTHING, related_name="+")
    node = models.ForeignKey(MemberNode, null=True, on_delete=models.DO_NOTHING, related_name="+")
    member = models.ForeignKey(Member, null=True, on_delete=models.DO_NOTHING, related_name="+")
    difference = models.CharField(max_length=16, choices=Difference.choices, blank=True)

    class Meta:
        managed = False
        db_table = "network_knownnode"

    def __str__(self) -> str:
        return self.name or self.identity
