"""``/ServeContent`` in all its forms: looked up, decided by the table, carried out (delivery §2, docs/delivery.md)."""

from dataclasses import replace
from functools import partial

from apps.common.clock import now
from apps.delivery import missing_pages, openurl_pages, pages
from apps.delivery.bodies import Answer, CutError
from apps.delivery.copies import Serving, first_whole, serve_copy, serve_links
from apps.delivery.lasting import reason_of
from apps.delivery.lasting_words import unchanged_text
from apps.delivery.led import address_of, led_text, word_of
from apps.delivery.line import copy_line, publishers_line
from apps.delivery.looking import Looked, decide, look
from apps.delivery.pages import Said
from apps.delivery.passing import Passed, passed
from apps.delivery.publisher import Reply
from apps.delivery.request import Request
from apps.delivery.rights import (
    asker_for,
    auditor_for,
    before_links,
    is_shared,
    needs_pass,
    portal_way,
    serve_address,
    without_leave,
)
from apps.delivery.rooms import Host
from apps.delivery.serving import auid_of
from apps.delivery.spoken import spoken
from apps.delivery.values import Copy, in_place_of
from apps.lockss.delivery import Answer as Told
from apps.lockss.delivery import (
    Missing,
    PassOn,
    Refuse,
    Row,
    Serve,
    Step,
)
from apps.lockss.delivery.fallback import why
from apps.lockss.openurl import Kind
from apps.lockss.replay import Form, ServeContent
from apps.lockss.rewrite import RewriteError

Given = Answer | Passed | Said
# A reader does not wait for the copies of a platform's ten thousand units.
MOST_TRIED = 5
_FAILED_BEFORE = (Row.HOST_DOWN, Row.RECENT, Row.PUBLISHER_GONE)


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
    looked = await host.in_thread(lambda: look(request, wanted, host))
    if looked.elsewhere:
        return pages.moved(looked.elsewhere)
    decided = await decide(request, looked, host)
    reply, step = decided.reply, decided.step
    try:
        if isinstance(step, PassOn) and reply is not None:
            answer = await _passed(request, wanted, looked, host, reply, decided.url)
            reply = None
            return answer
        # Its answer to the date of our copy: there is nothing newer (ruling C5).
        unchanged = isinstance(step, Serve) and decided.told is not None and decided.told.status == 304
        known = replace(looked, unchanged=unchanged)
        return await host.in_thread(lambda: _said(request, wanted, known, host, step, decided.told))
    finally:
        if reply is not None:
            await reply.close()


# --- The publisher


async def _passed(
    request: Request, wanted: ServeContent, looked: Looked, host: Host, reply: Reply, url: str
) -> Given:
    copy = looked.copy
    if copy is None:
        raise ValueError("an answer of a publisher for a URL of no AU")
    links = None
    if not wanted.no_rewrite:
        links = await host.in_thread(
            lambda: serve_links(
                copy,
                host.rooms,
                before_links(request, copy),
                publishers_line(request, copy, led_text(wanted)),
            )
        )
    try:
        answer = await passed(
            reply,
            url,
            request.given,
            links,
            copy.auid,
            host.in_thread,
            body=request.wants_body,
            held=looked.asked.holds,
        )
        return answer if is_shared(request, copy) else replace(answer, fields=without_leave(answer.fields))
    except (RewriteError, CutError):
        # Nothing has left yet.
        await reply.close()
        if looked.asked.holds:
            return await host.in_thread(lambda: _copy(request, wanted, looked, host))
        return spoken(request.language, lambda: pages.unrewritable(url))
    except BaseException:
        await reply.close()
        raise


# --- What is done


def _said(
    request: Request, wanted: ServeContent, looked: Looked, host: Host, step: Step, told: Told | None
) -> Answer | Said:
    match step:
        case Serve():
            return _copy(request, wanted, looked, host)
        case Missing():
            artifact = looked.copy.artifact if looked.copy else None
            if artifact is not None and artifact.suspect:
                return _copy(request, wanted, looked, host)
            # Where nobody was asked, that says nothing of the publisher.
            failed = told is not None or step.row in _FAILED_BEFORE
            return missing_pages.missing(
                request, host, looked, step.answer, why(step, told) if failed else ""
            )
        case Refuse():
            return missing_pages.refused(request, step, looked.found.url)
        case _:
            raise ValueError(f"no step of the content host's: {step}")


def _copy(request: Request, wanted: ServeContent, looked: Looked, host: Host) -> Answer | Said:
    """The copy that was decided on; where it turns out broken, that of the next AU which holds the URL."""
    if looked.copy is None or looked.copy.artifact is None:
        raise ValueError("a copy is to be served and none was found")
    copies = in_place_of(looked.copy, looked.found)[:MOST_TRIED]
    may = (
        one for one in copies if one is looked.copy or not needs_pass(one, request, host.rooms, looked.moment)
    )
    return first_whole(partial(_one_copy, request, wanted, looked, host, one) for one in may)


def _one_copy(
    request: Request, wanted: ServeContent, looked: Looked, host: Host, copy: Copy
) -> Answer | Said:
    if copy.artifact is None:
        raise ValueError("a copy without an artifact")
    # Versions are shown as they were collected, as deployed nodes do.
    links = None
    if not wanted.no_rewrite and wanted.version is None:
        # Of the very copy whose date was told to the publisher.
        unchanged = looked.unchanged and copy is looked.copy
        reason = unchanged_text() if unchanged else reason_of(wanted, looked.found.url)
        line = copy_line(request, copy, copy.artifact, f"{led_text(wanted)} {reason}".strip())
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


def _resolved(request: Request, wanted: ServeContent, host: Host) -> Answer | Said:
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
        copy = found.copy if found.chosen.kind is not Kind.URL else None
        to = serve_address(found.chosen.url, copy.auid if copy else "")
        return pages.moved(request.before + address_of(to, word_of(found.chosen)))
    for url in question.urls:
        # Nobody holds it, but it lies on the site of an AU: its publisher may be asked.
        on_site = host.rooms.find([url], asker, moment)
        if on_site.best is not None:
            return pages.moved(request.before + serve_address(on_site.url))
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target))
    return openurl_pages.page(request, question, found)
