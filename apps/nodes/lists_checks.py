"""The list of readings of stored bytes against their digests (collecting.md §6)."""

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text
from apps.common.lists import Cell, Choice, Column, Day, Exact, Search, Table, cells
from apps.common.pages import Empty
from apps.common.search import words_of
from apps.common.stored import retold
from apps.nodes.services import yearly
from apps.nodes.words import READINGS
from apps.repository.choices import CheckOutcome
from apps.repository.models import FixityCheck

# Damaged or missing: what the report of a year counts as bad.
BAD = "bad"
# Of what was found, a line names so many; the page of the AU leads to all that is damaged.
MOST_PLACES = 2


def checks() -> QuerySet[FixityCheck]:
    return FixityCheck.objects.select_related("au_key__au")


def _au(row: FixityCheck) -> Cell:
    """Stored content may be of no AU that the catalogue knows any more."""
    au = getattr(row.au_key, "au", None)
    return cells.link(au.name, f"/aus/{au.slug}/") if au else cells.code(row.au_key.auid)


def _places(row: FixityCheck) -> Cell:
    places = [retold(str(one[1])) for one in row.findings]
    found = max(len(places), row.damaged + row.missing + row.not_checkable)
    more = found - min(len(places), MOST_PLACES)
    note = gettext("and %s more") % count_text(more) if places and more else ""
    shown = cells.text(", ".join(places[:MOST_PLACES]), note)
    return Cell(shown.html, "; ".join(places))


def _outcomes() -> list[tuple[str, str]]:
    single = [(str(outcome), str(word.label)) for outcome, word in READINGS.items()]
    return [*single, (BAD, gettext("Damaged or missing"))]


def _with_outcome(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(outcome__in=yearly.BAD) if value == BAD else rows.filter(outcome=value)


def _in_year(rows: QuerySet, year: int) -> QuerySet:
    """As the report of the year counts them."""
    if not yearly.FIRST_YEAR <= year <= yearly.this_year():
        return rows.none()
    start, end = yearly.span(year)
    return rows.filter(finished_at__gte=start, finished_at__lt=end)


def _named(rows: QuerySet, text: str) -> QuerySet:
    for word in words_of(text):
        rows = rows.filter(au_key__au__name_key__contains=word)
    return rows


CHECKS = Table(
    name="checks",
    caption=_("Readings of stored bytes"),
    columns=(
        Column("au", _("Archival unit"), _au),
        Column("began", _("Began"), lambda row: cells.moment(row.started_at), priority=3),
        Column(
            "ended",
            _("Ended"),
            lambda row: cells.moment(row.finished_at),
            sort="finished_at",
            priority=2,
            descending_first=True,
        ),
        Column("outcome", _("Found"), lambda row: cells.status(READINGS[CheckOutcome(row.outcome)])),
        Column("good", _("Good versions"), lambda row: cells.count(row.good), numeric=True, priority=3),
        Column("damaged", _("Damaged"), lambda row: cells.count(row.damaged), numeric=True),
        Column("missing", _("Missing"), lambda row: cells.count(row.missing), numeric=True),
        Column(
            "unread",
            _("Could not be read"),
            lambda row: cells.count(row.not_checkable),
            numeric=True,
            priority=2,
        ),
        Column("places", _("Where"), _places, priority=3),
    ),
    filters=(
        Choice("outcome", _("Found"), "outcome", _outcomes, how=_with_outcome),
        Day("since", _("Ended from"), "finished_at"),
        Day("until", _("to"), "finished_at", until=True),
        Exact("year", _("Ended in the year"), number=True, how=_in_year),
        Exact("au", _("Archival unit"), "au_key__au__slug"),
    ),
    search=Search(label=_("Archival unit"), how=_named),
    sort="-ended",
    noun=lambda n: ngettext("reading", "readings", n),
    empty=Empty(
        _("No stored bytes have been read again yet"),
        _(
            "What is stored is read again and again, and compared with the digest of the day it came. Each reading is "
            "listed here."
        ),
    ),
)
