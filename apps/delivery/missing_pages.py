"""What a reader gets for a URL that is not here, and the index of AUs: searched by name, paged by key (delivery §2.3)."""

import datetime as dt
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlencode

from django.utils.translation import gettext

from apps.common.clock import now
from apps.common.pages import Link
from apps.delivery import pages
from apps.delivery.pages import Index, Row, Said
from apps.delivery.request import Request
from apps.delivery.rights import asker_for, portal_way, sign_in_way
from apps.delivery.rooms import Host
from apps.delivery.values import Asker, Candidate, Found
from apps.lockss.delivery import Listing, MissingAnswer, Refuse, Stem, location, stem_of
from apps.lockss.delivery import Row as TableRow

PER_PAGE = 50
MOST_STARTS = 5
LONGEST_SEARCH = 200
_INDEX = "/ServeContent"


def missing(
    request: Request, host: Host, asker: Asker, found: Found, answer: MissingAnswer, moment: dt.datetime
) -> Said:
    """The missing-file action, as the table chose it."""
    stem = stem_of(found.url)
    live = location(found.url, {stem}) if found.stem_held and isinstance(stem, Stem) else None
    if answer.status == 302 and live is not None:
        return pages.moved(live)
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target, found.url))
    said = pages.not_held(found.url, at=request.target)
    if request.proof is not None:
        said = replace(said, link=None, text=gettext("This library holds no such page."))
    if answer.link and live is not None:
        way = Link(gettext("The same address at the publisher: this leaves the library"), live)
        said = replace(said, better=way)
    if answer.listing is Listing.NONE or (answer.listing is Listing.HOST and not isinstance(stem, Stem)):
        return said
    site = stem.text if answer.listing is Listing.HOST and isinstance(stem, Stem) else ""
    listed = _index(request, host, asker, moment, search="", after=None, site=site)
    return replace(said, index=listed) if listed.rows or listed.following or not site else said


def index(request: Request, host: Host, target: str, *, status: int = 200) -> Said:
    """All AUs that this reader may see, or those of one site; ``search``, ``after`` and ``host`` of the query."""
    given = parse_qs(target.partition("?")[2])
    search = given.get("search", [""])[0].strip()[:LONGEST_SEARCH]
    site = given.get("host", [""])[0]
    if site and not isinstance(stem_of(site), Stem):
        return pages.bad_request("host", site)
    after = given.get("after", [""])[0] or None
    listed = _index(
        request, host, asker_for(request, host.rooms), now(), search=search, after=after, site=site
    )
    text = gettext("What this library has preserved and may show from here, by archival unit.")
    link = None if request.proof else Link(gettext("Sign in at the portal"), sign_in_way(target))
    return Said(status, gettext("Preserved content"), text, link=link, index=listed)


def _index(
    request: Request,
    host: Host,
    asker: Asker,
    moment: dt.datetime,
    *,
    search: str,
    after: str | None,
    site: str,
) -> Index:
    found = host.rooms.candidates(
        asker, moment, url=f"{site}/" if site else "", search=search, after=after, limit=PER_PAGE
    )
    following = ""
    if found.after is not None:
        query = {"search": search, "host": site, "after": found.after}
        following = f"{request.before}{_INDEX}?{urlencode({k: v for k, v in query.items() if v})}"
    return Index(
        title=gettext("Archival units of this site") if site else gettext("Archival units"),
        action=request.before + _INDEX,
        search=search,
        host=site,
        rows=tuple(_row(request, one) for one in found),
        following=following,
    )


def _row(request: Request, one: Candidate) -> Row:
    starts = tuple(
        Link(url, f"{request.before}{_INDEX}?url={quote(url, safe=':/')}&auid={quote(one.auid, safe='')}")
        for url in one.start_urls[:MOST_STARTS]
    )
    return Row(one.name, starts, "" if one.whole else gettext("Not fully collected yet."))


def refused(request: Request, step: Refuse, url: str) -> Said:
    """An answer of our own that says no more than it must: what is hidden looks like what is unknown."""
    if step.status == 404:
        if request.lapsed:
            return pages.moved(portal_way(request.lapsed, request.target, url))
        return pages.not_held(url, at=request.target)
    if step.status == 503:
        return replace(pages.busy(), more=(("Retry-After", str(step.retry_after or 30)),))
    texts = {
        TableRow.LOOP: "The request has been here before: two hosts lead to each other.",
        TableRow.METHOD: "Preserved pages can only be read.",
        TableRow.SERVICE_WORKER: "Preserved pages may not stay in the browser.",
    }
    return Said(step.status, texts.get(step.row, "This is not done here."), plain=True)
