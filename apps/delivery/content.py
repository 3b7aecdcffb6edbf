"""The content host: preserved pages as they were collected, from an origin that holds nothing of the portal's.

Thin ASGI beside Django's middleware (performance §2): no cookies in or out, no sessions, GET and HEAD only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.aus.models import Au
from apps.delivery import addresses
from apps.delivery.headers import byte_range, etag, headers
from apps.lockss.errors import ContentError
from apps.repository import services as repository
from apps.repository.values import StoredArtifact

Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")
THREADS = 4
PIECE = 256 * 1024
TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="content")


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _answer(scope, send)


async def _lifespan(receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _answer(scope: dict[str, Any], send: Send) -> None:
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path = scope["raw_path"].decode("latin-1").split("?", 1)[0]
    if path == "/healthz":
        await _say(send, 200, "ok\n")
    elif given.get("host", "").lower() != urlsplit(settings.NODE.content_url).netloc.lower():
        await _say(send, 421, "This host shows preserved content only; it is not the one you asked for.\n")
    elif scope["method"] not in ("GET", "HEAD"):
        await _say(send, 405, "Preserved content can only be read.\n", [("Allow", "GET, HEAD")])
    elif given.get("service-worker") == "script":
        await _say(send, 403, "Preserved pages may not stay in the browser.\n")
    elif path == "/robots.txt":
        await _say(send, 200, "User-agent: *\nDisallow: /\n")
    else:
        query = scope["query_string"].decode("latin-1")
        await _content(path, query, given, send, body=scope["method"] == "GET")


async def _content(path: str, query: str, given: dict[str, str], send: Send, *, body: bool) -> None:
    asked = addresses.parse(path)
    if asked is None:
        await _say(send, 403, "This address is no longer good. Open the page again from the portal.\n")
        return
    url = f"{asked.url}?{query}" if query else asked.url
    artifact = await _run(lambda: _find(asked, url))
    if artifact is None:
        await _say(send, 404, "This library holds no such page of this archival unit.\n")
        return
    await _artifact(artifact, given, send, body=body)


def _find(asked: addresses.Asked, url: str) -> StoredArtifact | None:
    au = Au.objects.filter(slug=asked.slug).first()
    if au is None:
        return None
    if asked.version is None:
        return repository.find_best(auid=au.auid, url=url) or repository.find(auid=au.auid, url=url)
    return repository.find(auid=au.auid, url=url, version=asked.version)


async def _artifact(artifact: StoredArtifact, given: dict[str, str], send: Send, *, body: bool) -> None:
    told = headers(artifact, portal=settings.NODE.public_url)
    if etag(artifact) in given.get("if-none-match", ""):
        await _start(send, 304, told)
        await send({"type": "http.response.body"})
        return
    start, stop, status = 0, artifact.size, 200
    if "range" in given and artifact.size:
        span = byte_range(given["range"], artifact.size)
        if span is None:
            await _say(
                send, 416, "There are no such bytes.\n", [("Content-Range", f"bytes */{artifact.size}")]
            )
            return
        (start, stop), status = span, 206
        told.append(("Content-Range", f"bytes {start}-{stop - 1}/{artifact.size}"))
    told.append(("Content-Length", str(stop - start)))
    try:
        opened = await _run(lambda: _open(artifact, start, stop))
        first = await _run(lambda: opened.read(PIECE))
    except ContentError as error:
        await _run(partial(repository.report, artifact, error))
        await _say(
            send,
            503,
            "This copy is damaged or missing. It will be repaired from the publisher or from another library.\n",
        )
        return
    await _start(send, status, told)
    try:
        await _stream(opened, first, send, body=body)
    finally:
        await _run(opened.close)


def _open(artifact: StoredArtifact, start: int, stop: int):
    whole = (start, stop) == (0, artifact.size)
    return repository.open_body(artifact) if whole else repository.open_range(artifact, start, stop)


async def _stream(opened, first: bytes, send: Send, *, body: bool) -> None:
    """A copy that turns out damaged in its middle ends short of its length, which every client notices."""
    piece = first if body else b""
    while piece:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        piece = await _run(lambda: opened.read(PIECE))
    await send({"type": "http.response.body"})


async def _start(send: Send, status: int, told: list[tuple[str, str]]) -> None:
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in told]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _say(send: Send, status: int, text: str, more: list[tuple[str, str]] | None = None) -> None:
    body = text.encode()
    await _start(send, status, [*TEXT, *(more or []), ("Content-Length", str(len(body)))])
    await send({"type": "http.response.body", "body": body})


async def _run(work: Callable[[], T]) -> T:
    """Database and disk in a few lasting threads, each with one lasting connection."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_threads, work)
    except (OperationalError, InterfaceError):
        return await loop.run_in_executor(_threads, lambda: _again(work))


def _again(work: Callable[[], T]) -> T:
    connection.close()
    return work()
