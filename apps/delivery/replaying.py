"""Addresses of web archives: versions in time, TimeGate, TimeMap and CDX, from the store alone (docs/memento.md).

The publisher is never asked here: who names a moment wants what was collected.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from django.conf import settings
from django.utils.translation import gettext

from apps.common.clock import now
from apps.common.display import moment_text
from apps.common.pages import Link
from apps.delivery import pages
from apps.delivery.bodies import Answer, Lasting
from apps.delivery.cdx_answers import cdx_answer, record_of
from apps.delivery.copies import Serving, first_whole, serve_copy
from apps.delivery.headers import ALWAYS, Fields
from apps.delivery.line import copy_line
from apps.delivery.pages import Said
from apps.delivery.request import Request
from apps.delivery.rewriting import Links, is_rewritten
from apps.delivery.rights import (
    asker_for,
    auditor_for,
    before_links,
    goes_by_publisher,
    is_shared,
    needs_pass,
    portal_way,
    serve_address,
)
from apps.delivery.rooms import Host
from apps.delivery.values import Copy
from apps.lockss.cdx import cdxj_line
from apps.lockss.delivery import Access
from apps.lockss.memento import (
    JSON,
    LINK_FORMAT,
    Addresses,
    BadMoment,
    Capture,
    accept_datetime,
    json_index,
    json_timemap,
    leads_elsewhere,
    link_index,
    link_timemap,
    memento_links,
    merged,
    missing_links,
    nearest,
    pages_of,
    stamp_of,
    timegate_links,
)
from apps.lockss.replay import EVERYTHING, Modifier, Replay, ReplayForm, TimeMapKind
from apps.lockss.rewrite import ReplayMap
from apps.repository.values import StoredArtifact

_OF_AU = re.compile(r"au-([0-9a-f]{20})", re.ASCII)
_VARY = ("Vary", "Accept-Datetime")
# Rows of the list for people; programs ask for the TimeMap.
MOST_LISTED = 1_000
# They stand inside another page, which has a line already.
MOST_TRIED = 5
_WITH_LINE = (Modifier.TOP, Modifier.PAGE, Modifier.BANNER)


@dataclass(frozen=True, slots=True)
class Place:
    """Which AUs a collection means: all, those of a group, or one."""

    name: str
    slug: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of a URL that this reader may see, oldest first. ``by`` finds the copy that a capture stands for."""

    url: str
    captures: list[Capture]
    by: dict[tuple[str, int], tuple[Copy, StoredArtifact]]


def replayed(request: Request, wanted: Replay, host: Host) -> Answer | Said:
    """The answer to one request."""
    place = place_of(wanted.collection, host)
    if place is None:
        return _nothing(request, wanted)
    if wanted.form is ReplayForm.CDX:
        return cdx_answer(
            wanted.query, partial(_listed, request, host, place), place.slug, body=request.wants_body
        )
    found = _versions(request, wanted.urls, host, place)
    match wanted.form:
        case ReplayForm.TIMEGATE:
            return _timegate(request, wanted, found, host)
        case ReplayForm.VERSION:
            return _version(request, wanted, found, host)
        case ReplayForm.TIMEMAP:
            return _timemap(request, wanted, found)
        case ReplayForm.VERSIONS:
            return _for_people(request, wanted, found)


def place_of(collection: str, host: Host) -> Place | None:
    """None where there is no such collection."""
    if collection == EVERYTHING:
        return Place(collection)
    one = _OF_AU.fullmatch(collection)
    if one is not None:
        return Place(collection, slug=one[1])
    return Place(collection, group=collection) if host.rooms.is_group(collection) else None


# --- What there is


def _versions(request: Request, urls: Iterable[str], host: Host, place: Place) -> Versions:
    """Under the first spelling that anybody holds."""
    first = ""
    for url in urls:
        first = first or url
        pairs = _listed(request, host, place, url)
        if pairs:
            by = {(artifact.auid, artifact.version): (copy, artifact) for copy, artifact in pairs}
            captures = (
                Capture(artifact.collected_at, artifact.sha256.hex(), artifact.auid, artifact.version)
                for _copy, artifact in pairs
            )
            return Versions(pairs[0][1].url, list(merged(captures)), by)
    return Versions(first, [], {})


