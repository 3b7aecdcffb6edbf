"""The list of collection records."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import Risk
from apps.aus.models import CollectionRecord
from apps.common.lists import Cell, Choice, Column, Flag, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.search import words_of
from apps.common.words import Tone

RISK_TONES = {Risk.HIGH: Tone.HARM, Risk.MEDIUM: Tone.CARE, Risk.LOW: Tone.SAFE}


def risk_cell(risk: str) -> Cell:
    return cells.toned(RISK_TONES[Risk(risk)], str(Risk(risk).label))


def _name(row: CollectionRecord) -> Cell:
    note = gettext("closed") if row.closed_at else ""
    return cells.link(row.name, f"/collections/{row.pk}/", note)


def _found(rows: QuerySet, text: str) -> QuerySet:
    for word in words_of(text):
        rows = rows.filter(Q(name_key__contains=word) | Q(institution_key__contains=word))
    return rows


COLLECTIONS = Table(
    name="collections",
    caption=_("Collections"),
    columns=(
        Column("name", _("Collection"), _name, sort="name_key"),
        Column(
            "institution",
            _("Contributed by"),
            lambda row: row.institution,
            sort="institution_key",
            priority=2,
        ),
        Column("risk", _("Risk"), lambda row: risk_cell(row.risk), sort="risk_rank"),
        Column("person", _("Who answers"), lambda row: row.person or "–", priority=3),
        Column("since", _("Since"), lambda row: cells.day(row.since), sort="since", priority=3),
        Column("review", _("Look again"), lambda row: cells.day(row.review_on), sort="review_on", priority=2),
    ),
    filters=(
        Choice("risk", _("Risk"), "risk", Risk.choices),
        Flag("closed", _("Closed"), Q(closed_at__isnull=False)),
    ),
    search=Search(label=_("Collection or institution"), how=_found),
    sort="name",
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
