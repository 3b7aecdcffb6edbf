"""What a report says in words: scopes, their rules with the numbers of this node, states of editions and checks."""

import datetime as dt
from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import node_day
from apps.common.display import day_text
from apps.common.pages import Fact
from apps.common.stored import remember
from apps.common.words import Tone, Word
from apps.kbart.asking import Order
from apps.kbart.choices import CheckState, EditionState, Kind, Shape
from apps.kbart.models import Check
from apps.lockss.kbart import KbartCode, Scope
from apps.nodes.replicas import institutions
from apps.peers.proof_age import INTERVALS
from apps.titles.models import Publisher, TitleSet

DAY = 86_400
SCOPES: Mapping[Scope, str | Promise] = {
    Scope.PRESERVED: _("Preserved"),
    Scope.COLLECTED: _("Collected"),
    Scope.SELECTED: _("Selected"),
    Scope.AVAILABLE: _("Available"),
}


def rule(scope: Scope) -> str:
    """When a unit counts, in sentences with the numbers that hold on this node (making/units.py)."""
    if scope is Scope.AVAILABLE:
        return gettext(
            "Everything that the title lists call released, down, finished or superseded, whether this library has it or not."
        )
    if scope is Scope.SELECTED:
        return gettext("What this library chose, collected or not.")
    if scope is Scope.COLLECTED:
        return gettext(
            "What this library chose and has collected from the publisher at least once. This scope says nothing about proof."
        )
    quorum, days = settings.NODE.poll_quorum, round(INTERVALS * settings.NODE.poll_interval / DAY)
    agreed = ngettext(
        "at least %(quorum)s other library held the same but for what the plugin filters",
        "at least %(quorum)s other libraries held the same but for what the plugin filters",
        quorum,
    ) % {"quorum": quorum}
    recent = ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    whole = gettext(
        "What is damaged, missing, under repair or not settled, or has fewer copies that agree, does not count: "
        "the rule is that of “preserved” on the pages of status."
    )
    said = gettext(
        "What this library chose, and whose last poll over all URLs with a quorum found full agreement: %(agreed)s, "
        "not longer than %(recent)s ago. A poll over a part of the URLs, one without a quorum and a proof that has grown "
        "old do not count."
    ) % {"agreed": agreed, "recent": recent if days else gettext("two poll intervals")}
    return f"{said} {whole}"


def held_by() -> str:
    """What it means that an institution holds something, as far as this node can know."""
    days = round(INTERVALS * settings.NODE.poll_interval / DAY)
    recent = ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return gettext(
        "Only what one of its nodes held as this node does, but for what the plugin filters, when they were last compared, "
        "not longer than %(recent)s ago. What it holds beside that, this node does not know."
    ) % {"recent": recent if days else gettext("two poll intervals")}


def in_progress() -> str:
    return gettext(
        "What is not preserved, and whose content is here or is being collected. What is blocked, or has nothing here and is "
        "not being collected, is not reported."
    )


SHAPES: Mapping[Shape, str | Promise] = {
    Shape.KBART: _(
        "One line for each unbroken range of a serial, one for each monograph; a new line begins where a whole year is missing."
    ),
    Shape.TITLES: _("One line for each serial, from its first to its last year; the notes tell its ranges."),
    Shape.SFX: _("Conditions that a link resolver reads, without a header line."),
    Shape.KEEPERS: _(
        "Serials that have an ISSN, by volume: what is preserved and what is in progress, apart. It always tells these two, whatever scope was chosen."
    ),
}
KINDS: Mapping[Kind, str | Promise] = {
    Kind.ALL: _("Serials and monographs"),
    Kind.SERIALS: _("Serials alone"),
    Kind.MONOGRAPHS: _("Monographs alone"),
}


def about(
    order: Order,
    at: dt.datetime,
    rows: int | None = None,
    left_out: int | None = None,
    *,
    day: Callable[[dt.date], str] = dt.date.isoformat,
) -> list[tuple[str, str]]:
    """Term and sentence; stands on the page, in a file beside the report, and within those that have room for it.

    ``day`` writes the day: files have it as programs read it, pages as people do.
    """
    told = [
        (gettext("Library"), settings.NODE.name),
        (gettext("Network"), settings.NODE.network_name),
        (gettext("Day"), day(node_day(at))),
    ]
    if order.report == Shape.KEEPERS:
        told.append((gettext("Preserved"), rule(Scope.PRESERVED)))
        told.append((gettext("In progress"), in_progress()))
    else:
        told.append((str(SCOPES[order.scope]), rule(order.scope)))
    told.append((gettext("Lines"), str(SHAPES[order.report])))
    told += narrowed(order)
    if rows is not None:
        told.append((gettext("Lines in all"), str(rows)))
    if left_out is not None:
        told.append((gettext("Left out or doubtful"), str(left_out)))
    return [(term, text) for term, text in told if text]


