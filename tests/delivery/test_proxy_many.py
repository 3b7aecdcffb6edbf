"""Many readers at once on the node's own store, with its threads and connections; clients that go away in mid-answer."""

import asyncio
import os
from concurrent.futures import wait
from dataclasses import replace
from threading import Barrier

import pytest
from django.conf import settings as node_settings
from django.db import connection

from apps.delivery.models import OwnReaderList
from apps.delivery.proxy import service, threads
from apps.delivery.proxy.deciding import Decider
from apps.delivery.proxy.library import NodeLibrary
from apps.delivery.proxy.listener import Limits, ProxyListener
from apps.delivery.services import kept
from apps.lockss.delivery import Surface
from apps.repository import services as repository
from tests.delivery.places import held, rule
from tests.repository.factories import capture, noise, use_store

pytestmark = pytest.mark.django_db(transaction=True)
URL, LONG = "http://pub.example/a", "http://pub.example/long"
READERS, EACH = 100, 5
GET = f"GET {URL} HTTP/1.1\r\nHost: pub.example\r\n\r\n".encode()


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    settings.NODE = replace(node_settings.NODE, keys_dir=tmp_path / "keys")
    kept.forget()
    OwnReaderList.objects.create(included="127.0.0.1")
    au = held(URL)
    repository.add_captures(auid=au.auid, captures=[capture(LONG, noise(30_000_000))])
    rule(au=au, choice="light")
    yield
    let_go_of_connections()


def let_go_of_connections() -> None:
    """The threads keep theirs, which would hold the test database."""
    barrier = Barrier(threads.THREADS)
    jobs = [
        threads.pool.submit(lambda: (barrier.wait(10), connection.close())) for _ in range(threads.THREADS)
    ]
    wait(jobs)


async def listening():
    library = NodeLibrary(service.clients(Surface.PROXY))
    limits = Limits(connections=READERS + 10, per_client=READERS + 10)
    listener = ProxyListener(Decider(library, service.manner(Surface.PROXY)), limits)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, backlog=READERS)
    return server, listener, server.sockets[0].getsockname()[1]


def test_many_readers_each_get_their_own_answers() -> None:
    async def reader(port: int) -> list[int]:
        lines, writer = await asyncio.open_connection("127.0.0.1", port)
        statuses = []
        for _ in range(EACH):
            writer.write(GET)
            head = await lines.readuntil(b"\r\n\r\n")
            length = next(
                int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")
            )
            await lines.readexactly(length)
            statuses.append(int(head[9:12]))
        writer.close()
        return statuses

    async def all_of_them() -> list[list[int]]:
        server, listener, port = await listening()
        found = await asyncio.gather(*(reader(port) for _ in range(READERS)))
        server.close()
        await listener.end(1)
        return found

    assert asyncio.run(all_of_them()) == [[200] * EACH] * READERS


def test_who_goes_away_in_mid_body_leaves_nothing_open() -> None:
    def handles() -> int:
        found = 0
        for each in os.listdir("/proc/self/fd"):
            try:
                found += str(node_settings.NODE.content_dir) in os.readlink(f"/proc/self/fd/{each}")
            except OSError:
                continue
        return found

    async def go_away() -> tuple[int, int]:
        server, listener, port = await listening()
        lines, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
        writer.write(GET.replace(URL.encode(), LONG.encode()))
        await lines.read(1_000)
        during = handles()
        writer.transport.abort()
        while listener._tasks:
            await asyncio.wait(set(listener._tasks))
        server.close()
        return during, handles()

    before = handles()
    during, after = asyncio.run(go_away())
    assert during > before
    assert after == before
