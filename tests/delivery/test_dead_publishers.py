"""Two publishers that say nothing hold up their own readers and nobody else's, at the proxy and at the content host."""

import asyncio
from dataclasses import replace

import pytest

from apps.common.http_guard import Guard
from apps.delivery import content
from apps.delivery.proxy.deciding import Manner
from apps.delivery.proxy.listener import Limits
from apps.delivery.publisher import GuardedPublisher, HostRecord
from apps.lockss.delivery import DeliverySettings
from tests.common.test_http_guard import FixedResolver
from tests.delivery.surfaces import FRESH, PLACES
from tests.delivery.surfaces_node import Node, node
from tests.simulators.hostile_server import hostile_server
from tests.simulators.proxy_library import HELD, MISSING, MemoryLibrary, proxy
from tests.simulators.publisher import Asked, Reply, Script, Twist, page

__all__ = ["node"]
DEAD = ("dead-1.example", "dead-2.example")
# More than all places of a host, and more than the threads of a process.
WAITING = 40
# Longer than the test: who waits for the dead is not let go by a time.
FOR_EVER = DeliverySettings(race=600, unheld=600, connect=600)


@pytest.mark.parametrize("held", [True, False], ids=["held", "not held"])
async def test_readers_of_a_third_are_answered_by_the_proxy(held: bool) -> None:
    both_asked, asked = asyncio.Event(), set()

    def dead(one: Asked) -> Reply:
        asked.add(one.host)
        if len(asked) == len(DEAD):
            both_asked.set()
        return Reply(twist=Twist.SILENT)

    script = Script().on("/live", page(FRESH)).on("/dead", dead)
    async with hostile_server(script) as server:
        urls = [f"http://{host}:{server.port}/dead" for host in DEAD]
        third = f"http://third.example:{server.port}/live"
        known = {url: replace(HELD if held else MISSING, url=url) for url in (*urls, third)}
        hosts = [f"{host}:{server.port}" for host in (*DEAD, "third.example")]
        record = HostRecord()
        publisher = GuardedPublisher(Guard.of(hosts), record=record, resolver=FixedResolver(["127.0.0.1"]))
        limits = Limits(connections=200, per_client=200)
        manner = Manner(name="lockss-test", settings=FOR_EVER)
        async with proxy(
            MemoryLibrary(known=known), publisher, manner=manner, limits=limits, record=record
        ) as at:
            waiting = [asyncio.ensure_future(at.get(url)) for url in urls for _ in range(WAITING)]
            await both_asked.wait()
            for _ in range(3):
                told = await at.get(third)
                assert (told.status, told.body) == (200, FRESH.encode())
            still = [one for one in waiting if not one.done()]
            # Ten wait for each; with a copy in hand the others have it already, without one they queue.
            assert len(still) >= 2 * 10 if held else len(still) == len(waiting)
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        await publisher.aclose()


class Silent:
    """A publisher of which two hosts never answer."""

    def __init__(self, living, dead: tuple[str, ...]) -> None:
        self._living, self._dead, self._left = living, dead, WAITING * len(dead)
        self.all_wait = asyncio.Event()

    async def ask(self, url, ask, **more):
        if url.split("/")[2] in self._dead:
            self._left -= 1
            if not self._left:
                self.all_wait.set()
            await asyncio.Event().wait()
        return await self._living.ask(url, ask, **more)


@pytest.mark.django_db
def test_and_by_the_content_host(node: Node) -> None:
    places = [PLACES[word] for word in ("gray-annals", "released-annals", "selfserved-annals")]
    node.host.publisher = silent = Silent(
        node.publisher, tuple(place.site.partition("//")[2] for place in places[:2])
    )

    async def get(url: str) -> bytes:
        body = b""

        async def send(message) -> None:
            nonlocal body
            body += message.get("body", b"")

        async def receive():
            await asyncio.Event().wait()

        scope = {
            "type": "http",
            "method": "GET",
            "raw_path": b"/ServeContent",
            "query_string": f"url={url}".encode(),
            "client": ("192.0.2.9", 1),
            "headers": [(b"host", b"localhost:8082")],
        }
        await content.app(scope, receive, send)
        return body

    async def all_of_them() -> tuple[bytes, list[bool]]:
        waiting = [asyncio.ensure_future(get(place.url)) for place in places[:2] for _ in range(WAITING)]
        await silent.all_wait.wait()
        told = await get(places[2].url)
        done = [one.done() for one in waiting]
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return told, done

    told, done = asyncio.run(all_of_them())
    assert FRESH.encode() in told
    assert not any(done)