def facts(order: Order, at: dt.datetime, rows: int | None = None, left_out: int | None = None) -> list[Fact]:
    """The same on a page."""
    return [Fact(term, text) for term, text in about(order, at, rows, left_out, day=day_text)]


def narrowed(order: Order, *, short: bool = False) -> list[tuple[str, str]]:
    """By what a report is narrowed; ``short``: the names alone."""
    told = []
    if order.publisher is not None:
        name = Publisher.objects.filter(pk=order.publisher).values_list("name", flat=True).first()
        told.append((gettext("Publisher"), name or gettext("one that is not known any more")))
    if order.set is not None:
        name = TitleSet.objects.filter(pk=order.set).values_list("name", flat=True).first()
        told.append((gettext("Title set"), name or gettext("one that is not known any more")))
    if order.institution is not None:
        name = institutions().get(order.institution) or gettext("one that is not known any more")
        told.append((gettext("Institution"), name if short else f"{name}. {held_by()}"))
    if order.kind != Kind.ALL:
        told.append((gettext("Publications"), str(KINDS[order.kind])))
    if order.since is not None:
        told.append((gettext("New since"), day_text(order.since)))
    if order.with_id:
        told.append((gettext("Identifiers"), gettext("Lines without ISSN and ISBN are not listed.")))
    return told


CAUSES: Mapping[str, str | Promise] = {
    KbartCode.EMPTY: _("Without it there is no line: it was left out."),
    KbartCode.NO_MONOGRAPH_DATE: _(
        "The standard demands a date of a monograph; the line is there without one."
    ),
    KbartCode.NO_FIRST_DATE: _("The line has no first date; EBSCO and GOKb cannot use it."),
    KbartCode.NO_IDENTIFIER: _("Neither ISSN nor ISBN: catalogues cannot match the line by number."),
    KbartCode.NOT_NAMED: _("None of the columns that were asked for names this title: it was left out."),
    KbartCode.CHECK_DIGIT: _("The number's check digit is wrong, so the number was left out."),
    KbartCode.BAD_ISSN: _("This is no ISSN, so it was left out."),
    KbartCode.BAD_ISBN: _("This is no ISBN, so it was left out."),
    KbartCode.BAD_EMBARGO: _("This is no embargo as the standard writes it, so it was left out."),
    KbartCode.CONTROL: _(
        "The list has a control sign here, which no field may hold: a blank stands instead."
    ),
    KbartCode.SAME_TITLE_ID: _("Another title has this identifier already: it was left out."),
}

# Kept by editions, judged files and their jobs.
remember(
    gettext_noop("%(n)s titles"),
    gettext_noop("It was broken off."),
    gettext_noop("The file cannot be read: %s."),
)


def cause(code: str) -> str:
    return str(CAUSES.get(code, code))


EDITIONS = {
    EditionState.WAITING: Word(
        "edition-waiting",
        Tone.IDLE,
        _("Being made"),
        _("A worker makes the file; it appears when it is whole."),
    ),
    EditionState.DONE: Word(
        "edition-made", Tone.SAFE, _("Made"), _("The file is whole and kept with its SHA-256 on this node.")
    ),
    EditionState.FAILED: Word(
        "edition-failed",
        Tone.HARM,
        _("Not made"),
        _("No file came of it; the editions before it stay as they are."),
    ),
    EditionState.DROPPED: Word(
        "edition-dropped",
        Tone.IDLE,
        _("No longer kept"),
        _("Newer editions took its place; its file was deleted, its numbers stay."),
    ),
}
CHECKS = {
    CheckState.WAITING: Word(
        "check-waiting", Tone.IDLE, _("Being judged"), _("A worker reads the file line by line.")
    ),
    CheckState.DONE: Word("check-done", Tone.SAFE, _("Judged"), _("Every line was read.")),
    CheckState.FAILED: Word(
        "check-failed", Tone.HARM, _("Not judged"), _("The file could not be read to its end.")
    ),
}
NO_LINE = Word(
    "check-no-line",
    Tone.HARM,
    _("No line judged"),
    _("It is empty, no text, or its fields are not parted by tabs, so that no line of it could be judged."),
)
ALL = (*EDITIONS.values(), *CHECKS.values(), NO_LINE)


def check_word(row: Check) -> Word:
    """Of a file without a line that could be judged nobody may say that every line was read."""
    return NO_LINE if row.state == CheckState.DONE and not row.is_judged else CHECKS[CheckState(row.state)]
