"""The network's page: its nodes, what each says of itself and what this node has seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.display import count_text
from apps.common.lists import Cell, Column, Table, cells
from apps.common.pages import Action, Empty, Vital
from apps.network.matrix import tone_of
from apps.network.models import Member, MemberNode
from apps.nodes.choices import Tally
from apps.nodes.models import PairStatus
from apps.peers.lists import state_cell
from apps.peers.models import Peer
from apps.peers.words import LATELY
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import of_this_year


@dataclass(frozen=True, slots=True)
class NodeRow:
    peer: Peer
    member: Member | None
    ours: PairStatus | None
    told: PairStatus | None


def nodes() -> QuerySet:
    return Peer.objects.filter(enabled=True)


def _prepared(peers: list[Peer]) -> list[NodeRow]:
    ids = [peer.pk for peer in peers]
    ours = {p.second_id: p for p in PairStatus.objects.filter(first=None, second__in=ids)}
    told = {p.first_id: p for p in PairStatus.objects.filter(first__in=ids, second=None)}
    claimed = MemberNode.objects.filter(identity__in=[peer.identity for peer in peers])
    members = {node.identity: node.member for node in claimed.select_related("member")}
    return [NodeRow(peer, members.get(peer.identity), ours.get(peer.pk), told.get(peer.pk)) for peer in peers]


def _agreed(pair: PairStatus | None) -> Cell:
    if pair is None or not pair.aus:
        return cells.text("–")
    said = gettext("%(agreeing)s of %(aus)s") % {
        "agreeing": count_text(pair.agreeing),
        "aus": count_text(pair.aus),
    }
    return cells.toned(tone_of(pair.agreeing, pair.aus), said)


def _member(row: NodeRow) -> Cell:
    if row.member is None:
        return cells.text("–")
    return cells.link(row.member.short, f"/network/members/{row.member.pk}/")


def _heard(row: NodeRow) -> Cell:
    """When it spoke last; and that it could not be reached, where that is newer than having reached it."""
    peer, found = row.peer, cells.age(row.peer.last_message_at)
    failed = peer.last_error_at and (
        peer.last_connect_at is None or peer.last_error_at > peer.last_connect_at
    )
    if not failed:
        return found
    note = gettext("not reached: %s") % peer.last_error[:120]
    return Cell(format_html('{}<span class="note">{}</span>', found.html, note), found.value)


def _says(row: NodeRow) -> Cell:
    """What it told of itself: the revision of the protocol, its groups, the name in its certificate; no message of
    the protocol names its software."""
    peer = row.peer
    said = [gettext("revision %d") % peer.minor] if peer.minor is not None else []
    return cells.text(", ".join([*said, *peer.groups[:3]]) or "–", peer.certificate_name)


NODES = Table(
    name="nodes",
    caption=_("Nodes"),
    columns=(
        Column(
            "name", _("Node"), lambda row: cells.link(str(row.peer), f"/peers/{row.peer.pk}/"), sort="name"
        ),
        Column("member", _("Member"), _member, priority=2),
        Column("state", _("State"), lambda row: state_cell(row.peer)),
        Column("ours", _("Its copies agree"), lambda row: _agreed(row.ours)),
        Column("told", _("It says ours agree"), lambda row: _agreed(row.told), priority=2),
        Column(
            "heard",
            _("Last message"),
            _heard,
            sort="last_message_at",
            priority=3,
            descending_first=True,
        ),
        Column("says", _("Protocol, groups, certificate"), _says, priority=3),
    ),
    sort="name",
    prepare=_prepared,
    noun=lambda n: ngettext("node", "nodes", n),
    empty=Empty(
        _("No other node is known yet"),
        _("Copies are safe when other nodes can say whether they are still right."),
        Action(_("Enter a peer"), "/peers/new/"),
    ),
)


def identity_line(numbers: Mapping[str, int]) -> SafeString | str:
    peers = Peer.objects.filter(enabled=True).count()
    nodes_said = ngettext("%s other node", "%s other nodes", peers) % count_text(peers)
    aus = numbers.get(Tally.AUS, 0)
    aus_said = ngettext("%s archival unit here", "%s archival units here", aus) % count_text(aus)
    said = gettext("%(nodes)s, %(aus)s. What is said here is what this node has seen itself.") % {
        "nodes": nodes_said,
        "aus": aus_said,
    }
    return format_html("{} {}", said, lacking) if (lacking := uncollected_line(numbers)) else said


def uncollected_line(numbers: Mapping[str, int]) -> SafeString | str:
    """That copies are counted only of what is collected, and what is not; empty where all is."""
    number = numbers.get(Tally.AUS, 0) - numbers.get(Tally.COLLECTED, 0)
    if number <= 0:
        return ""
    said = ngettext(
        "Copies are counted of what is collected; %s archival unit is not yet.",
        "Copies are counted of what is collected; %s archival units are not yet.",
        number,
    )
    return format_html(
        '{} <a href="/aus/?uncollected=yes">{}</a>', said % count_text(number), gettext("See which")
    )


def vitals(numbers: Mapping[str, int]) -> list[Vital]:
    known = Peer.objects.filter(enabled=True)
    total = known.count()
    heard = known.filter(last_message_at__gte=now() - LATELY).count()
    few = numbers.get(Tally.FEW_COPIES, 0)
    lapse = PublisherAgreement.objects.filter(of_this_year()).count()
    copies = numbers.get(Tally.MEDIAN_COPIES, 0)
    return [
        Vital(
            gettext("%(heard)s of %(total)s") % {"heard": count_text(heard), "total": count_text(total)},
            gettext("nodes heard from within a day"),
            "/peers/?sort=-heard",
        ),
        Vital(
            count_text(copies),
            ngettext("copy of the median unit agrees", "copies of the median unit agree", copies),
            "/network/copies/",
        ),
        Vital(
            count_text(few),
            ngettext(
                "collected unit with fewer than %s copies that agree",
                "collected units with fewer than %s copies that agree",
                few,
            )
            % count_text(settings.NODE.poll_quorum + 1),
            "/network/copies/?copies=few",
        ),
        Vital(
            count_text(lapse),
            ngettext(
                "publisher agreement ends or ended this year",
                "publisher agreements end or ended this year",
                lapse,
            ),
            "/permissions/agreements/?ends=year&sort=ends",
        ),
    ]
