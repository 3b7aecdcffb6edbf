"""What stands between a reader and the node must not give one reader's answer to another: caches, and the size of bodies."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from django.conf import settings as node_settings

from apps.delivery import content
from apps.delivery.proxy import service
from apps.delivery.proxy.deciding import Decider
from apps.delivery.proxy.library import NodeLibrary
from apps.delivery.publisher import HostRecord
from apps.exports import services as exports
from apps.lockss.delivery import Surface
from apps.lockss.http1 import HeadReader
from apps.lockss.packages import options_of
from apps.repository import services as repository
from tests.delivery.surfaces import COPY, KINDS, PLACES, READERS, SHARED
from tests.delivery.surfaces_node import Node, node
from tests.delivery.test_every_other_surface import ask_proxy
from tests.delivery.test_every_surface import NAMED, OF_A_URL, PLAIN, STORED
from tests.repository.factories import capture

__all__ = ["node"]
pytestmark = pytest.mark.django_db
INSIDE, OUTSIDE = READERS["own address"], READERS["stranger"]


class SharedCache:
    """A cache that keeps whatever RFC 9111 lets a shared one keep, and asks again for nothing that it may still give."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple] = {}

    def get(self, url: str, fetch) -> tuple:
        if url not in self.kept:
            answer = fetch()
            if self.may_keep(answer):
                self.kept[url] = answer
            return answer
        return self.kept[url]

    @staticmethod
    def may_keep(answer: tuple) -> bool:
        status, fields, _body = answer
        said = ", ".join(value for name, value in fields if name.lower() == "cache-control").lower()
        words = {word.strip().partition("=")[0] for word in said.split(",")}
        # 302 and 403 are kept only where something says so; a cache that guesses keeps the others.
        by_itself = status in {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}
        return not words & {"private", "no-store", "no-cache"} and (
            by_itself or bool(words & {"public", "max-age", "s-maxage"})
        )


def test_the_cache_would_keep_what_it_may():
    assert SharedCache.may_keep((200, [("Content-Type", "text/html")], b""))
    assert SharedCache.may_keep((302, [("Cache-Control", "max-age=60")], b""))
    assert not SharedCache.may_keep((200, [("Cache-Control", "private, no-cache")], b""))


def test_a_cache_before_the_content_host_gives_nobody_anothers_answer(node: Node):
    cache, ways = SharedCache(), [*PLAIN.values(), *NAMED.values(), *OF_A_URL.values()]
    ways += [address for address, _named in STORED.values()]
    for word in ("light-annals", "freeforall-annals", "dark-annals"):
        place, listed = PLACES[word], OUTSIDE.verdict(KINDS[word]).listed
        for address in ways:

            def fetch(who, address=address, place=place) -> tuple:
                told = node.get(who, place, address(place))
                return told.status, told.raw, told.body

            cache.get(address(place), lambda fetch=fetch: fetch(INSIDE))
            told = cache.get(address(place), lambda fetch=fetch: fetch(OUTSIDE))
            assert listed or COPY + word.encode() not in told[2], address(place)
    assert cache.kept == {}, "nothing says that it may be kept"


def test_nor_does_one_behind_the_proxy(node: Node):
    cache = SharedCache()
    for word, place in PLACES.items():
        for url in (place.url, SHARED, f"{place.site}/missing"):
            node.turn(up=False)
            cache.get(url, lambda url=url: ask_proxy(node, INSIDE, url))
            told = cache.get(url, lambda url=url: ask_proxy(node, OUTSIDE, url))
            if not OUTSIDE.verdict(KINDS[word], Surface.PROXY).listed:
                assert COPY + word.encode() not in told[2], url
    assert cache.kept == {}


# --- The size of a body

LONG = 1 << 30
MOST_MORE = 48 << 20


def memory(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


class Peak:
    """How much more memory than before was in use at once: of the whole process, as the kernel counts it."""

    def __enter__(self) -> Self:
        Path("/proc/self/clear_refs").write_text("5")
        self._before = memory("VmRSS")
        return self

    def __exit__(self, *_error: object) -> None:
        self.more = memory("VmHWM") - self._before


@pytest.fixture
def long_url(node: Node, tmp_path) -> str:
    """A body of 1 GiB in an AU that everybody may read."""
    place, file = PLACES["freeforall-annals"], tmp_path / "long"
    with file.open("wb+") as body:
        body.truncate(LONG)
        url = f"{place.site}/long.mp4"
        one = replace(capture(url, b"", kind="video/mp4"), body=body)
        added = repository.add_captures(auid=place.auid, captures=[one])
    assert added[0].artifact.size == LONG
    file.unlink()
    return url


def test_memory_stays_the_same_for_a_gibibyte(node: Node, long_url: str, settings, tmp_path):
    with Peak() as peak:
        held = b"x" * (MOST_MORE * 2)
        del held
    assert peak.more > MOST_MORE, "a body that is held would be seen"
    with Peak() as peak:
        assert _by_content(f"/ServeContent?url={long_url}") == LONG
    assert peak.more < MOST_MORE, "content host"
    with Peak() as peak:
        assert _by_proxy(node, long_url) == LONG
    assert peak.more < MOST_MORE, "proxy"
    settings.NODE = replace(node_settings.NODE, export_dir=tmp_path / "exports", spool_dir=tmp_path / "spool")
    (tmp_path / "spool").mkdir()
    for kind in ("warc", "zip"):
        with Peak() as peak:
            row, _job = exports.ask_export(
                aus=[node.aus["freeforall-annals"]], what="x", options=options_of({"format": kind}), user=None
            )
            exports.make_export(export_id=row.pk, tell=lambda *_: None)
        row.refresh_from_db()
        assert row.done_bytes > LONG
        assert peak.more < MOST_MORE, f"export, {kind}"


def _by_content(address: str) -> int:
    """How many bytes the content host sent."""
    path, _, query = address.partition("?")
    sent = 0

    async def send(message) -> None:
        nonlocal sent
        assert message.get("status", 200) == 200
        sent += len(message.get("body", b""))

    async def receive():
        await asyncio.Event().wait()

    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "client": (OUTSIDE.address, 1),
        "headers": [(b"host", b"localhost:8082")],
    }
    asyncio.run(content.app(scope, receive, send))
    return sent


def _by_proxy(node: Node, url: str) -> int:
    head = HeadReader().feed(f"GET {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n".encode())

    async def all_of_it() -> int:
        library = NodeLibrary(service.clients(Surface.PROXY))
        decider = Decider(library, service.manner(Surface.PROXY), node.publisher, HostRecord())
        found = await decider.answer(head, url, await library.admit(INSIDE.address, None), {})
        sent = 0
        async for piece in found.body:
            sent += len(piece)
        await found.close()
        return sent

    return asyncio.run(all_of_it())
