"""The list of collection records."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import Risk
from apps.aus.models import CollectionRecord
from apps.aus.services.collection_counts import Counts, counts_of
from apps.common.clock import today
from apps.common.display import count_text, day_text
from apps.common.lists import Cell, Choice, Column, Flag, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.search import words_of
from apps.common.words import Tone

RISK_TONES = {Risk.HIGH: Tone.HARM, Risk.MEDIUM: Tone.CARE, Risk.LOW: Tone.SAFE}


def risk_cell(risk: str) -> Cell:
    return cells.toned(RISK_TONES[Risk(risk)], str(Risk(risk).label))


def _name(shown: "_Shown") -> Cell:
    row = shown.row
    note = gettext("closed") if row.closed_at else ""
    return cells.link(row.name, f"/collections/{row.pk}/", note)


def _found(rows: QuerySet, text: str) -> QuerySet:
    for word in words_of(text):
        rows = rows.filter(Q(name_key__contains=word) | Q(institution_key__contains=word))
    return rows


@dataclass(frozen=True, slots=True)
class _Shown:
    row: CollectionRecord
    stands: Counts


def _with_counts(rows: list[CollectionRecord]) -> Iterable[_Shown]:
    found = counts_of(rows)
    return [_Shown(row, found.get(row.pk, Counts())) for row in rows]


def _safe(shown: _Shown) -> Cell:
    """``12 collected, 20 selected, of 35``: from the surest to what there is."""
    found = shown.stands
    said = gettext("%(collected)s collected, %(selected)s selected, of %(listed)s") % {
        "collected": count_text(found.collected),
        "selected": count_text(found.selected),
        "listed": count_text(found.listed),
    }
    if found.agreed is not None:
        said = gettext("%(agreed)s agreed, %(rest)s") % {"agreed": count_text(found.agreed), "rest": said}
    return cells.text(said)


def _is_overdue(row: CollectionRecord) -> bool:
    return row.closed_at is None and row.review_on is not None and row.review_on < today()


def _review(shown: _Shown) -> Cell:
    day = cells.day(shown.row.review_on)
    if not _is_overdue(shown.row):
        return day
    return Cell(
        cells.toned(Tone.CARE, gettext("overdue"), str(day_text(shown.row.review_on))).html, day.value
    )


def _overdue(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(closed_at=None, review_on__lt=today())


COLLECTIONS = Table(
    name="collections",
    caption=_("Collections"),
    columns=(
        Column("name", _("Collection"), _name, sort="name_key"),
        Column(
            "institution",
            _("Contributed by"),
            lambda shown: shown.row.institution,
            sort="institution_key",
            priority=2,
        ),
        Column("risk", _("Risk"), lambda shown: risk_cell(shown.row.risk), sort="risk_rank"),
        Column("person", _("Who answers"), lambda shown: shown.row.person or "–", priority=3),
        Column("since", _("Since"), lambda shown: cells.day(shown.row.since), sort="since", priority=3),
        Column("safe", _("How it stands"), _safe),
        Column("review", _("Look again"), _review, sort="review_on", priority=2),
    ),
    filters=(
        Choice("risk", _("Risk"), "risk", Risk.choices),
        Flag("closed", _("Closed"), Q(closed_at__isnull=False)),
        Choice("review", _("Look again"), "", (("overdue", _("overdue")),), how=_overdue),
    ),
    search=Search(label=_("Collection or institution"), how=_found),
    sort="name",
    prepare=_with_counts,
    noun=lambda n: ngettext("collection", "collections", n),
    empty=Empty(
        _("No collection is described yet"),
        _(
            "A record says who contributes what to the network, why it matters and what threatens it; how its units "
            "stand is added by the machine. A collection librarian writes the first one."
        ),
        Action(_("Describe a collection"), "/collections/new/"),
    ),
)
