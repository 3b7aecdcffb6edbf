"""The lists behind the page of an AU: every comparison, how each peer voted, damaged versions."""

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.models import Au
from apps.common.lists import Cell, Choice, Column, Flag, Search, Table, cells
from apps.common.pages import Empty
from apps.peers.choices import REPAIR_RIGHTS, AgreementType
from apps.peers.lists import compared_with, last_cell, value_cell
from apps.peers.models import Agreement, Peer
from apps.polls.lists import url_page
from apps.repository.choices import SUSPECT, ArtifactState
from apps.repository.models import Artifact


def _peer(row: Agreement) -> Cell:
    return cells.link(str(row.peer), f"/peers/{row.peer_id}/")


def _best(row: Agreement) -> Cell:
    """The highest ever, and what it gives a right to."""
    proved = row.type in REPAIR_RIGHTS and row.highest >= settings.NODE.repair_min_agreement
    return value_cell(row.highest, gettext("may be repaired from our copy") if proved else "")


COMPARISONS = Table(
    name="comparisons",
    caption=_("Every comparison"),
    columns=(
        Column("peer", _("Node"), _peer),
        Column("type", _("In"), lambda row: row.get_type_display()),
        Column("last", _("Last"), last_cell),
        Column("with", _("Compared with"), compared_with),
        Column("at", _("When"), lambda row: cells.moment(row.last_at), priority=2),
        Column("best", _("At best"), _best, priority=2),
        Column("best_at", _("When"), lambda row: cells.moment(row.highest_at), priority=3),
    ),
    filters=(
        Choice("type", _("In"), "type", AgreementType.choices),
        Flag("whole", _("Agrees wholly"), Q(last__gte=1)),
    ),
    noun=lambda n: ngettext("comparison", "comparisons", n),
    empty=Empty(
        _("Compared with nobody yet"),
        _("As soon as a poll has been counted, each peer's copy is told here."),
    ),
)


def votes_on(au: Au) -> QuerySet[Peer]:
    """Peers whose votes were counted in the polls on it that are kept, with what they come to."""
    whole, less = Q(participations__agreement__gte=1), Q(participations__agreement__lt=1)
    ended = "participations__poll__ended_at"
    return Peer.objects.filter(
        participations__poll__au=au.pk, participations__agreement__isnull=False
    ).annotate(
        counted=Count("participations"),
        whole=Count("participations", filter=whole),
        last_whole=Max(ended, filter=whole),
        last_less=Max(ended, filter=less),
    )


VOTERS = Table(
    name="voters",
    caption=_("How each peer voted"),
    columns=(
        Column("peer", _("Node"), lambda peer: cells.link(str(peer), f"/peers/{peer.pk}/")),
        Column("votes", _("Votes"), lambda peer: cells.count(peer.counted), numeric=True),
        Column("whole", _("Agreed"), lambda peer: cells.count(peer.whole), numeric=True),
        Column("last_whole", _("Agreed last"), lambda peer: cells.moment(peer.last_whole), priority=2),
        Column("last_less", _("Differed last"), lambda peer: cells.moment(peer.last_less), priority=2),
    ),
    noun=lambda n: ngettext("peer", "peers", n),
    empty=Empty(
        _("Nobody's vote has been counted yet"),
        _("It begins when an archival unit is collected and peers answer its first poll."),
    ),
)


def suspect_of(au: Au) -> QuerySet[Artifact]:
    """Versions of any age whose bytes are wrong or gone."""
    return Artifact.objects.filter(au_key=au.pk, state__in=[str(state) for state in SUSPECT])


def suspects(au: Au) -> Table:
    """The list of them, for the page of this AU."""
    return Table(
        name="suspect",
        caption=_("Damaged or missing versions"),
        columns=(
            Column("url", _("URL"), lambda one: cells.code(one.url, url_page(au.slug, one.url)), sort="url"),
            Column(
                "version", _("Version"), lambda one: cells.count(one.version), numeric=True, sort="version"
            ),
            Column("state", _("State"), lambda one: str(ArtifactState(one.state).label)),
            Column("sha256", _("SHA-256"), lambda one: cells.code(bytes(one.sha256).hex()), priority=3),
            Column(
                "collected",
                _("Collected"),
                lambda one: cells.moment(one.collected_at),
                sort="collected_at",
                priority=2,
                descending_first=True,
            ),
            Column("good", _("Last good"), lambda one: cells.moment(one.last_good_check), priority=2),
        ),
        filters=(
            Choice("state", _("State"), "state", [(str(s), s.label) for s in ArtifactState if s in SUSPECT]),
            Flag("newest", _("The newest of its URL"), Q(is_current=True)),
        ),
        search=Search(("url__contains",), label=_("Part of the URL")),
        sort="url",
        noun=lambda n: ngettext("version", "versions", n),
        empty=Empty(
            _("No version is damaged or missing"),
            _("Stored bytes are read again and again, and compared with the digest of the day they came."),
        ),
    )
