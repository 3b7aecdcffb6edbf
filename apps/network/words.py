"""Members and their nodes in words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.common.words import Tone, Word
from apps.network.choices import Difference, MemberState

MEMBERS = {
    MemberState.APPLIED: Word(
        "member-applied",
        Tone.IDLE,
        pgettext_lazy("member", "Asks to join"),
        _("It asked to join; nobody has decided yet."),
    ),
    MemberState.ADMITTED: Word(
        "member-admitted", Tone.SAFE, _("Member"), _("A decision of the network admitted it.")
    ),
    MemberState.LEFT: Word(
        "member-left", Tone.IDLE, _("Left"), _("It went of its own will. What it held may go with it.")
    ),
    MemberState.EXCLUDED: Word(
        "member-excluded", Tone.IDLE, _("Excluded"), _("A decision of the network closed its membership.")
    ),
}
DIFFERENCES = {
    Difference.GONE: Word(
        "node-gone",
        Tone.HARM,
        _("Still enabled"),
        _("Its member left or was excluded, and this node still asks and answers it."),
    ),
    Difference.CERTIFICATE: Word(
        "node-certificate",
        Tone.HARM,
        _("Other certificate"),
        _("The name in its certificate is not the one that the member gave."),
    ),
    Difference.UNCLAIMED: Word(
        "node-unclaimed",
        Tone.CARE,
        _("Nobody's"),
        _("This node speaks with a peer that no member says is its own."),
    ),
    Difference.NO_PEER: Word(
        "node-no-peer",
        Tone.CARE,
        _("No peer"),
        _("A member has this node, and it is not entered as a peer here: it is neither asked nor answered."),
    ),
    Difference.SHUT: Word(
        "node-shut",
        Tone.CARE,
        _("Shut out"),
        _("It belongs to a member, and somebody here disabled its peer."),
    ),
}
SAME = Word(
    "node-known", Tone.SAFE, _("Known"), _("The member says it is its own, and the protocol knows it too.")
)
ALL = (*MEMBERS.values(), *DIFFERENCES.values(), SAME)
