"""The content host's pages about an OpenURL: the choices, and what is known where nothing can be opened."""

from collections.abc import Iterable
from urllib.parse import quote

from django.utils.translation import gettext

from apps.common.pages import Link
from apps.delivery.openurl_words import asked_facts, by_text, found_text, name_of, ways_of
from apps.delivery.pages import Group, Row, Said
from apps.delivery.request import Request
from apps.delivery.resolving import Answered
from apps.delivery.rights import sign_in_way
from apps.lockss.openurl import Candidate, Kind, OpenUrl


def page(request: Request, asked: OpenUrl, found: Answered) -> Said:
    """404 where nothing can be opened (delivery §2.3), with the level that was found and what may be chosen."""
    fits, others = _rows(request, found.fits, found), _rows(request, found.others, found)
    groups = [Group(gettext("What fits the question"), fits)] if fits else []
    if others:
        groups.append(Group(gettext("Others of the same title or name"), others))
    link = None
    if request.proof is None and not (found.chosen is not None and all(row.starts for row in fits)):
        link = Link(gettext("Sign in at the portal"), sign_in_way(request.target))
    text = found_text(found)
    if found.by is not None:
        text += " " + gettext("It was found %(way)s.") % {"way": by_text(found.by)}
    if found.chosen is None:
        text += " " + gettext("Who has an account can sign in first; else the library can be asked.")
    return Said(
        404 if found.chosen is None else 200,
        gettext("Not held here") if found.chosen is None else gettext("Where it can be read"),
        text,
        link=link,
        facts=asked_facts(asked),
        groups=tuple(groups),
    )


def _rows(request: Request, some: Iterable[Candidate], found: Answered) -> tuple[Row, ...]:
    """Titles and publishers have nothing to open, and stand in the text."""
    return tuple(_row(request, one, found) for one in some if one.kind not in (Kind.TITLE, Kind.PUBLISHER))


def _row(request: Request, one: Candidate, found: Answered) -> Row:
    ways, copy = ways_of(one, found.shown), found.shown.get(one.au)
    links = []
    if ways.here and copy is not None:
        address = f"/ServeContent?url={quote(one.url, safe=':/')}&auid={quote(copy.auid, safe='')}"
        links.append(Link(gettext("Open through this library"), request.before + address))
    if ways.live:
        links.append(Link(gettext("Open at the publisher: this leaves the library"), ways.live))
    return Row(name_of(one), tuple(links), ways.text, one.publisher)
