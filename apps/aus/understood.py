"""What was understood of a list's columns, in words: which are used, which are not, and whether any says years."""

from collections.abc import Callable

from django.utils.translation import gettext, ngettext

from apps.aus.choices import HoldingsState, LineState
from apps.aus.forms_holdings import NAMES, holds_anything
from apps.aus.models import HoldingsUpload
from apps.common.pages import Fact
from apps.common.stored import retold
from apps.lockss.holdings import YEARS, Field

# So many columns that are not used are named; exports of library systems have dozens.
MOST_NAMED = 12
LONGEST_NAME = 40


def facts_of(row: HoldingsUpload) -> list[Fact]:
    if not row.kind:
        return []
    columns = [
        gettext("%(field)s: %(column)s") % {"field": NAMES[Field(field)], "column": _named(row, place)}
        for field, place in sorted(row.columns.items(), key=lambda pair: pair[1])
        if field in set(Field)
    ]
    head = gettext("line %d") % row.head_line if row.head_line else gettext("none")
    facts = [
        Fact(gettext("Taken for"), retold(row.kind)),
        Fact(gettext("Names of the columns"), head),
        Fact(
            gettext("Columns"),
            "; ".join(columns) or gettext("none understood"),
            gettext("Set by hand.") if row.by_hand else "",
        ),
    ]
    if unused := _unused(row):
        facts.append(Fact(gettext("Not used"), unused))
    return [*facts, Fact(gettext("SHA-256 of the file"), row.sha256)]


def without_years(row: HoldingsUpload) -> str:
    """That every line is taken to mean all years, and why; empty where years were read."""
    if row.state != HoldingsState.READY:
        return ""
    matched = row.lines_read.filter(state=LineState.MATCHED)
    return years_said(
        row, yearless=lambda: matched.exists() and not matched.filter(years__isnull=False).exists()
    )


def years_said(row: HoldingsUpload, *, yearless: Callable[[], bool]) -> str:
    """The same of a list that need not be kept. ``yearless``: lines were matched, and none has years."""
    places = [row.columns[field] for field in YEARS if field in row.columns]
    if not places:
        said = gettext("No column of years was found, so every line is taken to mean all years.")
        unused = _unused(row)
        return " ".join((said, gettext("Not used: %s.") % unused)) if unused else said
    if yearless():
        columns = "; ".join(_named(row, place) for place in sorted(set(places)))
        said = gettext("No year was read from %s, so every line is taken to mean all years.")
        return said % columns
    return ""


def _unused(row: HoldingsUpload) -> str:
    used = set(row.columns.values())
    width = max([len(row.head), *(len(line) for line in row.sample)], default=0)
    left = [at for at in range(width) if at not in used and holds_anything(row, at)]
    if not left:
        return ""
    said = "; ".join(_named(row, at) for at in left[:MOST_NAMED])
    more = len(left) - MOST_NAMED
    if more > 0:
        said += "; " + ngettext("and %d more", "and %d more", more) % more
    return said


def _named(row: HoldingsUpload, place: int) -> str:
    """``column 5 “Bestandsverlauf”``"""
    said = gettext("column %d") % (place + 1)
    if row.head_line and place < len(row.head) and row.head[place].strip():
        said += " " + gettext("“%s”") % row.head[place][:LONGEST_NAME]
    return said
