"""Asking the publisher: the contract on both adapters, and what only real sockets have."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from apps.common.http_guard import Guard
from apps.delivery.publisher import GuardedPublisher, HostRecord, PublisherLimits
from apps.delivery.publisher.places import Places
from apps.delivery.publisher.resolving import SharedResolver
from apps.lockss.delivery import Failure, Mark, Pool
from apps.lockss.fetch import Framing
from tests.common.test_http_guard import FixedResolver
from tests.common.test_http_tls import Forge, forge
from tests.contracts.asked_publisher import ASK, PublisherContract, PublisherLab
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.hostile_server import hostile_server
from tests.simulators.publisher import Reply as Scripted
from tests.simulators.publisher import Script, Twist, page

# The fixture is used by its name.
__all__ = ["forge"]
QUICK = replace(ASK, pool=Pool.QUICK, head=3.0)


class TestSimulator(PublisherContract):
    @pytest.fixture
    async def lab(self) -> PublisherLab:
        script = Script()
        return PublisherLab(script, ScriptedPublisher(script), lambda path: f"http://pub.example{path}")


class TestSockets(PublisherContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[PublisherLab]:
        script = Script()
        async with hostile_server(script) as server:
            publisher = GuardedPublisher(Guard.of([server.endpoint]))
            yield PublisherLab(script, publisher, server.url)
            await publisher.aclose()


@pytest.fixture
async def server() -> AsyncIterator[object]:
    async with hostile_server(Script()) as found:
        yield found


@pytest.fixture
async def publisher(server) -> AsyncIterator[GuardedPublisher]:
    found = GuardedPublisher(Guard.of([server.endpoint]))
    yield found
    await found.aclose()


async def test_nobody_listens() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{sock.getsockname()[1]}"
    publisher = GuardedPublisher(Guard.of([endpoint]))
    assert await publisher.ask(f"http://{endpoint}/", ASK) is Failure.REFUSED
    await publisher.aclose()


async def test_a_connection_that_is_never_taken() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        endpoint = f"127.0.0.1:{full.getsockname()[1]}"
        with socket.create_connection(full.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            publisher = GuardedPublisher(Guard.of([endpoint]))
            found = await publisher.ask(f"http://{endpoint}/", replace(ASK, connect=0.3, head=0.4))
            await publisher.aclose()
    # A kernel may take one more than it says; then nothing is said.
    assert found in {Failure.CONNECT_TIMEOUT, Failure.STALL}


async def test_a_name_that_nobody_knows() -> None:
    class Nobody(FixedResolver):
        async def resolve(self, host, port=0, family=None):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

    publisher = GuardedPublisher(Guard(), resolver=Nobody([]))
    assert await publisher.ask("http://pub.example/", ASK) is Failure.DNS
    await publisher.aclose()


PRIVATE = [
    "http://127.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://localhost/",
    "http://10.1.2.3/",
]


@pytest.mark.parametrize("url", PRIVATE)
async def test_no_spelling_leads_into_a_private_network(url: str) -> None:
    publisher = GuardedPublisher(Guard())
    assert await publisher.ask(url, ASK) is Failure.FORBIDDEN_ADDRESS
    await publisher.aclose()


async def test_a_name_that_moves_into_a_private_network_is_judged_each_time(server) -> None:
    """DNS rebinding: the first look-up is public, the second is not."""
    publisher = GuardedPublisher(Guard(), resolver=FixedResolver(["127.0.0.1"]))
    url = f"http://pub.example:{server.port}/"
    assert await publisher.ask(url, ASK) is Failure.FORBIDDEN_ADDRESS
    assert server.script.asked == []
    await publisher.aclose()


async def test_a_reset_in_the_body(server, publisher) -> None:
    server.script.on("/", Scripted(body=b"x" * 10_000, twist=Twist.RESET))
    lab = PublisherLab(server.script, publisher, server.url)
    found, data = await lab.read("/")
    assert found in {Failure.RESET, Failure.TRUNCATED}
    assert len(data) <= 5_000


@pytest.mark.parametrize("kind", ["good", "self-signed", "wrong-name", "expired", "unknown-issuer"])
async def test_certificates(forge: Forge, kind: str) -> None:
    """The reader does not see them, so what nothing vouches for is no answer."""
    async with hostile_server(Script().on("/", page("x")), forge.context(kind)) as server:
        publisher = GuardedPublisher(Guard.of([server.endpoint]), ca_file=str(forge.ca_file))
        found, data = await PublisherLab(server.script, publisher, server.url).read("/")
        await publisher.aclose()
    assert (found is Failure.TLS, data) == ((False, b"x") if kind == "good" else (True, b""))


async def test_what_speaks_no_tls(server) -> None:
    publisher = GuardedPublisher(Guard.of([server.endpoint]))
    found = await publisher.ask(f"https://{server.endpoint}/", replace(ASK, head=1.0))
    await publisher.aclose()
    assert found in {Failure.TLS, Failure.RESET, Failure.CONNECT_TIMEOUT}


async def test_a_kept_connection_is_used_again_and_its_loss_not_noticed(server, publisher) -> None:
    """The publisher closes a kept connection: who asks next gets his answer all the same."""
    server.script.on("/", [page("one"), page("two"), Scripted(twist=Twist.CLOSED_AT_ONCE), page("four")])
    lab = PublisherLab(server.script, publisher, server.url)
    assert (await lab.read("/"))[1] == b"one"
    assert (await lab.read("/"))[1] == b"two"
    assert server.connections == 1
    assert (await lab.read("/"))[1] == b"four"


async def test_other_methods_are_never_asked_twice(server, publisher) -> None:
    server.script.on("/", [page("one"), Scripted(twist=Twist.CLOSED_AT_ONCE), page("three")])
    lab = PublisherLab(server.script, publisher, server.url)
    await lab.read("/")
    assert (await lab.read("/", method="POST"))[0] is Failure.RESET
    assert len(server.script.asked) == 2


async def test_a_full_host_answers_who_holds_a_copy_at_once_and_others_after_a_while(server) -> None:
    publisher = GuardedPublisher(Guard.of([server.endpoint]), limits=PublisherLimits(per_host=2))
    server.script.on("/slow", Scripted(framing=Framing.CHUNKED, twist=Twist.ENDLESS)).on("/", page("x"))
    taken = [await publisher.ask(server.url("/slow"), ASK) for _ in range(2)]
    assert not any(isinstance(each, Failure) for each in taken)
    assert await publisher.ask(server.url("/"), QUICK) is Failure.QUEUE_FULL
    assert await publisher.ask(server.url("/"), replace(ASK, connect=0.1)) is Failure.QUEUE_FULL
    waiting = asyncio.ensure_future(publisher.ask(server.url("/"), ASK))
    await asyncio.sleep(0)
    await taken[0].close()
    found = await waiting
    assert not isinstance(found, Failure)
    for each in (found, taken[1]):
        await each.close()
    assert len(publisher._places) == 0
    await publisher.aclose()


async def test_two_dead_publishers_do_not_delay_readers_of_a_third() -> None:
    """Who waits for a busy host takes no place of the whole."""
    places = Places(in_all=5, per_host=2)
    for host in ("dead-1", "dead-2"):
        assert await places.take(host, 0)
        assert await places.take(host, 0)
    waiting = [asyncio.ensure_future(places.take(f"dead-{n % 2 + 1}", 5)) for n in range(50)]
    await asyncio.sleep(0)
    assert await places.take("alive", 0)
    places.give_back("alive")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for host in ("dead-1", "dead-2"):
        places.give_back(host)
        places.give_back(host)
    assert len(places) == 0


async def test_a_name_server_that_does_not_answer_holds_one_thread(monkeypatch) -> None:
    """However many readers ask for that host, others are looked up."""
    gate, asked = threading.Event(), []

    def look_up(host, *_args, **_more):
        asked.append(host)
        if host == "dead.example":
            gate.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolver = SharedResolver(threads=2)
    dead = [asyncio.ensure_future(resolver.resolve("dead.example", 80)) for _ in range(20)]
    await asyncio.sleep(0)
    dead[0].cancel()
    found = await resolver.resolve("alive.example", 80)
    assert [each["host"] for each in found] == ["192.0.2.1"]
    gate.set()
    assert {each["host"] for answer in await asyncio.gather(*dead[1:]) for each in answer} == {"192.0.2.1"}
    assert asked.count("dead.example") == 1
    await resolver.close()


async def test_who_goes_away_gives_the_place_back(server, publisher) -> None:
    came = asyncio.Event()

    def silent(_asked: object) -> Scripted:
        came.set()
        return Scripted(twist=Twist.SILENT)

    server.script.on("/", silent)
    asking = asyncio.ensure_future(publisher.ask(server.url("/"), ASK))
    await came.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert len(publisher._places) == 0


async def test_memory_is_bounded_by_what_is_read(server, publisher) -> None:
    """A publisher without end is held back while nobody reads."""
    server.script.on("/", Scripted(framing=Framing.CHUNKED, twist=Twist.ENDLESS))
    found = await publisher.ask(server.url("/"), ASK)
    assert not isinstance(found, Failure)
    await anext(found.body)
    for _ in range(50):
        await asyncio.sleep(0.005)
    assert found._response.content.total_bytes < 2_000_000
    await found.close()


async def test_the_record_knows_who_is_down_and_who_is_back(server) -> None:
    now = [0.0]
    record = HostRecord(clock=lambda: now[0], recent_for=60)
    publisher = GuardedPublisher(Guard.of([server.endpoint]), record=record)
    url = server.url("/")
    record.note(url, frozenset({Mark.HOST_DOWN}), held=False)
    assert not record.is_down(url), "a host of nothing that is held never enters"
    record.note(url, frozenset({Mark.HOST_DOWN, Mark.RECENT}), held=True)
    assert (record.is_down(url), record.is_down(f"http://127.0.0.1:{server.port + 1}/")) == (True, False)
    assert (record.is_recent(url), record.is_recent(url + "b")) == (True, False)
    server.script.on("/", page("x"))
    found = await publisher.ask(url, ASK)
    assert not isinstance(found, Failure)
    await found.close()
    assert not record.is_down(url)
    now[0] = 61
    assert not record.is_recent(url)
    await publisher.aclose()


async def test_a_body_goes_along_where_there_is_one(server, publisher) -> None:
    server.script.on("/", Scripted(204, framing=Framing.NONE))

    async def given() -> AsyncIterator[bytes]:
        yield b"a=1"

    found = await publisher.ask(
        server.url("/"), ASK, method="POST", fields=[("Content-Length", "3")], body=given()
    )
    assert not isinstance(found, Failure)
    await found.close()
    asked = server.script.asked[0]
    assert (asked.header("content-length"), asked.header("transfer-encoding")) == ("3", None)
