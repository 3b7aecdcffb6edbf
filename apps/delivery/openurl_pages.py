"""The content host's pages about an OpenURL: the choices, and what is known where nothing can be opened."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from django.utils.translation import gettext

from apps.common.pages import Link
from apps.delivery.bodies import Answer
from apps.delivery.file_answers import file_answer
from apps.delivery.openurl_words import asked_facts, by_text, found_text, name_of, ways_of
from apps.delivery.pages import Said
from apps.delivery.public_tables import Cell, Column, Row, arranged, arranged_file, wish_of
from apps.delivery.request import Request
from apps.delivery.resolving import Answered
from apps.delivery.rights import sign_in_way
from apps.lockss.openurl import Candidate, Kind, OpenUrl


def page(request: Request, asked: OpenUrl, found: Answered) -> Answer | Said:
    """404 where nothing can be opened (delivery §2.3), with the level that was found and what may be chosen."""
    path, _mark, query = request.target.partition("?")
    wish = wish_of(request.before + path, query)
    fits = _rows(request, found.fits, found, gettext("fits the question"))
    rows = [*fits, *_rows(request, found.others, found, gettext("another of the same title or name"))]
    if wish.format:
        return file_answer(arranged_file(_columns(), rows, wish), wish.format, "choices", request)
    tables = (arranged(gettext("What can be chosen"), _columns(), rows, wish),) if rows else ()
    link = None
    opened = found.chosen is not None and all(row[-1].links for row in fits)
    if request.proof is None and not opened:
        link = Link(gettext("Sign in at the portal"), sign_in_way(request.target))
    text = found_text(found)
    if found.by is not None:
        text += " " + gettext("It was found %(way)s.") % {"way": by_text(found.by)}
    if found.chosen is None:
        text += " " + gettext("Who has an account can sign in first; else the library can be asked.")
    said = Said(404, gettext("Not held here"), text, link=link, facts=asked_facts(asked), tables=tables)
    if found.chosen is None:
        return said
    return replace(said, status=200, title=gettext("Where it can be read"))


def _columns() -> tuple[Column, ...]:
    return (
        Column("name", gettext("Article, issue or volume")),
        Column("publisher", gettext("Publisher")),
        Column("fits", gettext("How it fits")),
        Column("where", gettext("Where it can be read"), sorts=False),
    )


def _rows(request: Request, some: Iterable[Candidate], found: Answered, fits: str) -> list[Row]:
    """Titles and publishers have nothing to open, and stand in the text."""
    return [_row(request, one, found, fits) for one in some if one.kind not in (Kind.TITLE, Kind.PUBLISHER)]


def _row(request: Request, one: Candidate, found: Answered, fits: str) -> Row:
    ways, copy = ways_of(one, found.shown), found.shown.get(one.au)
    links = []
    if ways.here and copy is not None:
        address = f"/ServeContent?url={quote(one.url, safe=':/')}&auid={quote(copy.auid, safe='')}"
        links.append(Link(gettext("Open through this library"), request.before + address))
    if ways.live:
        links.append(Link(gettext("Open at the publisher: this leaves the library"), ways.live))
    addresses = " ".join(link.url for link in links)
    return Cell(name_of(one)), Cell(one.publisher), Cell(fits), Cell(addresses, tuple(links), ways.text)
