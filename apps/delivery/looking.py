"""What is known of a URL that a reader asks for, and what the table decides about it, the publisher asked where it
says so (delivery §2.2, docs/delivery.md)."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urljoin

from apps.common.clock import now
from apps.delivery.bodies import beginning
from apps.delivery.copies import last_modified_of
from apps.delivery.passing import CODINGS
from apps.delivery.publisher import Judged, Reply, is_loop, judged, own_name, reader_fields
from apps.delivery.request import Request
from apps.delivery.rights import (
    asker_for,
    auditor_for,
    chosen,
    goes_by_publisher,
    needs_pass,
    portal_way,
    serve_address,
)
from apps.delivery.rooms import Host
from apps.delivery.services.asked import asked_of
from apps.delivery.serving import auid_of
from apps.delivery.values import Asker, Copy, Found
from apps.lockss.delivery import (
    Access,
    Ask,
    Asked,
    Conditions,
    Failure,
    Step,
    Surface,
    after,
    begin,
)
from apps.lockss.delivery import Answer as Told
from apps.lockss.delivery.common_table import REDIRECTS
from apps.lockss.replay import ServeContent, is_http


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked up for one request, and what the tables are told of it. ``elsewhere``: the portal has to be
    asked first; ``unchanged``: the publisher was asked, and says that it has what the copy is."""

    asker: Asker
    found: Found
    copy: Copy | None
    asked: Asked
    moment: dt.datetime
    elsewhere: str = ""
    unchanged: bool = False


@dataclass(slots=True)
class Decided:
    """``url``: the one that was asked last; ``reply``: the publisher's answer, open, for whoever sends it on or closes
    it; ``told``: how asking ended, None where nobody was asked."""

    step: Step
    url: str
    reply: Reply | Judged | None = None
    told: Told | None = None


async def decide(request: Request, looked: Looked, host: Host) -> Decided:
    """The last step of the table."""
    found = Decided(begin(looked.asked), looked.found.url)
    hops = 0
    try:
        while isinstance(found.step, Ask):
            await _let_go(found)
            found.told, found.reply, target = await _ask(request, looked, host, found.step, found.url, hops)
            found.step = after(looked.asked, found.told)
            _note(host, found.url, found.step, looked)
            if isinstance(found.step, Ask):
                found.url, hops = target, hops + 1
    except BaseException:
        await _let_go(found)
        raise
    return found


async def _let_go(found: Decided) -> None:
    reply, found.reply = found.reply, None
    if reply is not None:
        await reply.close()


def look(request: Request, wanted: ServeContent, host: Host) -> Looked:
    moment = now()
    asker, found = _find(request, wanted, host, moment)
    copy = chosen(found, request.own_slug)
    elsewhere = ""
    if copy is None and request.lapsed:
        elsewhere = portal_way(request.lapsed, request.target, found.url)
    elif copy is not None and needs_pass(copy, request, host.rooms, moment):
        elsewhere = portal_way(copy.slug, request.target, found.url)
    elif (
        copy is not None
        and wanted.version is not None
        and copy.good
        and goes_by_publisher(copy.verdict, found.url, host, named=True)
    ):
        elsewhere = request.before + serve_address(found.url, copy.auid, as_collected=True)
    return Looked(
        asker, found, copy, _facts(request, wanted, host, asker, found, copy, moment), moment, elsewhere
    )


def _find(request: Request, wanted: ServeContent, host: Host, moment: dt.datetime) -> tuple[Asker, Found]:
    """What may be shown; who looks after the copy sees her AU before all others."""
    find = partial(host.rooms.find, wanted.urls, version=wanted.version)
    carer, own = auditor_for(request, host.rooms), auid_of(request.own_slug)
    if carer is not None and own is not None and wanted.auid in ("", own):
        found = find(carer, moment, auid=own)
        if found.best is not None and found.best.artifact is not None:
            return carer, found
    asker = asker_for(request, host.rooms)
    return asker, find(asker, moment, auid=wanted.auid or None, referer=_referer(request))


def _facts(
    request: Request,
    wanted: ServeContent,
    host: Host,
    looker: Asker,
    found: Found,
    copy: Copy | None,
    moment: dt.datetime,
) -> Asked:
    has = copy is not None and copy.good
    # Only a table that may lead to the publisher needs the date of our copy, which lies on the disk.
    gray = copy is not None and copy.verdict.access is Access.GRAY and wanted.version is None
    return asked_of(
        replace(found, best=copy),
        replace(looker, surface=Surface.CONTENT),
        now=moment,
        method=request.method,
        version=wanted.version is not None,
        never=(wanted.no_proxy and not (copy and copy.verdict.publisher_first)) or host.publisher is None,
        host_down=host.record.is_down(found.url),
        recent=host.record.is_recent(found.url),
        loop=is_loop([request.given.get("via", "")], own_name()),
        rewriting=not wanted.no_rewrite,
        conditions=_conditions(request),
        last_modified=last_modified_of(copy.artifact) if has and gray else None,
        settings=host.settings,
    )


def _conditions(request: Request) -> Conditions:
    given = request.given.get
    return Conditions(
        if_modified_since=given("if-modified-since"),
        if_none_match=given("if-none-match"),
        if_match=given("if-match"),
        if_unmodified_since=given("if-unmodified-since"),
        range=given("range"),
        if_range=given("if-range"),
    )


def _referer(request: Request) -> str:
    return request.given.get("referer", "")[:2_000]


# --- The publisher


async def _ask(
    request: Request, looked: Looked, host: Host, step: Ask, url: str, hops: int
) -> tuple[Told, Reply | None, str]:
    """How it ended, the answer that is still open, and where a redirect leads."""
    if host.publisher is None:
        raise ValueError("nobody is to be asked")
    fields = reader_fields(request.given.items(), own_name(), codings=CODINGS)
    outcome = await host.publisher.ask(url, step, method=request.method, fields=fields)
    if isinstance(outcome, Failure):
        return Told(failure=outcome, hops=hops), None, ""
    host.record.answered(url)
    if outcome.status in REDIRECTS:
        target, held = await host.in_thread(partial(_led_to, outcome, url, looked, host))
        return Told(status=outcome.status, target_held=held, hops=hops), outcome, target
    artifact = looked.copy.artifact if looked.copy else None
    if not looked.asked.holds or artifact is None or request.method == "HEAD":
        return Told(status=outcome.status, hops=hops), outcome, ""
    kept = lambda: host.in_thread(lambda: beginning(artifact))  # noqa: E731
    found = await judged(outcome, step.head, (artifact.content_type, kept))
    if isinstance(found, Failure):
        return Told(failure=found, hops=hops), None, ""
    return Told(status=found.status, page=found.page, hops=hops), found, ""


def _led_to(reply: Reply | Judged, url: str, looked: Looked, host: Host) -> tuple[str, bool]:
    """Where a redirect leads, and whether that lies on a site of an AU that this reader may see."""
    location = next((value for name, value in reply.fields if name.lower() == "location"), "")
    try:
        target = urljoin(url, location.strip()).partition("#")[0]
    except ValueError:
        return "", False
    if not location or not is_http(target):
        return "", False
    return target, host.rooms.find([target], looked.asker, looked.moment).stem_held


def _note(host: Host, url: str, step: Step, looked: Looked) -> None:
    marks = getattr(step, "marks", frozenset())
    if marks:
        host.record.note(url, marks, held=looked.asked.holds)
