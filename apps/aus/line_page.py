"""One line of a library's list: what it says, as it stands in the file, what it may mean, and what a person decides."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.aus.choices import LineState
from apps.aus.forms_holdings import TYPED, DecideForm
from apps.aus.holdings.catalogue import years_listed
from apps.aus.lists import au_noun, issns
from apps.aus.models import HoldingsLine, HoldingsUpload
from apps.aus.words import LINES
from apps.aus.years import runs
from apps.common.display import count_text
from apps.common.pages import Fact, Head, Link
from apps.common.stored import retold
from apps.lockss.holdings import HoldingsCode, YearRange, ranges_text
from apps.titles.choices import TitleKind
from apps.titles.models import Title

MOST_ISBNS = 3
# What was read as an identifier, and is none.
NO_IDENTIFIERS = frozenset([HoldingsCode.CHECK_DIGIT, HoldingsCode.NO_IDENTIFIER, HoldingsCode.DIGITS_LOST])


@dataclass(frozen=True, slots=True)
class Option:
    """A radio button. ``url``: of the title's own page."""

    value: str
    label: str
    note: str = ""
    url: str = ""
    checked: bool = False


def show_line(
    request: HttpRequest,
    row: HoldingsLine,
    form: DecideForm,
    *,
    upload: HoldingsUpload,
    trail: list[Link],
    status: int = 200,
) -> HttpResponse:
    changeable = request.user.has_role(Role.LIBRARIAN) and upload.selection_id is None and bool(row.key)
    context = {
        "head": Head(gettext("Line %s") % row.line, row.input_title[:200], trail=trail),
        "line": row,
        "facts": _facts(row),
        "cells": _cells(row, upload),
        "word": LINES[LineState(row.state)],
        "remarks": [retold(one["text"]) for one in row.warnings],
        "titles": _titles(row, form),
        "readings": _readings(row, form),
        "chosen": form["title"].value(),
        "typed": _typed(row, form),
        "form": form,
        "changeable": changeable,
    }
    return TemplateResponse(request, "aus/holdings_line.html", context, status=status)


def _facts(row: HoldingsLine) -> list[Fact]:
    none = gettext("none")
    identifiers = ", ".join(row.identifiers)
    if not identifiers and any(one["code"] in NO_IDENTIFIERS for one in row.warnings):
        identifiers = gettext("none that is valid; see below why")
    return [
        Fact(gettext("Title"), row.input_title or none),
        Fact(gettext("Publisher"), row.input_publisher or none),
        Fact(gettext("Identifiers"), identifiers or none),
        Fact(gettext("Years"), *_years(row)),
    ]


def _years(row: HoldingsLine) -> tuple[str, str]:
    """What would be taken, and where that comes from."""
    if row.state == LineState.UNREAD:
        return gettext("not read"), ""
    if not row.readings:
        return (ranges_text(row.years) if row.years else gettext("not said, so all years are meant")), ""
    said = gettext("The line says “%s”.") % row.years_said
    if row.state == LineState.MATCHED and not row.only_aus:
        return years_words(row.years or ()), said
    return gettext("in doubt"), said


def _cells(row: HoldingsLine, upload: HoldingsUpload) -> list[Fact]:
    """Cell by cell under the name of its column; empty ones say nothing."""
    facts = []
    for at, cell in enumerate(row.cells):
        if cell.strip():
            name = upload.head[at].strip() if at < len(upload.head) else ""
            column = gettext("column %d") % (at + 1)
            facts.append(Fact(f"{column}: {name[:60]}" if name else column, cell))
    return facts


def _titles(row: HoldingsLine, form: DecideForm) -> list[Option]:
    ids = [each["id"] for each in row.candidates]
    if row.title_id is not None and row.title_id not in ids:
        ids.insert(0, row.title_id)
    titles = Title.objects.select_related("publisher").in_bulk(ids)
    listed = years_listed(titles)
    chosen = form["title"].value() or str(row.title_id or "")
    shown = [titles[pk] for pk in ids if pk in titles]
    notes = {title.pk: told_apart(title, listed[title.pk]) for title in shown}
    alike = Counter((title.name, notes[title.pk]) for title in shown)
    for title in shown:
        if alike[title.name, notes[title.pk]] > 1:
            notes[title.pk] += " · " + gettext("number %s of the catalogue") % title.pk
    return [
        Option(str(title.pk), title.name, notes[title.pk], f"/titles/{title.pk}/", str(title.pk) == chosen)
        for title in shown
    ]


def told_apart(title: Title, listed: Iterable[int]) -> str:
    """By what a person knows one title from another of its name: publisher, kind, numbers, units and years."""
    years = runs(sorted(listed))
    kind = "" if title.kind == TitleKind.JOURNAL else str(title.get_kind_display())
    isbns = f"ISBN {', '.join(title.isbn_keys[:MOST_ISBNS])}" if title.isbn_keys else ""
    units = f"{count_text(title.au_count)} {au_noun(title.au_count)}"
    named = gettext("the lists name %s") % years if years else gettext("the lists name no years")
    return " · ".join(
        part for part in (title.publisher.name, kind, issns(title), isbns, units, named) if part
    )


def _readings(row: HoldingsLine, form: DecideForm) -> list[Option]:
    chosen = form["years"].value() or _decided(row)
    return [
        Option(str(at), years_words(each), checked=str(at) == chosen) for at, each in enumerate(row.readings)
    ]


def _decided(row: HoldingsLine) -> str:
    """The value of its radio button; empty where nothing is decided."""
    if row.state != LineState.MATCHED or row.only_aus:
        return ""
    meant = [list(each) for each in row.years or ()]
    return next((str(at) for at, each in enumerate(row.readings) if each == meant), TYPED)


def _typed(row: HoldingsLine, form: DecideForm) -> Option:
    chosen = form["years"].value() or _decided(row)
    kept = ranges_text(row.years or ()) if chosen == TYPED and not form.is_bound else ""
    return Option(form["years_typed"].value() or kept, "", checked=chosen == TYPED)


def years_words(ranges: Sequence[Sequence[int | None] | YearRange]) -> str:
    """``1997 to 2001, from 2004 on``; of none: all years."""
    return ", ".join(_range_words(first, last) for first, last in ranges) or gettext(
        "all years of the title that the lists name"
    )


def _range_words(first: int | None, last: int | None) -> str:
    if first == last:
        return gettext("%s alone") % first if first else gettext("all years")
    if last is None:
        return gettext("from %s on") % first
    if first is None:
        return gettext("until %(year)s") % {"year": last}
    return gettext("%(first)s to %(last)s") % {"first": first, "last": last}
