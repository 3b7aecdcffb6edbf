from django.utils.translation import gettext_lazy as _

from apps.aus.choices import SelectionOutcome
from apps.common.words import Tone, Word

HERE = Word(
    "selected-here",
    Tone.IDLE,
    _("Selected here"),
    _("This library chose it: it is collected, proved and repaired. How it stands is told on its own page."),
)
STOPPED = Word(
    "stopped-here",
    Tone.IDLE,
    _("Deactivated here"),
    _("This library chose it once and took it out: nothing new is collected. What is stored stays."),
)
OUTCOMES = {
    SelectionOutcome.WAITING: Word(
        "act-waiting", Tone.IDLE, _("Waiting"), _("Its turn in this act has not come yet.")
    ),
    SelectionOutcome.SELECTED: Word(
        "act-selected", Tone.SAFE, _("Selected"), _("This act selected it; the next scan begins with it.")
    ),
    SelectionOutcome.ALREADY: Word(
        "act-already",
        Tone.IDLE,
        _("Already so"),
        _("There was nothing to do: it was like that before this act."),
    ),
    SelectionOutcome.REACTIVATED: Word(
        "act-reactivated",
        Tone.SAFE,
        _("Re-activated"),
        _("It was deactivated and is collected and proved again."),
    ),
    SelectionOutcome.DEACTIVATED: Word(
        "act-deactivated",
        Tone.IDLE,
        _("Taken out"),
        _("It is no longer collected or proved. What is stored stays."),
    ),
    SelectionOutcome.IMPOSSIBLE: Word(
        "act-impossible",
        Tone.CARE,
        _("Not possible"),
        _("This act could not do it; the reason stands beside it."),
    ),
}
ALL = (HERE, STOPPED, *OUTCOMES.values())
