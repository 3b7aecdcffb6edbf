"""What this node could take: units on offer that other nodes hold, that few of them hold, and that nobody chose here.

That another node holds a unit is known from its polls: whoever invites this node to a poll has a copy. Messages are
kept for ``peers.services.KEEP_HANDLED``, so this is what was heard within that time; a unit that nobody called a poll on
is not in the list.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.filters import find_units
from apps.aus.lists import LIST, PLATFORM, PUBLISHER, SET, YEARS, au_noun
from apps.aus.models import Au, SizeKind, SizeSummary
from apps.common.display import size_text
from apps.common.lists import Cell, Choice, Column, Search, Table, cells
from apps.common.pages import Empty
from apps.lockss.lcap.messages import Opcode
from apps.network.lists_copies import enough
from apps.peers.models import InboundMessage
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu

# Of more than so many units those with the fewest holders are offered.
MOST = 2_000


def holders() -> dict[str, int]:
    """AUID → nodes that called a poll on it, of units that are not here; the fewest first, at most ``MOST``."""
    here = Exists(Au.objects.filter(auid=OuterRef("auid")))
    invited = InboundMessage.objects.filter(opcode=Opcode.POLL, peer__enabled=True).exclude(auid="")
    counted = invited.exclude(here).order_by().values("auid").annotate(nodes=Count("peer", distinct=True))
    few = counted.filter(nodes__lt=enough()).order_by("nodes", "auid")
    return dict(few.values_list("auid", "nodes")[:MOST])


def takeable() -> QuerySet[ListedAu]:
    """Units on offer with ``holders``: how many other nodes are known to hold them. One query more, for those."""
    known = holders()
    by_number: dict[int, list[str]] = {}
    for auid, nodes in known.items():
        by_number.setdefault(nodes, []).append(auid)
    whens = [When(auid__in=auids, then=Value(nodes)) for nodes, auids in by_number.items()]
    rows = ListedAu.objects.filter(auid__in=list(known), status__in=RELEASED)
    return rows.select_related("title", "publisher").annotate(
        holders=Case(*whens, default=Value(0), output_field=IntegerField())
    )


@dataclass(frozen=True, slots=True)
class Offer:
    row: ListedAu
    size: tuple[int, int] | None


def _prepared(rows: list[ListedAu]) -> Iterable[Offer]:
    wanted = {(kind, ref) for row in rows for kind, ref in _kin(row)}
    found = SizeSummary.objects.filter(ref__in={ref for _kind, ref in wanted}, known__gt=0)
    known = {(one.kind, one.ref): (one.size_low, one.size_high) for one in found}
    return [Offer(row, next((known[kin] for kin in _kin(row) if kin in known), None)) for row in rows]


def _kin(row: ListedAu) -> list[tuple[str, str]]:
    """What its size is guessed by, the nearest first."""
    return [
        (SizeKind.TITLE.value, str(row.title_id)),
        (SizeKind.PUBLISHER.value, str(row.publisher_id)),
        (SizeKind.PLATFORM.value, row.plugin_id),
    ]


def _size(offer: Offer) -> Cell:
    if offer.size is None:
        return cells.text(gettext("not known"))
    low, high = (size_text(one) for one in offer.size)
    return Cell(cells.text(low if low == high else f"{low} – {high}").html, offer.size[1])


def _holders(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(holders=int(value))


TAKE = Table(
    name="take",
    caption=_("What this node could take"),
    columns=(
        Column(
            "name",
            _("Archival unit"),
            lambda offer: cells.link(
                offer.row.name, f"/titles/au/{offer.row.slug}/", offer.row.publisher.name
            ),
            sort="name_key",
        ),
        Column(
            "title",
            _("Title"),
            lambda offer: cells.link(offer.row.title.name, f"/titles/{offer.row.title_id}/"),
            priority=2,
        ),
        Column(
            "holders",
            _("Nodes that hold it"),
            lambda offer: cells.count(offer.row.holders),
            sort="holders",
            numeric=True,
            never_null=True,
        ),
        Column("size", _("Size, about"), _size, numeric=True, priority=2),
        Column("year", _("Year"), lambda offer: offer.row.year, sort="first_year", numeric=True, priority=3),
    ),
    filters=(
        Choice(
            "holders",
            _("Nodes that hold it"),
            "holders",
            lambda: [(str(n), str(n)) for n in range(1, enough())],
            how=_holders,
        ),
        PUBLISHER,
        PLATFORM,
        YEARS,
        LIST,
        SET,
    ),
    search=Search(label=_("Title, ISSN, ISBN, volume or year"), how=find_units),
    sort="holders",
    prepare=_prepared,
    noun=au_noun,
    empty=Empty(
        _("Nothing asks for more copies"),
        _(
            "When other nodes call polls on something that the lists offer, that few of them hold and nobody chose "
            "here, it stands in this list."
        ),
    ),
)


def sentence(number: int) -> str:
    return (
        ngettext(
            "Held by fewer than %s nodes as far as this one has heard within 30 days, and not chosen here.",
            "Held by fewer than %s nodes as far as this one has heard within 30 days, and not chosen here.",
            number,
        )
        % number
    )
