"""The content host's pages about an OpenURL: the choices, and what is known where nothing can be opened."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext

from apps.common.pages import Link
from apps.delivery.bodies import Answer
from apps.delivery.file_answers import file_answer
from apps.delivery.led import address_of, word_of
from apps.delivery.openurl_words import (
    asked_facts,
    by_text,
    fit_text,
    found_text,
    is_choice,
    name_of,
    names_part,
    ways_of,
)
from apps.delivery.pages import Said
from apps.delivery.public_tables import Cell, Column, Row, arranged, arranged_file, wish_of
from apps.delivery.request import Request
from apps.delivery.resolving import Answered
from apps.delivery.rights import serve_address, sign_in_way
from apps.lockss.openurl import Candidate, Level, OpenUrl


def page(request: Request, asked: OpenUrl, found: Answered) -> Answer | Said:
    """404 where nothing can be opened (delivery §2.3), with the level that was found and what may be chosen; a title that
    is here and has only to be chosen from is found (200)."""
    path, _mark, query = request.target.partition("?")
    wish = wish_of(request.before + path, query)
    fits = _rows(request, asked, found.fits, found)
    rows = [*fits, *_rows(request, asked, found.others, found)]
    if wish.format:
        return file_answer(arranged_file(_columns(), rows, wish), wish.format, "choices", request)
    tables = (arranged(gettext("What can be chosen"), _columns(), rows, wish),) if rows else ()
    link = None
    opened = found.chosen is not None and all(row[-1].links for row in fits)
    if request.proof is None and not opened:
        link = Link(gettext("Sign in at the portal"), sign_in_way(request.target))
    text = found_text(asked, found)
    if found.by is not None:
        text += " " + gettext("It was found %(way)s.") % {"way": by_text(found.by)}
    said = Said(404, _heading(asked, found, rows), text, link=link, facts=asked_facts(asked), tables=tables)
    if found.chosen is not None:
        return replace(said, status=200)
    first = gettext("Who has an account can sign in first; else the library can be asked.")
    if not _offers(found, rows):
        return replace(said, text=f"{text} {first}")
    # What can be opened at once comes before what else there may be.
    return replace(said, status=404 if names_part(asked) else 200, link=None, last=link, last_text=first)


def _offers(found: Answered, rows: Iterable[Row]) -> bool:
    """Whether volumes of the title stand there to be chosen from."""
    return found.level is Level.TITLE and any(row[-1].links for row in rows)


def _heading(asked: OpenUrl, found: Answered, rows: Iterable[Row]) -> str:
    if found.chosen is not None:
        return gettext("Where it can be read")
    if not _offers(found, rows):
        return gettext("Not held here")
    # Other volumes of the title can be opened.
    return gettext("This volume is not held here") if names_part(asked) else gettext("Which volume is meant?")


def _columns() -> tuple[Column, ...]:
    return (
        Column("name", gettext("Article, issue or volume")),
        Column("publisher", gettext("Publisher")),
        Column("fits", gettext("How it fits")),
        Column("where", gettext("Where it can be read"), sorts=False),
    )


def _rows(request: Request, asked: OpenUrl, some: Iterable[Candidate], found: Answered) -> list[Row]:
    shown = (one for one in some if is_choice(one))
    return [_row(request, one, found, fit_text(asked, one, found)) for one in shown]


def _row(request: Request, one: Candidate, found: Answered, fits: str) -> Row:
    ways, copy = ways_of(one, found.shown), found.shown.get(one.au)
    links = []
    if ways.here and copy is not None:
        address = address_of(serve_address(one.url, copy.auid), word_of(one))
        links.append(Link(gettext("Open through this library"), request.before + address))
    if ways.live:
        links.append(Link(gettext("Open at the publisher: this leaves the library"), ways.live))
    addresses = " ".join(link.url for link in links)
    return Cell(name_of(one)), Cell(one.publisher), Cell(fits), Cell(addresses, tuple(links), ways.text)
