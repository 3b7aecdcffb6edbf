"""What a reader gets for a URL that is not here, and the index of AUs: searched by name, paged by key (delivery §2.3)."""

import datetime as dt
from dataclasses import replace
from urllib.parse import quote

from django.utils.translation import gettext

from apps.common.clock import now
from apps.common.pages import Link
from apps.delivery import pages
from apps.delivery.bodies import Answer
from apps.delivery.file_answers import file_answer
from apps.delivery.lasting_words import reason_text
from apps.delivery.looking import Looked
from apps.delivery.pages import Said
from apps.delivery.public_tables import PER_PAGE, Cell, Column, Table, Wish, as_file, table, wish_of
from apps.delivery.public_tables import Row as TableRow
from apps.delivery.request import Request
from apps.delivery.rights import asker_for, portal_way, sign_in_way
from apps.delivery.rooms import Host
from apps.delivery.values import Asker, Candidate, Candidates
from apps.lockss.delivery import Listing, MissingAnswer, Refuse, Row, Stem, location, stem_of

MOST_STARTS = 5
# A file is made of so many looks at so many units each, so that nobody's download keeps a thread for long.
IN_FILE, MOST_IN_FILE, MOST_PAGES = 500, 10_000, 40
_INDEX = pages.INDEX


def missing(request: Request, host: Host, looked: Looked, answer: MissingAnswer, reason: str = "") -> Said:
    """The missing-file action, as the table chose it. ``reason``: a word of ``fallback.why``, where the publisher failed."""
    found = looked.found
    stem = stem_of(found.url)
    live = location(found.url, {stem}) if found.stem_held and isinstance(stem, Stem) else None
    if answer.status == 302 and live is not None:
        return pages.moved(live)
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target, found.url))
    said = pages.not_held(found.url, at=request.target)
    if request.proof is not None:
        said = replace(said, link=None, text=gettext("This library holds no such page."))
    failed = reason_text(reason)
    if failed and looked.copy is not None:
        # Who may know of a unit on this site is told what became of asking.
        neither = gettext("The publisher does not deliver this page, and no copy of it is preserved here.")
        said = replace(said, text=f"{neither} {failed}")
    if answer.link and live is not None:
        label = (
            gettext("Try it at the publisher all the same: this leaves the library")
            if failed
            else gettext("The same address at the publisher: this leaves the library")
        )
        said = replace(said, better=Link(label, live))
    if answer.listing is Listing.NONE or (answer.listing is Listing.HOST and not isinstance(stem, Stem)):
        return said
    site = stem.text if answer.listing is Listing.HOST and isinstance(stem, Stem) else ""
    wish = Wish(request.before + _INDEX, rest=(("host", site),) if site else ())
    listed = _table(request, host, looked.asker, looked.moment, wish, site)
    return replace(said, tables=(listed,)) if listed.rows or listed.following or not site else said


def index(request: Request, host: Host, target: str, *, status: int = 200) -> Answer | Said:
    """All AUs that this reader may see, or those of one site (``host=``), as a page of a table or as a file."""
    wish = wish_of(request.before + _INDEX, target.partition("?")[2])
    site = dict(wish.rest).get("host", "")
    if site and not isinstance(stem_of(site), Stem):
        return pages.bad_request("host", site)
    asker, moment = asker_for(request, host.rooms), now()
    if wish.format:
        return _file(request, host, asker, moment, wish, site)
    text = gettext("What this library has preserved and may show from here, by archival unit.")
    sign_in = None if request.proof else Link(gettext("Sign in at the portal"), sign_in_way(target))
    return Said(
        status,
        gettext("Preserved content"),
        text,
        link=sign_in,
        better=Link(gettext("Content given to everybody"), f"{request.before}/triggered"),
        tables=(_table(request, host, asker, moment, wish, site),),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("name", gettext("Archival unit")),
        Column("begins-at", gettext("Begins at"), sorts=False),
        Column("collected", gettext("Collected"), sorts=False),
    )


def _table(request: Request, host: Host, asker: Asker, moment: dt.datetime, wish: Wish, site: str) -> Table:
    found = _found(host, asker, moment, wish, site, wish.after, PER_PAGE)
    return table(
        gettext("Archival units of this site") if site else gettext("Archival units"),
        _columns(),
        [_row(request, one) for one in found],
        wish,
        following=found.after or "",
        sorted_by="name",
        empty=gettext("No archival unit can be named here."),
        unfound=gettext("No archival unit has these words in its name."),
    )


def _found(
    host: Host, asker: Asker, moment: dt.datetime, wish: Wish, site: str, after: str, limit: int
) -> Candidates:
    return host.rooms.candidates(
        asker,
        moment,
        url=f"{site}/" if site else "",
        search=wish.search,
        after=after or None,
        limit=limit,
        descending=wish.column == "name" and wish.descending,
    )


def _file(request: Request, host: Host, asker: Asker, moment: dt.datetime, wish: Wish, site: str) -> Answer:
    """At most ``MOST_IN_FILE`` units; where there are more, ``Link`` names the address of the next file."""
    rows: list[TableRow] = []
    after = wish.after
    for _page in range(MOST_PAGES):
        found = _found(host, asker, moment, wish, site, after, min(IN_FILE, MOST_IN_FILE - len(rows)))
        rows += [_row(request, one) for one in found]
        after = found.after or ""
        if not after or len(rows) >= MOST_IN_FILE:
            break
    next_one = wish.address(after=after, format=wish.format) if after else ""
    more = (("Link", f'<{next_one}>; rel="next"'),) if next_one else ()
    return file_answer(as_file(_columns(), rows, wish.format), wish.format, "archival-units", request, *more)


def _row(request: Request, one: Candidate) -> TableRow:
    starts = one.start_urls[:MOST_STARTS]
    links = tuple(
        Link(url, f"{request.before}{_INDEX}?url={quote(url, safe=':/')}&auid={quote(one.auid, safe='')}")
        for url in starts
    )
    whole = gettext("Fully collected.") if one.whole else gettext("Not fully collected yet.")
    return Cell(one.name), Cell(" ".join(starts), links), Cell(whole)


def refused(request: Request, step: Refuse, url: str) -> Said:
    """An answer of our own that says no more than it must: what is hidden looks like what is unknown."""
    if step.status == 404:
        if request.lapsed:
            return pages.moved(portal_way(request.lapsed, request.target, url))
        return pages.not_held(url, at=request.target)
    if step.status == 503:
        return replace(pages.busy(), more=(("Retry-After", str(step.retry_after or 30)),))
    texts = {
        Row.LOOP: "The request has been here before: two hosts lead to each other.",
        Row.METHOD: "Preserved pages can only be read.",
        Row.SERVICE_WORKER: "Preserved pages may not stay in the browser.",
    }
    return Said(step.status, texts.get(step.row, "This is not done here."), plain=True)
