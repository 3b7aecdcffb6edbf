"""The content host: preserved pages as they were collected, from an origin that holds nothing of the portal's.

Thin ASGI beside Django's middleware (performance §2): no cookies in or out, no sessions, GET and HEAD only. What asks
the database or the disk runs in a few lasting threads, each with one lasting connection: under ASGI, Django's own
way would open one for every request (performance §9).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError

from apps.common.languages import accepted_language
from apps.delivery import pages
from apps.delivery.bodies import Answer, CutError
from apps.delivery.connected import kept_connected
from apps.delivery.counting import count_content
from apps.delivery.node_rooms import node_host
from apps.delivery.pages import Said
from apps.delivery.passing import Passed
from apps.delivery.request import front_of, request_of
from apps.delivery.rooms import Host
from apps.delivery.routing import Given, admit, routed
from apps.delivery.spoken import spoken

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")
THREADS = 8
LONGEST_TARGET = 16_384
# What the server has in hand for one reader beside the piece itself, and how long she may take for it.
SLICE = 65_536
PATIENCE_S = 60.0
# Answers at once, as the proxies have connections: each may hold a mebibyte. Who comes then waits a moment.
AT_ONCE = 500
WAIT_S = 5.0
logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="content")
_MISDIRECTED = "This host shows preserved pages only; it is not the one that was asked for."


@cache
def host() -> Host:
    """What answering takes, made once in a process."""
    return node_host(_asking)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _in_turn(scope, receive, send)
    else:
        await send({"type": "websocket.close"})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown" and (publisher := host().publisher) is not None:
            await publisher.aclose()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _in_turn(scope: Scope, receive: Receive, send: Send) -> None:
    turns = _turns(asyncio.get_running_loop())
    try:
        if turns.locked():
            await asyncio.wait_for(turns.acquire(), WAIT_S)
        else:
            await turns.acquire()
    except TimeoutError:
        busy = Said(503, "Too many readers at once.", plain=True, more=(("Retry-After", "5"),))
        await _say(busy, send, body=scope["method"] != "HEAD")
        return
    try:
        await _respond(scope, receive, send)
    finally:
        turns.release()


@lru_cache(maxsize=1)
def _turns(_loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    """Of this loop; a process has one."""
    return asyncio.Semaphore(AT_ONCE)


async def _respond(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["raw_path"].startswith(b"//"):
        # An address of the host that ends with a slash, and a path behind it.
        scope = {**scope, "raw_path": b"/" + scope["raw_path"].lstrip(b"/")}
    body = scope["method"] != "HEAD"
    given = _given(scope["headers"])
    said = _refusal(scope, given)
    if said is None:
        try:
            found = await _decide(scope, given)
        except (OperationalError, InterfaceError):
            logger.exception("the database does not answer")
            found = spoken(_language(given), pages.unavailable)
        except Exception:
            # The edge of the process: whatever it was, the reader gets a word and the log the rest.
            logger.exception("no answer for %s", scope["raw_path"][:200])
            found = spoken(_language(given), pages.failed)
        if not isinstance(found, Said):
            await _send_answer(found, receive, send)
            return
        said = found
    await _say(said, send, body=body, language=_language(given))


def _given(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Fields by name in lower case; those that come several times are one list."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _refusal(scope: Scope, given: Mapping[str, str]) -> Said | None:
    """What is answered without looking any further."""
    path = scope["raw_path"]
    if "transfer-encoding" in given or given.get("content-length", "0") != "0":
        # Nobody reads a body here, and what nobody reads would be taken for the next request.
        return Said(400, "A question has no body.", plain=True, more=(("Connection", "close"),))
    if len(path) + len(scope["query_string"]) > LONGEST_TARGET:
        return Said(414, "No address is as long as that.", plain=True, more=(("Connection", "close"),))
    if path == b"/healthz":
        return Said(200, "ok", plain=True)
    if not _is_own(given.get("host", "")):
        return Said(421, _MISDIRECTED, plain=True)
    if scope["method"] not in ("GET", "HEAD"):
        return Said(405, "Preserved pages can only be read.", plain=True, more=(("Allow", "GET, HEAD"),))
    if given.get("service-worker", "").lower() == "script":
        return Said(403, "Preserved pages may not stay in the browser.", plain=True)
    if path == b"/robots.txt":
        return Said(200, "User-agent: *\nDisallow: /", plain=True)
    if path == pages.STYLE_PATH.encode():
        return pages.style_sheet()
    return spoken(_language(given), pages.start) if path == b"/" else None


def _language(given: Mapping[str, str]) -> str:
    return accepted_language(given.get("accept-language", ""))


def _is_own(host: str) -> bool:
    """Ports are not compared: a proxy in front has its own."""
    try:
        asked = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    plain = not any(sign in host for sign in "/@,?#\\ ")
    return plain and asked.rstrip(".") == urlsplit(settings.NODE.content_url).hostname


async def _decide(scope: Scope, given: Mapping[str, str]) -> Given:
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target = f"{target}?{scope['query_string'].decode('latin-1')}"
    front = front_of(target)
    peer = (scope.get("client") or ("",))[0]
    request = request_of(front, scope["method"], given, peer)
    if front.ticket:
        return admit(front, request)
    known = host().at_once
    asked = known.question(request)
    if asked is None:
        return await routed(request, host())
    again = known.get(asked)
    if again is not None and (of := again.lasting) is not None:
        count_content(request, of.copy.au_pk, of.artifact, of.copy.verdict, again.status)
        return again
    found = await routed(request, host())
    if isinstance(found, Answer):
        known.put(asked, found)
    return found


async def _say(said: Said, send: Send, *, body: bool, language: str = settings.LANGUAGE_CODE) -> None:
    text = await _in_thread(lambda: spoken(language, said.body))
    await _start(said.status, said.fields(len(text)), send)
    await send({"type": "http.response.body", "body": text if body else b""})


async def _send_answer(answer: Answer | Passed, receive: Receive, send: Send) -> None:
    """A body that turns out wrong ends short of its length, which every client notices."""
    if isinstance(answer, Answer) and isinstance(answer.body, bytes):
        await _start(answer.status, answer.fields, send)
        await send({"type": "http.response.body", "body": answer.body})
        return
    pieces = answer.body if isinstance(answer, Passed) else _read(answer.body)
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await _start(answer.status, answer.fields, send)
        async for piece in pieces:
            for start in range(0, len(piece), SLICE):
                if gone.done():
                    return
                part = piece[start : start + SLICE]
                async with asyncio.timeout(PATIENCE_S):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})
    except CutError as error:
        logger.warning("a body was cut off: %s", error)
    except TimeoutError:
        logger.info("a reader who took nothing for %d seconds was let go", PATIENCE_S)
    finally:
        gone.cancel()
        if isinstance(answer, Passed):
            await answer.close()
        else:
            await _in_thread(answer.close)


async def _read(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await _in_thread(lambda: next(body, None))) is not None:
        yield piece


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(status: int, fields: Iterable[tuple[str, str]], send: Send) -> None:
    raw = [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


async def _asking(work: Callable[[], T]) -> T:
    """The same for what asks the database."""
    return await _in_thread(lambda: kept_connected(work))
