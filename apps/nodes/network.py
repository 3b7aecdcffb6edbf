"""The network as far as this node knows it: its peers, what they agree on with us and with each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.display import count_text, percent_text
from apps.common.lists import Column, Table, cells
from apps.common.pages import Action, Cell, Empty, Matrix, Vital
from apps.common.words import Tone
from apps.nodes.choices import MOSTLY, Tally
from apps.nodes.models import PairStatus
from apps.peers.lists import state_cell
from apps.peers.models import Peer
from apps.peers.words import LATELY
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import of_this_year
from apps.polls.detail import heads

MOST_NODES = 24


@dataclass(frozen=True, slots=True)
class NodeRow:
    peer: Peer
    ours: PairStatus | None
    told: PairStatus | None


def nodes() -> QuerySet:
    return Peer.objects.filter(enabled=True)


def _prepared(peers: list[Peer]) -> list[NodeRow]:
    ids = [peer.pk for peer in peers]
    ours = {p.second_id: p for p in PairStatus.objects.filter(first=None, second__in=ids)}
    told = {p.first_id: p for p in PairStatus.objects.filter(first__in=ids, second=None)}
    return [NodeRow(peer, ours.get(peer.pk), told.get(peer.pk)) for peer in peers]


def _agreed(pair: PairStatus | None):
    if pair is None or not pair.aus:
        return cells.text("–")
    said = gettext("%(agreeing)s of %(aus)s") % {
        "agreeing": count_text(pair.agreeing),
        "aus": count_text(pair.aus),
    }
    return cells.toned(_tone(pair.agreeing, pair.aus), said)


NODES = Table(
    name="nodes",
    caption=_("Nodes"),
    columns=(
        Column(
            "name", _("Node"), lambda row: cells.link(str(row.peer), f"/peers/{row.peer.pk}/"), sort="name"
        ),
        Column("state", _("State"), lambda row: state_cell(row.peer)),
        Column("ours", _("Its copies agree"), lambda row: _agreed(row.ours)),
        Column("told", _("It says ours agree"), lambda row: _agreed(row.told), priority=2),
        Column(
            "heard",
            _("Last message"),
            lambda row: cells.age(row.peer.last_message_at),
            sort="last_message_at",
            priority=3,
            descending_first=True,
        ),
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


def identity_line(numbers: Mapping[str, int]) -> str:
    peers = Peer.objects.filter(enabled=True).count()
    nodes_said = ngettext("%s other node", "%s other nodes", peers) % count_text(peers)
    aus = numbers.get(Tally.AUS, 0)
    aus_said = ngettext("%s archival unit here", "%s archival units here", aus) % count_text(aus)
    return gettext("%(nodes)s, %(aus)s. What is said here is what this node has seen itself.") % {
        "nodes": nodes_said,
        "aus": aus_said,
    }


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
            "/aus/?sort=copies",
        ),
        Vital(
            count_text(few),
            ngettext(
                "unit with fewer than %s copies that agree", "units with fewer than %s copies that agree", few
            )
            % count_text(settings.NODE.poll_quorum + 1),
            "/aus/?sort=copies",
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


def matrix() -> Matrix | None:
    """Who agrees with whom; None while nothing was compared."""
    pairs = {(pair.first_id, pair.second_id): pair for pair in PairStatus.objects.all()}
    seen = sorted((pair.aus, pk) for (first, pk), pair in pairs.items() if first is None)
    if not seen:
        return None
    shown = {pk for _aus, pk in seen[-MOST_NODES:]}
    peers = list(Peer.objects.filter(pk__in=shown, enabled=True).order_by("name", "id"))
    names: list[tuple[int | None, str]] = [(None, settings.NODE.name), *((p.pk, str(p)) for p in peers)]
    rows = [(name, [_field(row, column, pairs) for column in names]) for row, name in _keyed(names)]
    return Matrix(gettext("Who agrees with whom"), heads([name for _pk, name in names]), rows)


def _keyed(names):
    return [((pk, name), name) for pk, name in names]


def _field(row: tuple[int | None, str], column: tuple[int | None, str], pairs: Mapping) -> Cell:
    (one, name), (two, other) = row, column
    if one == two:
        return Cell(None)
    pair = pairs.get((one, two)) or (pairs.get((two, one)) if one and two else None)
    page = f"/peers/{two or one}/"
    if pair is None or not pair.aus:
        said = gettext("%(one)s and %(two)s: nothing is known") % {"one": name, "two": other}
        return Cell(Tone.IDLE, said, page)
    said = gettext("%(one)s and %(two)s: %(agreeing)s of %(aus)s agree (%(share)s)") % {
        "one": name,
        "two": other,
        "agreeing": count_text(pair.agreeing),
        "aus": count_text(pair.aus),
        "share": percent_text(pair.agreeing, pair.aus),
    }
    return Cell(_tone(pair.agreeing, pair.aus), said, page)


def _tone(agreeing: int, aus: int) -> Tone:
    """Green where all agrees, amber where most does."""
    if agreeing == aus:
        return Tone.SAFE
    return Tone.CARE if agreeing >= MOSTLY * aus else Tone.HARM
