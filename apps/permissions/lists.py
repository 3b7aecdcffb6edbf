"""The list of written agreements."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.common.lists import Choice, Column, Exact, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.permissions.choices import Right, Said, ScopeKind
from apps.permissions.services import coming_to_an_end, of_this_year, standing_as, today
from apps.permissions.standing import agreement_word, renewal_note
from apps.permissions.words import AGREEMENTS as WORDS

SPANS = (
    ("year", _("this year, also those that ended")),
    ("30", _("within 30 days")),
    ("90", _("within 90 days")),
    ("365", _("within a year")),
)
STATES = tuple((state.value, word.label) for state, word in WORDS.items())
_ANSWERS = ((Said.YES, "yes"), (Said.NO, "no"), (Said.NOTHING, "unsaid"))


def _ending(rows: QuerySet, days: str) -> QuerySet:
    """Of those that are signed: which end by then."""
    if days == "year":
        return rows.filter(of_this_year())
    return ending_within(rows, int(days))


def ending_within(rows: QuerySet, days: int) -> QuerySet:
    """Signed agreements that end today or at most so many days ahead; what renews itself does not end."""
    return rows.filter(coming_to_an_end(), ends__lte=today() + dt.timedelta(days=days))


def _standing(rows: QuerySet, state: str) -> QuerySet:
    return rows.filter(standing_as(state))


def _with_right(rows: QuerySet, text: str) -> QuerySet:
    right, _dot, answer = text.partition(".")
    said = next(value for value, name in _ANSWERS if name == answer)
    return rows.filter(**{Right(right).value: said})


def _rights() -> list[tuple[str, str]]:
    return [
        (f"{right.value}.{name}", f"{right.label}: {said.label}")
        for right in Right
        for said, name in _ANSWERS
    ]


def _short_rights(row) -> str:
    """What it says, the yes first: for the eye, and for a download."""
    yes = [str(right.label) for right in Right if getattr(row, right) == Said.YES]
    no = [str(_("not: %s") % right.label) for right in Right if getattr(row, right) == Said.NO]
    return ", ".join([*yes, *no]) or "–"


AGREEMENTS = Table(
    name="agreements",
    caption=_("Written agreements"),
    columns=(
        Column(
            "name",
            pgettext_lazy("contract", "Agreement"),
            lambda row: cells.link(row.name, f"/permissions/agreements/{row.pk}/"),
            sort="name",
        ),
        Column(
            "publisher",
            _("Publisher"),
            lambda row: cells.link(row.publisher.name, f"/publishers/{row.publisher_id}/"),
            sort="publisher__name_key",
            priority=2,
        ),
        Column("state", _("State"), lambda row: cells.status(agreement_word(row)), sort="state"),
        Column("scope", _("Covers"), lambda row: row.get_scope_display(), sort="scope", priority=3),
        Column("starts", _("From"), lambda row: cells.day(row.starts), sort="starts", priority=3),
        Column(
            "ends",
            _("To"),
            lambda row: cells.day(row.ends, renewal_note(row)),
            sort="ends",
        ),
        Column("renewal", _("Renewal"), lambda row: row.get_renewal_display(), priority=3),
        Column("rights", _("Says of rights"), _short_rights, priority=3),
    ),
    filters=(
        Choice("state", _("State"), "", STATES, how=_standing),
        Choice("ends", _("Ends soon"), "", SPANS, how=_ending),
        Choice("right", _("Right"), "", _rights, how=_with_right),
        Choice("scope", _("Covers"), "scope", ScopeKind.choices),
        Exact("publisher", _("Publisher"), "publisher", number=True),
    ),
    search=Search(("name", "publisher__name_key"), label=_("Agreement or publisher")),
    sort="name",
    noun=lambda n: ngettext("agreement", "agreements", n),
    empty=Empty(
        _("No agreement is entered yet"),
        _(
            "Where the network demands one, nothing of a publisher is collected before both sides have signed. Enter the "
            "agreement with its documents; it takes effect at once."
        ),
        Action(_("Enter an agreement"), "/permissions/agreements/new/"),
    ),
)
