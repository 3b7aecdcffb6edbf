from django.utils.translation import gettext_lazy as _

from apps.aus.choices import HoldingsState, LineState, SelectionOutcome
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
    _("This library chose it once and deactivated it: nothing new is collected. What is stored stays."),
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
        _("Deactivated"),
        _("It is no longer collected or proved. What is stored stays."),
    ),
    SelectionOutcome.IMPOSSIBLE: Word(
        "act-impossible",
        Tone.CARE,
        _("Not possible"),
        _("This act could not do it; the reason stands beside it."),
    ),
}
HOLDINGS = {
    HoldingsState.WAITING: Word(
        "holdings-waiting", Tone.IDLE, _("Waits to be read"), _("A worker of this node takes it next.")
    ),
    HoldingsState.READING: Word(
        "holdings-reading", Tone.IDLE, _("Being read"), _("Line by line, each matched with the title lists.")
    ),
    HoldingsState.READY: Word(
        "holdings-ready",
        Tone.SAFE,
        _("Read"),
        _("Every line has its answer: matched, ambiguous, not matched, or not readable."),
    ),
    HoldingsState.FAILED: Word(
        "holdings-failed",
        Tone.HARM,
        _("Could not be read"),
        _("The file as a whole is no list that this node understands; the reason stands beside it."),
    ),
}
LINES = {
    LineState.MATCHED: Word(
        "line-matched", Tone.SAFE, _("Matched"), _("It is known which title of the lists this line means.")
    ),
    LineState.AMBIGUOUS: Word(
        "line-ambiguous",
        Tone.CARE,
        _("Ambiguous"),
        _(
            "Several titles may be meant, or one that is only nearly the same or quite another; or its years were not "
            "read whole. A person decides, once."
        ),
    ),
    LineState.UNMATCHED: Word(
        "line-unmatched",
        Tone.IDLE,
        _("Not matched"),
        _("No title list names such a title, or a person said that none is meant."),
    ),
    LineState.UNREAD: Word(
        "line-unread",
        Tone.CARE,
        _("Not read"),
        _("The line could not be taken apart, or names no title and no valid ISSN or ISBN."),
    ),
}
ACTIVE = Word(
    "subscription-active",
    Tone.SAFE,
    _("Active"),
    _("This rule selects by itself what the lists name anew and it means."),
)
ENDED = Word(
    "subscription-ended",
    Tone.IDLE,
    _("Ended"),
    _("This rule selects nothing more. What it selected stays selected."),
)
ALL = (ACTIVE, ENDED, HERE, STOPPED, *OUTCOMES.values(), *HOLDINGS.values(), *LINES.values())
