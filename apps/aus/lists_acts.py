"""The lists of acts of selecting, and of what came of them."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import SelectionOutcome
from apps.aus.lists import au_noun
from apps.aus.models import Selection, SelectionResult
from apps.aus.words import OUTCOMES
from apps.common.lists import Cell, Choice, Column, Table, cells
from apps.common.pages import Action, Empty
from apps.titles.lists import moment_link

SELECTIONS = Table(
    name="selections",
    caption=_("Acts of selecting"),
    columns=(
        Column(
            "at",
            _("When"),
            lambda s: moment_link(s.created_at, f"/selections/{s.pk}/"),
            sort="id",
            descending_first=True,
        ),
        Column("action", _("Act"), lambda s: s.get_action_display()),
        Column("who", _("Who"), lambda s: s.user.username if s.user else gettext("command line")),
        Column("total", _("Archival units"), lambda s: cells.count(s.total), numeric=True),
        Column("done", _("Done"), lambda s: cells.count(s.done), numeric=True, priority=2),
    ),
    sort="-at",
    noun=lambda n: ngettext("act", "acts", n),
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
    plain = f"{word.label}: {result.reason}" if result.reason else str(word.label)
    return Cell(cells.status(word, result.reason).html, plain)


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
