from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MemberState(models.TextChoices):
    APPLIED = "applied", _("applied")
    ADMITTED = "admitted", _("member")
    LEFT = "left", _("left")
    EXCLUDED = "excluded", _("excluded")


# Whose nodes should no longer be asked or answered.
GONE = (MemberState.LEFT, MemberState.EXCLUDED)


class ContactRole(models.TextChoices):
    VOTING = "voting", _("speaks and votes for it")
    TECHNICAL = "technical", _("runs its node")
    DEPOSIT = "deposit", _("answers for content")
    HOURS = "hours", _("out of hours")
    SIGNATORY = "signatory", _("signs for it")
    OTHER = "other", _("something else")


class DecisionKind(models.TextChoices):
    ADMIT = "admit", _("admission")
    EXCLUDE = "exclude", _("exclusion")
    LEAVE = "leave", _("leaving")
    OTHER = "other", _("something else")


class DecisionState(models.TextChoices):
    """OPEN is for what is still being voted on; until there are votes nobody enters it (docs/network.md)."""

    OPEN = "open", pgettext_lazy("decision", "open")
    ADOPTED = "adopted", _("adopted")
    REJECTED = "rejected", _("rejected")


# Where an adopted decision takes a member, and from which states it can.
TAKES_TO = {
    DecisionKind.ADMIT: (MemberState.ADMITTED, (MemberState.APPLIED, MemberState.LEFT, MemberState.EXCLUDED)),
    DecisionKind.EXCLUDE: (MemberState.EXCLUDED, (MemberState.ADMITTED,)),
    DecisionKind.LEAVE: (MemberState.LEFT, (MemberState.APPLIED, MemberState.ADMITTED)),
}


class Difference(models.TextChoices):
    """Where the network as people know it and as the protocol knows it are two; the words of the database's view."""

    GONE = "gone", _("left, but its peer is enabled")
    CERTIFICATE = "certificate", _("another name in its certificate")
    UNCLAIMED = "unclaimed", _("a peer that no member claims")
    NO_PEER = "no-peer", _("a member's node that is no peer")
    SHUT = "shut", _("a member's node that is disabled here")
