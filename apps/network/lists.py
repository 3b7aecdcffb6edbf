"""The lists of members, of decisions, and of nodes as people and the protocol know them."""

from dataclasses import dataclass, replace
from functools import partial

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.lists import Cell, Choice, Column, Exact, Search, Table, cells
from apps.common.opening import may_open
from apps.common.pages import Action, Empty
from apps.common.parts import toned
from apps.common.search import fold
from apps.network.choices import DecisionKind, DecisionState, Difference, MemberState
from apps.network.models import Decision, KnownNode, Member
from apps.network.words import DIFFERENCES, MEMBERS, SAME
from apps.peers.lists import state_cell

DECISION_TONES = {
    DecisionState.OPEN: "idle",
    DecisionState.ADOPTED: "safe",
    DecisionState.REJECTED: "care",
}


def members() -> QuerySet[Member]:
    return Member.objects.annotate(node_count=Count("nodes"))


def _found(rows: QuerySet, text: str) -> QuerySet:
    for word in text.split()[: Search.MOST_WORDS]:
        rows = rows.filter(
            Q(name_key__contains=fold(word))
            | Q(short_name__icontains=word)
            | Q(isil__iexact=word)
            | Q(ror__iexact=word.rpartition("/")[2])
        )
    return rows


def _countries() -> list[tuple[str, str]]:
    used = Member.objects.exclude(country="").order_by("country").values_list("country", flat=True).distinct()
    return [(one, one) for one in used]


MEMBERS_TABLE = Table(
    name="members",
    caption=_("Members"),
    columns=(
        Column(
            "name",
            _("Member"),
            lambda row: cells.link(row.name, f"/network/members/{row.pk}/", row.short_name),
            sort="name_key",
        ),
        Column("state", _("State"), lambda row: cells.status(MEMBERS[MemberState(row.state)]), sort="state"),
        Column("nodes", _("Nodes"), lambda row: cells.count(row.node_count), sort="node_count", numeric=True),
        Column("country", _("Country"), lambda row: row.country or "–", sort="country", priority=2),
        Column(
            "admitted",
            _("Admitted"),
            lambda row: cells.day(row.admitted_on),
            sort="admitted_on",
            priority=2,
            descending_first=True,
        ),
        Column("closed", _("Left"), lambda row: cells.day(row.closed_on), sort="closed_on", priority=3),
        Column("isil", _("ISIL"), lambda row: cells.code(row.isil) if row.isil else "–", priority=3),
    ),
    filters=(
        Choice("state", _("State"), "state", MemberState.choices),
        Choice("country", _("Country"), "country", _countries),
    ),
    search=Search(label=_("Name, ISIL or ROR"), how=_found),
    sort="name",
    noun=lambda n: ngettext("member", "members", n),
    empty=Empty(
        _("No member is entered yet"),
        _(
            "A network is institutions that promised each other something. Enter who they are, which nodes are "
            "theirs, and who decided that they belong to it."
        ),
        Action(_("Enter a member"), "/network/members/new/"),
    ),
)


def decision_state(row: Decision) -> Cell:
    state = DecisionState(row.state)
    return Cell(toned(DECISION_TONES[state], str(state.label)), str(state.label))


def _whom(row: Decision) -> str:
    return row.member.name if row.member else gettext("the network")


def _decision(row: Decision) -> Cell:
    """On a telephone the member's column gives way; who it is about stands below."""
    shown = cells.link(str(row.get_kind_display()), f"/network/decisions/{row.pk}/", row.text[:120])
    return cells.beneath(shown, _whom(row))


DECISIONS = Table(
    name="decisions",
    caption=_("Decisions"),
    columns=(
        Column(
            "on",
            _("Decided on"),
            lambda row: cells.day(row.decided_on),
            sort="decided_on",
            descending_first=True,
        ),
        Column("what", _("Decision"), _decision),
        Column(
            "member",
            _("Member"),
            lambda row: (
                cells.link(_whom(row), f"/network/members/{row.member_id}/")
                if row.member
                else cells.text(_whom(row))
            ),
            priority=2,
        ),
        Column("state", _("State"), decision_state),
        Column("body", _("By whose decision"), lambda row: row.body, priority=2),
        Column("deciders", _("Who decided"), lambda row: ", ".join(row.deciders), priority=3),
    ),
    filters=(
        Choice("kind", _("About"), "kind", DecisionKind.choices),
        Choice("state", _("State"), "state", DecisionState.choices),
        Exact("member", _("Member"), "member", number=True),
    ),
    search=Search(("text", "body", "member__name"), label=_("Words of it")),
    sort="-on",
    noun=lambda n: ngettext("decision", "decisions", n),
    empty=Empty(
        _("No decision is on record"),
        _("Who was admitted or excluded, when, and by whom, is written down here and never deleted."),
    ),
)


