"""``/ServeContent`` in all its forms: looked up, decided by the table, carried out (delivery §2, docs/delivery.md)."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urljoin

from apps.common.clock import now
from apps.delivery import missing_pages, openurl_pages, pages
from apps.delivery.bodies import Answer, CutError, beginning
from apps.delivery.copies import Serving, last_modified_of, serve_copy, serve_links
from apps.delivery.line import copy_line, publishers_line
from apps.delivery.pages import Said
from apps.delivery.passing import CODINGS, Passed, passed
from apps.delivery.publisher import Judged, Reply, is_loop, judged, own_name, reader_fields
from apps.delivery.request import Request
from apps.delivery.rights import (
    asker_for,
    auditor_for,
    before_links,
    chosen,
    goes_by_publisher,
    is_shared,
    needs_pass,
    portal_way,
    serve_address,
    without_leave,
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
    Missing,
    PassOn,
    Refuse,
    Serve,
    Step,
    Surface,
    after,
    begin,
)
from apps.lockss.delivery import Answer as Told
from apps.lockss.delivery.common_table import REDIRECTS
from apps.lockss.openurl import Kind
from apps.lockss.replay import Form, ServeContent, is_http
from apps.lockss.rewrite import RewriteError

Given = Answer | Passed | Said


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked up for one request, and what the tables are told of it. ``elsewhere``: the portal has to be
    asked first."""

    asker: Asker
    found: Found
    copy: Copy | None
    asked: Asked
    moment: dt.datetime
    elsewhere: str = ""


async def serve_content(request: Request, wanted: ServeContent, host: Host) -> Given:
    """The answer to one request."""
    match wanted.form:
        case Form.INDEX:
            return await host.in_thread(lambda: missing_pages.index(request, host, request.target))
        case Form.AU:
            return await host.in_thread(lambda: _start(request, wanted, host))
        case Form.OPENURL:
            return await host.in_thread(lambda: _resolved(request, wanted, host))
        case Form.URL | Form.VERSION:
            return await _url(request, wanted, host)


# --- One URL


async def _url(request: Request, wanted: ServeContent, host: Host) -> Given:
    looked = await host.in_thread(lambda: _look(request, wanted, host))
    if looked.elsewhere:
        return pages.moved(looked.elsewhere)
    url, reply = looked.found.url, None
    step, hops = begin(looked.asked), 0
    try:
        while isinstance(step, Ask):
            if reply is not None:
                await reply.close()
            told, reply, target = await _ask(request, looked, host, step, url, hops)
            step = after(looked.asked, told)
            _note(host, url, step, looked)
            if isinstance(step, Ask):
                url, hops = target, hops + 1
        if isinstance(step, PassOn) and reply is not None:
            answer = await _passed(request, wanted, looked, host, reply, url)
            reply = None
            return answer
        return await host.in_thread(lambda: _said(request, wanted, looked, host, step))
    finally:
        if reply is not None:
            await reply.close()


def _look(request: Request, wanted: ServeContent, host: Host) -> Looked:
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


async def _passed(
    request: Request, wanted: ServeContent, looked: Looked, host: Host, reply: Reply, url: str
) -> Given:
    copy = looked.copy
    if copy is None:
        raise ValueError("an answer of a publisher for a URL of no AU")
    links = None
    if not wanted.no_rewrite:
        links = await host.in_thread(
            lambda: serve_links(copy, host.rooms, before_links(request, copy), publishers_line(copy))
        )
    try:
        answer = await passed(
            reply, url, request.given, links, copy.auid, host.in_thread, body=request.wants_body
        )
        return answer if is_shared(request, copy) else replace(answer, fields=without_leave(answer.fields))
    except (RewriteError, CutError):
        # Nothing has left yet.
        await reply.close()
        if looked.asked.holds:
            return await host.in_thread(lambda: _copy(request, wanted, looked, host))
        return pages.unrewritable(url)
    except BaseException:
        await reply.close()
        raise


# --- What is done


def _said(request: Request, wanted: ServeContent, looked: Looked, host: Host, step: Step) -> Answer | Said:
    match step:
        case Serve():
            return _copy(request, wanted, looked, host)
        case Missing():
            artifact = looked.copy.artifact if looked.copy else None
            if artifact is not None and artifact.suspect:
                return _copy(request, wanted, looked, host)
            return missing_pages.missing(
                request, host, looked.asker, looked.found, step.answer, looked.moment
            )
        case Refuse():
            return missing_pages.refused(request, step, looked.found.url)
        case _:
            raise ValueError(f"no step of the content host's: {step}")


def _copy(request: Request, wanted: ServeContent, looked: Looked, host: Host) -> Answer | Said:
    copy = looked.copy
    if copy is None or copy.artifact is None:
        raise ValueError("a copy is to be served and none was found")
    # Versions are shown as they were collected, as deployed nodes do.
    links = None
    if not wanted.no_rewrite and wanted.version is None:
        line = copy_line(copy.name, copy.slug, copy.artifact)
        links = serve_links(copy, host.rooms, before_links(request, copy), line)
    moves = partial(_address, request, wanted)
    return serve_copy(Serving(copy, copy.artifact, wanted.version, links, moves), request)


def _address(request: Request, wanted: ServeContent, url: str) -> str:
    return request.before + serve_address(url, wanted.auid)


# --- Other forms


def _start(request: Request, wanted: ServeContent, host: Host) -> Said:
    """The first start URL that is held, else the first."""
    moment, asker = now(), asker_for(request, host.rooms)
    if wanted.auid and wanted.auid == auid_of(request.own_slug):
        asker = auditor_for(request, host.rooms) or asker
    first = ""
    for url in host.rooms.starts_of(wanted.auid):
        found = host.rooms.find([url], asker, moment, auid=wanted.auid)
        if found.best is None:
            break
        first = first or url
        if found.best.artifact is not None:
            first = url
            break
    if first:
        return pages.moved(request.before + serve_address(first, wanted.auid))
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target))
    return pages.not_held(wanted.auid, at=request.target)


def _resolved(request: Request, wanted: ServeContent, host: Host) -> Said:
    """An OpenURL leads to the canonical address of what it means (ruling C12), or with ``choices=1`` to its page."""
    question = wanted.openurl
    if question is None:
        raise ValueError("no question")
    asker, moment = asker_for(request, host.rooms), now()
    found = host.rooms.resolve(question, asker, moment)
    if found.chosen is not None and wanted.choices:
        return openurl_pages.page(request, question, found)
    if found.chosen is not None:
        # Of a page that was named itself, whoever holds it.
        copy = found.copy if found.chosen.kind is Kind.AU else None
        return pages.moved(request.before + serve_address(found.chosen.url, copy.auid if copy else ""))
    for url in question.urls:
        # Nobody holds it, but it lies on the site of an AU: its publisher may be asked.
        on_site = host.rooms.find([url], asker, moment)
        if on_site.best is not None:
            return pages.moved(request.before + serve_address(on_site.url))
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target))
    return openurl_pages.page(request, question, found)