def _listed(request: Request, host: Host, place: Place, url: str) -> list[tuple[Copy, StoredArtifact]]:
    moment, auditor = now(), auditor_for(request, host.rooms)
    if auditor is not None and place.slug in (None, request.own_slug):
        own = host.rooms.versions(url, auditor, moment, slug=request.own_slug)
        if own:
            return own
    return host.rooms.versions(
        url, asker_for(request, host.rooms), moment, slug=place.slug, group=place.group
    )


def _chosen(request: Request, found: Versions, one: Capture) -> tuple[Copy, StoredArtifact]:
    """Of the same bytes of the same second those of the AU of the reader's pass, else those that stand for them."""
    for copy, artifact in found.by.values():
        same = artifact.sha256.hex() == one.digest and stamp_of(artifact.collected_at) == stamp_of(one.moment)
        if same and copy.slug == request.own_slug:
            return copy, artifact
    return found.by[one.au, one.version]


def _nothing(request: Request, wanted: Replay, *more: tuple[str, str]) -> Said:
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target))
    said = pages.not_held(wanted.urls[0] if wanted.urls else "", at=request.target)
    return replace(said, more=more)


def _wish(request: Request) -> dt.datetime | BadMoment | None:
    text = request.given.get("accept-datetime")
    return None if text is None else accept_datetime(text)


def _bad_wish(wish: BadMoment) -> Said:
    about = gettext(
        "Accept-Datetime has the form Thu, 31 May 2007 20:35:00 GMT and names a day that there is"
    )
    return pages.bad_request(about, wish.found)


def _public(wanted: Replay) -> Addresses:
    """Addresses that can be told to anybody: without pass."""
    return Addresses(settings.NODE.content_url, wanted.collection)


def _own(request: Request, wanted: Replay) -> Addresses:
    return Addresses(request.before, wanted.collection)


# --- One version


def _timegate(request: Request, wanted: Replay, found: Versions, host: Host) -> Said:
    wish = _wish(request)
    if isinstance(wish, BadMoment):
        return _bad_wish(wish)
    around = nearest(found.captures, wish)
    if around is None:
        return _nothing(request, wanted, _VARY, ("Link", missing_links(_public(wanted), found.url)))
    to = _own(request, wanted).memento(found.url, around.chosen)
    return pages.moved(to, _VARY, ("Link", timegate_links(_public(wanted), found.url, around)))


def _version(request: Request, wanted: Replay, found: Versions, host: Host) -> Answer | Said:
    wish = wanted.moment.wanted if wanted.moment else _wish(request)
    if isinstance(wish, BadMoment):
        return _bad_wish(wish)
    around = nearest(found.captures, wish)
    if around is None:
        return _nothing(request, wanted)
    one, modifier = around.chosen, wanted.modifier
    exact = _own(request, wanted).memento(found.url, one, modifier)
    asked = wanted.moment
    inexact = asked is None or not (asked.is_exact and asked.first == one.second)
    vary = () if asked else (_VARY,)
    elsewhere = modifier.is_page if asked is None else leads_elsewhere(asked, one, is_page=modifier.is_page)
    if elsewhere:
        return pages.moved(exact, *vary, ("Link", timegate_links(_public(wanted), found.url, around)))
    copy, artifact = _chosen(request, found, one)
    if needs_pass(copy, request, host.rooms, now()):
        return pages.moved(portal_way(copy.slug, request.target, artifact.url))
    if goes_by_publisher(copy.verdict, artifact.url, host, named=True):
        raw = modifier is Modifier.IDENTITY
        return pages.moved(request.before + serve_address(artifact.url, copy.auid, as_collected=raw))
    shown = first_whole(
        partial(_shown, request, wanted, one, *pair)
        for pair in _with_same_bytes(found, copy, artifact)[:MOST_TRIED]
        if pair[0] is copy or not needs_pass(pair[0], request, host.rooms, now())
    )
    told: Fields = [*vary, *([("Content-Location", exact)] if inexact else [])]
    return _with_links(shown, memento_links(_public(wanted), found.url, around), told)


def _with_same_bytes(
    found: Versions, copy: Copy, artifact: StoredArtifact
) -> list[tuple[Copy, StoredArtifact]]:
    """A version, and those of other AUs with the same bytes, the nearest in time first, for where it turns out broken."""
    same = [pair for pair in found.by.values() if pair[1].sha256 == artifact.sha256 and pair[0] is not copy]
    near = sorted(same, key=lambda pair: (abs(pair[1].collected_at - artifact.collected_at), pair[0].auid))
    return [(copy, artifact), *near]