def decisions() -> QuerySet[Decision]:
    return Decision.objects.select_related("member")


def own_identity() -> str:
    return settings.NODE.lcap_identity


def known_nodes() -> QuerySet[KnownNode]:
    """All but this node itself: nobody is a peer of its own."""
    return KnownNode.objects.exclude(identity=own_identity()).select_related("peer", "node", "member")


def different() -> QuerySet[KnownNode]:
    return known_nodes().exclude(difference="")


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong with a node, and the one act that comes next."""

    sentence: str
    action: Action


def advice(row: KnownNode) -> Advice:
    kind = Difference(row.difference)
    member = row.member.name if row.member else ""
    if kind == Difference.UNCLAIMED:
        said = gettext("This node asks and answers it, and no member says that it is its own.")
        return Advice(said, Action(gettext("Say whose it is"), f"/network/nodes/claim/?peer={row.peer_id}"))
    if kind == Difference.NO_PEER:
        said = gettext("%s has this node, and it is no peer here.") % member
        return Advice(said, Action(gettext("Enter the peer"), f"/peers/new/?identity={row.identity}"))
    page = f"/peers/{row.peer_id}/"
    if kind == Difference.GONE:
        state = MemberState(row.member.state).label
        said = gettext("%(member)s is “%(state)s”, and its peer is still enabled.") % {
            "member": member,
            "state": state,
        }
        return Advice(said, Action(gettext("Disable the peer"), f"{page}disable/", post=True))
    if kind == Difference.SHUT:
        said = gettext("It belongs to %s, and this node neither asks nor answers it.") % member
        return Advice(said, Action(gettext("Enable the peer"), f"{page}enable/", post=True))
    said = gettext("Its certificate names “%(seen)s”; %(member)s gave “%(given)s”.") % {
        "seen": row.peer.certificate_name or "–",
        "member": member,
        "given": row.node.certificate_name,
    }
    return Advice(said, Action(gettext("Look at the peer"), page))


def _whose(row: KnownNode) -> Cell:
    if row.member is None:
        return cells.text("–")
    note = (
        "" if row.member.state == MemberState.ADMITTED else str(MEMBERS[MemberState(row.member.state)].label)
    )
    return cells.link(row.member.name, f"/network/members/{row.member_id}/", note)


def _named(row: KnownNode) -> Cell:
    page = f"/peers/{row.peer_id}/" if row.peer_id else f"/network/nodes/{row.node_id}/change/"
    return cells.link(row.name or row.identity, page, row.identity)


def _difference(row: KnownNode, user=None) -> Cell:
    if not row.difference:
        return cells.status(SAME) if row.member else cells.text("–")
    said = advice(row)
    word = cells.status(DIFFERENCES[Difference(row.difference)], said.sentence)
    if said.action.post or not may_open(user, said.action.url):
        return word
    link = format_html('<a href="{}">{}</a>', said.action.url, said.action.label)
    return Cell(format_html("{} {}", word.html, link), word.value)


def known_nodes_for(user) -> Table:
    """The list with the next act only where ``user`` may do it."""
    columns = tuple(
        replace(one, show=partial(_difference, user=user)) if one.key == "difference" else one
        for one in KNOWN_NODES.columns
    )
    return replace(KNOWN_NODES, columns=columns)


KNOWN_NODES = Table(
    name="known-nodes",
    caption=_("Nodes, as people and as the protocol know them"),
    columns=(
        Column("node", _("Node"), _named, sort="name"),
        Column("member", _("Member"), _whose),
        Column(
            "peer",
            _("As a peer"),
            lambda row: state_cell(row.peer) if row.peer else cells.text("–"),
            priority=2,
        ),
        Column("difference", _("Difference"), _difference),
        Column(
            "certificate",
            _("Name in its certificate"),
            lambda row: (
                cells.code(row.peer.certificate_name)
                if row.peer and row.peer.certificate_name
                else cells.text("–")
            ),
            priority=3,
        ),
    ),
    filters=(
        Choice(
            "difference",
            _("Difference"),
            "difference",
            lambda: [("any", gettext("any")), *Difference.choices],
            how=lambda rows, value: (
                rows.exclude(difference="") if value == "any" else rows.filter(difference=value)
            ),
        ),
        Exact("member", _("Member"), "member", number=True),
    ),
    search=Search(("name", "identity", "member__name"), label=_("Name, identity or member")),
    sort="node",
    noun=lambda n: ngettext("node", "nodes", n),
    empty=Empty(
        _("No other node is known yet"),
        _("As soon as a peer is entered, or a member says which nodes are its own, they are compared here."),
    ),
)
