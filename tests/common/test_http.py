"""What only the real adapter has: unreachable hosts, source address, the bridge for code without a loop."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from apps.common.http import FetcherPolicy, GuardedFetcher, fetch_sync
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest
from tests.common.test_http_guard import FixedResolver
from tests.contracts.fetcher import ListSink
from tests.simulators.hostile_server import hostile_server, hostile_server_thread
from tests.simulators.publisher import Reply, Script, Twist, page

LIMITS = FetchLimits(connect=2, idle=1, total=5)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def test_nobody_listens() -> None:
    endpoint = f"127.0.0.1:{free_port()}"
    async with GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher:
        result = await fetcher.fetch(FetchRequest(f"http://{endpoint}/", limits=LIMITS), ListSink())
    assert (result.fault, result.head, result.body) == (Fault.CONNECT, None, None)


async def test_a_connection_that_is_never_taken_ends_by_its_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        endpoint = f"127.0.0.1:{full.getsockname()[1]}"
        with socket.create_connection(full.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            async with GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher:
                request = FetchRequest(
                    f"http://{endpoint}/", limits=FetchLimits(connect=0.3, idle=0.3, total=5)
                )
                result = await fetcher.fetch(request, ListSink())
    assert result.fault in {Fault.CONNECT_TIMEOUT, Fault.IDLE_TIMEOUT}


async def test_a_host_without_an_address() -> None:
    async with GuardedFetcher(resolver=FixedResolver([])) as fetcher:
        result = await fetcher.fetch(FetchRequest("http://nowhere.example.org/", limits=LIMITS), ListSink())
    assert result.fault is Fault.REFUSED_ADDRESS


async def test_the_first_of_several_addresses_may_be_dead() -> None:
    async with hostile_server(Script().on("/", page("here"))) as server:
        guard = Guard.of([f"www.example.org:{server.port}"])
        resolver = FixedResolver(["127.0.0.9", "127.0.0.1"])
        async with GuardedFetcher(FetcherPolicy(guard=guard), resolver=resolver) as fetcher:
            url = f"http://www.example.org:{server.port}/"
            result = await fetcher.fetch(FetchRequest(url, limits=LIMITS), sink := ListSink())
    assert (result.fault, sink.data, result.peer) == (None, b"here", f"127.0.0.1:{server.port}")


async def test_the_source_address_is_used() -> None:
    script = Script().on("/", page("x"))
    async with hostile_server(script) as server:
        policy = FetcherPolicy(guard=Guard.of([server.endpoint]), source_address="127.0.0.2")
        async with GuardedFetcher(policy) as fetcher:
            result = await fetcher.fetch(FetchRequest(server.url("/"), limits=LIMITS), ListSink())
            assert fetcher._session is not None
            connections = [
                proto.transport.get_extra_info("sockname")[0]
                for pool in fetcher._session.connector._conns.values()
                for proto, _ in pool
            ]
    assert result.fault is None
    assert connections == ["127.0.0.2"]


async def test_an_address_that_is_not_ours_is_a_fault() -> None:
    async with hostile_server(Script()) as server:
        policy = FetcherPolicy(guard=Guard.of([server.endpoint]), source_address="192.0.2.77")
        async with GuardedFetcher(policy) as fetcher:
            result = await fetcher.fetch(FetchRequest(server.url("/"), limits=LIMITS), ListSink())
    assert result.fault is Fault.CONNECT


async def test_times_come_from_the_given_clock() -> None:
    moments = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in range(100))
    async with hostile_server(Script().on("/", page("x"))) as server:
        policy = FetcherPolicy(guard=Guard.of([server.endpoint]))
        async with GuardedFetcher(policy, clock=lambda: next(moments)) as fetcher:
            result = await fetcher.fetch(FetchRequest(server.url("/"), limits=LIMITS), ListSink())
    assert result.began == datetime(2026, 1, 1, tzinfo=UTC)
    assert result.took > timedelta(0)


def test_without_a_loop() -> None:
    script = Script().on("/a", page("from a thread"))
    with hostile_server_thread(script) as server:
        policy = FetcherPolicy(guard=Guard.of([server.endpoint]))
        sink = ListSink()
        result = fetch_sync(FetchRequest(server.url("/a"), limits=LIMITS), sink, policy)
        refused = fetch_sync(FetchRequest(server.url("/a"), limits=LIMITS), ListSink())
    assert (result.status, sink.data) == (200, b"from a thread")
    assert (refused.fault, len(script.asked)) == (Fault.REFUSED_ADDRESS, 1)


async def test_a_reset_in_the_body_is_told() -> None:
    script = Script().on("/", Reply(body=b"x" * 10_000, twist=Twist.RESET))
    async with (
        hostile_server(script) as server,
        GuardedFetcher(FetcherPolicy(guard=Guard.of([server.endpoint]))) as fetcher,
    ):
        result = await fetcher.fetch(FetchRequest(server.url("/"), limits=LIMITS), sink := ListSink())
    assert result.fault in {Fault.RESET, Fault.WRONG_LENGTH}
    assert result.body is not None
    assert not result.body.complete
    assert len(sink.data) <= 5_000


@pytest.mark.parametrize("proxy", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_does_not_lead_past_the_guard(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    async with hostile_server(Script().on("/", page("direct"))) as server:
        monkeypatch.setenv(proxy, "http://127.0.0.1:1")
        async with GuardedFetcher(FetcherPolicy(guard=Guard.of([server.endpoint]))) as fetcher:
            result = await fetcher.fetch(FetchRequest(server.url("/"), limits=LIMITS), ListSink())
    assert result.status == 200
