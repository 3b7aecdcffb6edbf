"""Nothing private is reached by any spelling, and the address judged is the address connected to."""

import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard, GuardedConnector, GuardRefusedError, refusal_of
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, parse_target
from tests.contracts.fetcher import ListSink
from tests.simulators.hostile_server import hostile_server
from tests.simulators.publisher import Script, page, redirect

LIMITS = FetchLimits(connect=3, idle=1, total=5)


class FixedResolver(AbstractResolver):
    """Answers each look-up with the next list of addresses; the last list stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: Any = None) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing is open."""


REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "4000::1",
    "",
    "example.org",
    "0x7f.1",
    "127.1",
]
PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_special_addresses_are_refused_with_a_reason(address: str) -> None:
    assert refusal_of(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not_refused(address: str) -> None:
    assert refusal_of(address) is None


@given(st.ip_addresses(v=4))
def test_no_private_address_passes(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert refusal_of(str(address))
    assert (refusal_of(str(address)) is None) == (refusal_of(f"::ffff:{address}") is None)
    assert (refusal_of(str(address)) is None) == (refusal_of(f"64:ff9b::{address}") is None)


@given(st.ip_addresses(v=6))
def test_no_private_v6_address_passes(address: Any) -> None:
    # Wrapped IPv4 addresses are judged by what is inside; Python's own view of them differs by version.
    wrapped = address.ipv4_mapped or address.sixtofour or str(address).startswith("64:ff9b::")
    if not wrapped and (address.is_private or address.is_reserved or address.is_site_local):
        assert refusal_of(str(address))


@given(st.text(max_size=60))
def test_the_judge_never_raises(text: str) -> None:
    assert refusal_of(text) is None or isinstance(refusal_of(text), str)


def test_the_allow_list_is_host_and_port_together() -> None:
    guard = Guard.of([" LocalHost:8080 ", "[::1]:81", ""])
    assert guard.allows("localhost", 8080)
    assert guard.allows("::1", 81)
    assert guard.allows("[::1]", 81)
    assert not guard.allows("localhost", 8081)
    assert not guard.allows("127.0.0.1", 8080)


@pytest.mark.parametrize("port", [22, 25, 6000, 6667, 10080])
def test_ports_of_other_services_are_refused_unless_allowed(port: int) -> None:
    target = parse_target(f"http://www.example.org:{port}/")
    assert target is not None
    assert Guard().refuses_target(target)
    assert Guard.of([f"www.example.org:{port}"]).refuses_target(target) is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0x7f.1",
        "127.1",
        "2130706433",
        "017700000001",
        "0",
        "[::ffff:127.0.0.1]",
    ],
)
async def test_no_spelling_of_loopback_gets_a_connection(host: str) -> None:
    script = Script().on("/", page("secret"))
    async with hostile_server(script) as server, GuardedFetcher() as fetcher:
        result = await fetcher.fetch(
            FetchRequest(f"http://{host}:{server.port}/", limits=LIMITS), sink := ListSink()
        )
        # Where the resolver itself refuses a spelling, nothing was reached either.
        assert result.fault in {Fault.REFUSED_ADDRESS, Fault.UNKNOWN_HOST}
        assert (sink.data, script.asked, server.connections) == (b"", [], 0)


async def test_a_name_for_a_private_address_is_refused() -> None:
    resolver = FixedResolver(["127.0.0.1", "::1", "10.0.0.1"])
    async with GuardedFetcher(resolver=resolver) as fetcher:
        result = await fetcher.fetch(FetchRequest("http://evil.example.org/", limits=LIMITS), ListSink())
    assert result.fault is Fault.REFUSED_ADDRESS
    assert "loopback" in result.detail
    assert "10.0.0.1 (private)" in result.detail


async def test_a_name_that_changes_to_a_private_address_is_refused() -> None:
    """DNS rebinding: the first answer is public, the one that would be connected to is not."""
    script = Script().on("/", page("secret"))
    async with hostile_server(script) as server:
        resolver = FixedResolver(["93.184.216.34"], ["127.0.0.1"])
        guard = Guard()
        connector = GuardedConnector(guard, resolver)
        first = await connector._resolve_host("evil.example.org", server.port)
        assert [each["host"] for each in first] == ["93.184.216.34"]
        with pytest.raises(GuardRefusedError, match="loopback"):
            await connector._resolve_host("evil.example.org", server.port)
        # And the judged public address does not open the way for the private one.
        info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
        with pytest.raises(GuardRefusedError, match="not judged"):
            connector._judged_socket(info)
        await connector.close()
        assert server.connections == 0


async def test_each_connection_is_judged_by_its_own_look_up() -> None:
    script = Script().on("/", page("secret"))
    async with hostile_server(script) as server:
        resolver = FixedResolver(["127.0.0.1"], ["127.0.0.1"])
        allowed = Guard.of([f"trusted.example.org:{server.port}"])
        async with GuardedFetcher(FetcherPolicy(guard=allowed), resolver=resolver) as fetcher:
            good = await fetcher.fetch(
                FetchRequest(f"http://trusted.example.org:{server.port}/", limits=LIMITS), ListSink()
            )
            bad = await fetcher.fetch(
                FetchRequest(f"http://other.example.org:{server.port}/", limits=LIMITS), ListSink()
            )
        assert good.status == 200
        assert good.peer == server.endpoint
        assert (bad.fault, len(script.asked)) == (Fault.REFUSED_ADDRESS, 1)


async def test_an_unjudged_address_gets_no_socket() -> None:
    """The second lock: a connector that were to resolve by another way could not connect."""
    async with hostile_server(Script()) as server:
        connector = GuardedConnector(Guard.of([server.endpoint]))

        async def unjudged(host: str, port: int, traces: Any = None) -> list[ResolveResult]:
            return await FixedResolver(["127.0.0.1"]).resolve(host, port)

        connector._resolve_host = unjudged  # type: ignore[method-assign]
        async with aiohttp.ClientSession(connector=connector) as session:
            with pytest.raises(aiohttp.ClientConnectorError) as refused:
                await session.get(server.url("/"))
            assert isinstance(refused.value.os_error, GuardRefusedError)
        assert server.connections == 0


async def test_a_redirect_to_a_private_address_is_only_an_answer() -> None:
    script = Script().on("/a", redirect("http://127.0.0.1:1/secret"))
    async with (
        hostile_server(script) as server,
        GuardedFetcher(FetcherPolicy(guard=Guard.of([server.endpoint]))) as fetcher,
    ):
        first = await fetcher.fetch(FetchRequest(server.url("/a"), limits=LIMITS), ListSink())
        assert first.head is not None
        target = first.head.first("location") or ""
        second = await fetcher.fetch(FetchRequest(target, limits=LIMITS), ListSink())
    assert second.fault is Fault.REFUSED_ADDRESS


async def test_a_name_that_no_dns_can_hold_is_unknown() -> None:
    async with GuardedFetcher() as fetcher:
        result = await fetcher.fetch(
            FetchRequest(f"http://{'a' * 70}.example.org/", limits=LIMITS), ListSink()
        )
    assert result.fault is Fault.UNKNOWN_HOST