def _shown(
    request: Request, wanted: Replay, one: Capture, copy: Copy, artifact: StoredArtifact
) -> Answer | Said:
    serving = _serving(request, wanted, copy, artifact, one)
    shown = serve_copy(serving, request)
    if isinstance(shown, Said) or request.proof is not None or copy.verdict.access is not Access.OPEN:
        return shown
    with_links = serving.links is not None and is_rewritten(artifact.content_type)
    return replace(shown, lasting=Lasting(copy, artifact, with_links and not copy.verdict.free))


def _serving(request: Request, wanted: Replay, copy: Copy, artifact: StoredArtifact, one: Capture) -> Serving:
    if wanted.modifier is Modifier.IDENTITY:
        return Serving(copy, artifact, artifact.version, None)
    stamp, page = stamp_of(one.moment), wanted.modifier if wanted.modifier.is_page else Modifier.PAGE
    line = copy_line(request, copy, artifact) if wanted.modifier in _WITH_LINE else b""

    def make(front: str) -> ReplayMap:
        return ReplayMap(f"{front}/{wanted.collection}/", stamp, page=page)

    links = Links(("replay", wanted.collection, stamp, page), make, before_links(request, copy), line)

    def moves(url: str) -> str:
        # Where it led, at the same moment: the nearest version of that.
        return _own(request, wanted).memento(url, one, wanted.modifier)

    return Serving(copy, artifact, None, links, moves)


def _with_links(shown: Answer | Said, link: str, told: Fields) -> Answer | Said:
    if isinstance(shown, Said):
        return shown
    fields = [(name, value) for name, value in shown.fields if name not in ("Link", "Vary")]
    vary = ", ".join(value for name, value in (*shown.fields, *told) if name == "Vary")
    rest = [pair for pair in told if pair[0] != "Vary"]
    return replace(shown, fields=[*fields, ("Link", link), *rest, *([("Vary", vary)] if vary else [])])


# --- Lists


def _timemap(request: Request, wanted: Replay, found: Versions) -> Answer | Said:
    if not found.captures:
        return _nothing(request, wanted)
    shared = all(is_shared(request, copy) for copy, _artifact in found.by.values())
    if wanted.kind is TimeMapKind.CDXJ:
        lines = (cdxj_line(record_of(found.by[one.au, one.version][1])) for one in found.captures)
        return text_answer(lines, "text/x-cdxj", request, shared=shared)
    spans = pages_of(one.moment for one in found.captures)
    addresses, is_json = _public(wanted), wanted.kind is TimeMapKind.JSON
    kind = JSON if is_json else LINK_FORMAT
    if wanted.page is None and len(spans) > 1:
        index = json_index if is_json else link_index
        return text_answer(index(addresses, found.url, spans), kind, request, shared=shared)
    number = wanted.page or 1
    if number > len(spans):
        return _nothing(request, wanted)
    rows = found.captures[spans[number - 1].rows()]
    timemap = json_timemap if is_json else link_timemap
    return text_answer(timemap(addresses, found.url, spans, number, rows), kind, request, shared=shared)


def text_answer(lines: Iterator[str], kind: str, request: Request, *, shared: bool) -> Answer:
    """Lines as they come, for programs."""
    leave = [("Access-Control-Allow-Origin", "*")] if shared else []
    fields = [*ALWAYS, ("Content-Type", f"{kind}; charset=utf-8"), *leave]
    body = (line.encode() for line in lines)
    return Answer(200, fields, body if request.wants_body else b"")


def _for_people(request: Request, wanted: Replay, found: Versions) -> Said:
    within = wanted.moment
    some = [one for one in found.captures if within is None or within.first <= one.second <= within.last]
    if not some:
        return _nothing(request, wanted)
    addresses = _own(request, wanted)
    rows = tuple(
        pages.Row(
            found.by[one.au, one.version][0].name,
            (Link(moment_text(one.moment), addresses.memento(found.url, one)),),
        )
        for one in reversed(some[-MOST_LISTED:])
    )
    return pages.versions(found.url, rows, len(some), addresses.timemap(found.url))
