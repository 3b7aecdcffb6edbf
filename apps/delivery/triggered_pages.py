"""``/triggered``: what was given to everybody because its publisher will not serve it again, told to everybody."""

import re
from urllib.parse import quote

from django.utils.translation import gettext

from apps.common.clock import now
from apps.common.display import day_text
from apps.common.pages import Link
from apps.delivery import pages
from apps.delivery.bodies import Answer
from apps.delivery.file_answers import file_answer
from apps.delivery.pages import Said
from apps.delivery.public_tables import Cell, Column, Row, Wish, arranged, arranged_file, wish_of
from apps.delivery.request import Request
from apps.delivery.services.triggered import Given, PublicEvent, public_event, public_events

PATH = "/triggered"
MOST_STARTS = 5
_ONE = re.compile(rf"{PATH}/([1-9][0-9]{{0,9}})/?", re.ASCII)


def is_triggered(target: str) -> bool:
    """Whether an address is one of these."""
    path = target.partition("?")[0]
    return path in (PATH, f"{PATH}/") or path.startswith(f"{PATH}/")


def triggered(request: Request) -> Answer | Said:
    """The list, one event, or either as a file. Asks the database: in threads."""
    path, _mark, query = request.target.partition("?")
    wish = wish_of(request.before + path, query)
    if path in (PATH, f"{PATH}/"):
        return _list(request, wish)
    one = _ONE.fullmatch(path)
    event = public_event(int(one[1]), now()) if one is not None else None
    return _event(request, event, wish) if event is not None else pages.no_address(request.before)


def _list(request: Request, wish: Wish) -> Answer | Said:
    columns = (
        Column("name", gettext("What")),
        Column("publisher", gettext("Publisher")),
        Column("since", gettext("Counts from")),
        Column("licence", gettext("Licence")),
    )
    rows = [_row(request, one) for one in public_events(now())]
    if wish.format:
        return file_answer(arranged_file(columns, rows, wish), wish.format, "triggered", request)
    return Said(
        200,
        gettext("Content given to everybody"),
        gettext(
            "Its publisher will not serve it again. Two persons decided that, and everybody may read it since then."
        ),
        link=Link(gettext("All preserved content"), f"{request.before}/ServeContent"),
        tables=(
            arranged(gettext("Trigger events"), columns, rows, wish, empty=gettext("There is none yet.")),
        ),
    )


def _row(request: Request, one: PublicEvent) -> Row:
    page = Link(one.name, f"{request.before}{PATH}/{one.pk}")
    return (
        Cell(one.name, (page,), _short(one.reason)),
        Cell(one.publisher),
        # A day in a file is one that programs read.
        Cell(one.since.isoformat()),
        Cell(_short(one.licence)),
    )


def _short(text: str) -> str:
    return " ".join(text.split())[:200]


def _event(request: Request, one: PublicEvent, wish: Wish) -> Answer | Said:
    columns = (
        Column("name", gettext("Archival unit")),
        Column("begins-at", gettext("Begins at"), sorts=False),
    )
    rows = [_unit(request, unit) for unit in one.aus]
    if wish.format:
        return file_answer(arranged_file(columns, rows, wish), wish.format, f"triggered-{one.pk}", request)
    return Said(
        200,
        one.name,
        gettext("Everybody may read it: its publisher will not serve it again."),
        link=Link(gettext("All content given to everybody"), f"{request.before}{PATH}"),
        facts_title=gettext("What was decided"),
        facts=_facts(one),
        tables=(arranged(gettext("What can be read"), columns, rows, wish),),
    )


def _facts(one: PublicEvent) -> tuple[tuple[str, str], ...]:
    told = [
        (gettext("Publisher"), one.publisher),
        (gettext("What happened"), one.reason),
        (gettext("Counts from"), day_text(one.since)),
        (gettext("Confirmed by a second person on"), day_text(one.confirmed_at)),
        (gettext("Licence"), one.licence or gettext("none is stated; the publisher's rights go on")),
        (gettext("How it is cited"), one.citation or gettext("by its own title and address")),
    ]
    said = gettext("%(statement)s (read on %(day)s at %(url)s)")
    told += [
        (
            gettext("What the publisher states"),
            said % {"statement": one.text, "day": day_text(one.read_at), "url": one.url},
        )
        for one in one.statements
    ]
    return tuple((term, value) for term, value in told if value)


def _unit(request: Request, unit: Given) -> Row:
    links = tuple(
        Link(
            url, f"{request.before}/ServeContent?url={quote(url, safe=':/')}&auid={quote(unit.auid, safe='')}"
        )
        for url in unit.starts[:MOST_STARTS]
    )
    return Cell(unit.name), Cell(" ".join(unit.starts[:MOST_STARTS]), links)
