"""The lists of acts of selecting, and of what came of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import SelectionOutcome
from apps.aus.lists import au_noun
from apps.aus.models import Selection, SelectionResult
from apps.aus.services.undone import CHANGED, undoings, undone_of
from apps.aus.words import OUTCOMES
from apps.common.display import count_text
from apps.common.lists import Cell, Choice, Column, Table, cells
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.titles.lists import moment_link


@dataclass(frozen=True, slots=True)
class _Told:
    """An act with how many of it ended in each way, and which act undid it."""

    row: Selection
    ends: dict[str, int]
    undone_by: int | None


def _told(rows: list[Selection]) -> Iterable[_Told]:
    results = SelectionResult.objects.filter(selection__in=rows).order_by()
    ends: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, outcome, number in results.values_list("selection", "outcome").annotate(number=Count("pk")):
        ends[pk][outcome] = number
    undone = undoings(row.pk for row in rows)
    return [_Told(row, ends[row.pk], undone[row.pk].pk if row.pk in undone else None) for row in rows]


def _act(told: _Told) -> Cell:
    undone = undone_of(told.row)
    said = gettext("undo of act %d") % undone if undone is not None else told.row.get_action_display()
    note = gettext("undone by act %d") % told.undone_by if told.undone_by is not None else ""
    return cells.link(said, f"/selections/{told.row.pk}/", note)


def _done(told: _Told) -> Cell:
    """What it changed; what was so already, or was not possible, stands beside it."""
    number = sum(told.ends.get(outcome, 0) for outcome in CHANGED)
    already, impossible = (
        told.ends.get(outcome, 0) for outcome in (SelectionOutcome.ALREADY, SelectionOutcome.IMPOSSIBLE)
    )
    said = []
    if already:
        said.append(ngettext("%s was so already", "%s were so already", already) % count_text(already))
    if impossible:
        said.append(
            ngettext("%s was not possible", "%s were not possible", impossible) % count_text(impossible)
            if number or already
            else gettext("none was possible")
        )
    return Cell(cells.text(count_text(number), ", ".join(said)).html, number)


SELECTIONS = Table(
    name="selections",
    caption=_("Acts of selecting"),
    columns=(
        Column(
            "at",
            _("When"),
            lambda s: moment_link(s.row.created_at, f"/selections/{s.row.pk}/"),
            sort="id",
            descending_first=True,
        ),
        Column("action", _("Act"), _act),
        Column(
            "who",
            _("Who"),
            lambda s: s.row.user.username if s.row.user else gettext("command line"),
            priority=2,
        ),
        Column("total", _("Archival units"), lambda s: cells.count(s.row.total), numeric=True, priority=2),
        Column("done", _("Done"), _done, numeric=True),
    ),
    sort="-at",
    noun=lambda n: ngettext("act", "acts", n),
    prepare=_told,
    empty=Empty(
        _("Nothing was selected yet"),
        _("What is selected on the pages of titles and publishers is told here, act by act."),
        Action(_("To the titles"), "/titles/"),
    ),
)


def _result_name(result: SelectionResult) -> Cell:
    if result.au is not None:
        return cells.link(result.au.name, f"/aus/{result.au.slug}/")
    return cells.link(result.listed_au.name, f"/titles/au/{result.listed_au.slug}/")


def _outcome(result: SelectionResult) -> Cell:
    word = OUTCOMES[SelectionOutcome(result.outcome)]
    reason = retold(result.reason)
    plain = f"{word.label}: {reason}" if reason else str(word.label)
    return Cell(cells.status(word, reason).html, plain)


RESULTS = Table(
    name="results",
    caption=_("What came of it"),
    columns=(
        Column("name", _("Archival unit"), _result_name),
        Column("outcome", _("Outcome"), _outcome),
    ),
    filters=(Choice("outcome", _("Outcome"), "outcome", SelectionOutcome.choices),),
    noun=au_noun,
)


def selections():
    return Selection.objects.select_related("user")
