"""The guarded client through a proxy: what goes out, what is kept of it, which targets are judged by their names."""

from pathlib import Path

import pytest

from apps.common.failures import PROXY
from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, FetchResult, parse_target
from tests.common.test_http import free_port
from tests.common.test_http_tls import Forge, forge
from tests.contracts.fetcher import ListSink
from tests.simulators.forward_proxy import SQUID, forward_proxy, squid
from tests.simulators.hostile_server import HostileServer, hostile_server
from tests.simulators.publisher import Script, page

LIMITS = FetchLimits(connect=5, idle=5, total=20)
__all__ = ["forge"]


async def ask(
    proxy: str, url: str, *, allowed: str = "", ca_file: str | None = None
) -> tuple[FetchResult, bytes]:
    policy = FetcherPolicy(guard=Guard.of([allowed]), ca_file=ca_file, proxy=proxy)
    async with GuardedFetcher(policy) as fetcher:
        result = await fetcher.fetch(FetchRequest(url, (("X-A", "b"),), limits=LIMITS), sink := ListSink())
    return result, sink.data


async def test_a_proxy_is_asked_for_the_whole_url() -> None:
    async with hostile_server(Script().on("/a%2fb?q", page("here"))) as server, forward_proxy() as proxy:
        url = server.url("/a%2fb?q")
        result, data = await ask(proxy.endpoint, url, allowed=server.endpoint)
        assert (result.fault, result.status, data) == (None, 200, b"here")
        assert proxy.asked == [f"GET {url} HTTP/1.1"]
        assert server.script.asked[0].head.count(b"X-A: b") == 1
    # What was sent is kept as it was sent; which address the proxy asked is not known.
    assert result.sent.startswith(f"GET {url} HTTP/1.1\r\nHost: {server.endpoint}\r\n".encode())
    assert result.peer is None


async def test_https_goes_through_a_tunnel_to_the_publishers_own_certificate(forge: Forge) -> None:
    script = Script().on("/a", page("secret")).on("/b", page("more"))
    async with hostile_server(script, forge.context("good")) as server, forward_proxy() as proxy:
        policy = FetcherPolicy(
            guard=Guard.of([server.endpoint]), ca_file=str(forge.ca_file), proxy=proxy.endpoint
        )
        async with GuardedFetcher(policy) as fetcher:
            for path, body in (("/a", b"secret"), ("/b", b"more")):
                result = await fetcher.fetch(
                    FetchRequest(server.url(path), limits=LIMITS), sink := ListSink()
                )
                assert (result.fault, sink.data) == (None, body)
        assert set(proxy.asked) == {f"CONNECT {server.endpoint} HTTP/1.1"}
    assert result.head is not None
    assert "x-proxy" not in {name.lower() for name, _ in result.head.headers}
    assert result.sent.startswith(b"GET /b HTTP/1.1\r\n")
    assert result.tls is not None
    assert (result.tls.chain_fault, result.peer) == (None, None)


async def test_certificates_are_judged_behind_the_tunnel(forge: Forge) -> None:
    async with (
        hostile_server(Script().on("/", page("x")), forge.context("expired")) as server,
        forward_proxy() as proxy,
    ):
        result, data = await ask(
            proxy.endpoint, server.url("/"), allowed=server.endpoint, ca_file=str(forge.ca_file)
        )
    assert data == b"x"
    assert result.tls is not None
    assert "expired" in (result.tls.chain_fault or "")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret",
        b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 502 Bad Gateway\r\n\r\nno",
    ],
)
async def test_what_a_proxy_says_of_a_tunnel_is_no_answer_of_the_publisher(answer: bytes) -> None:
    async with forward_proxy() as proxy:
        proxy.refuses = answer
        result, data = await ask(proxy.endpoint, "https://www.example.org/")
    assert (result.fault, result.detail, result.head, data) == (Fault.CONNECT, PROXY, None, b"")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-proxy.invalid"])
async def test_a_proxy_that_is_not_there(scheme: str, host: str) -> None:
    result, _ = await ask(f"{host}:{free_port()}", f"{scheme}://www.example.org/")
    assert (result.fault, result.detail) == (Fault.CONNECT, PROXY)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]"),
        *(
            "2130706433",
            "0x7f.1",
            "127.1",
            "localhost",
            "LOCALHOST.",
            "localhost.localdomain",
            "intranet",
            "x.test",
            "nas.local",
            "db.internal",
        ),
    ],
)
async def test_targets_that_somebody_else_looks_up_are_judged_by_name(host: str) -> None:
    async with forward_proxy() as proxy:
        result, _ = await ask(proxy.endpoint, f"http://{host}/")
        assert (result.fault, proxy.asked) == (Fault.REFUSED_ADDRESS, [])


@pytest.mark.parametrize("host", ["www.example.org", "8.8.8.8", "[2606:4700::1111]", "xn--bcher-kva.example"])
def test_public_names_are_not_refused(host: str) -> None:
    target = parse_target(f"http://{host}/")
    assert target is not None
    assert Guard().refuses_name(target) is None


async def test_the_leave_is_the_proxys_alone() -> None:
    async with hostile_server(Script().on("/", page("x"))) as server:
        # Without a proxy nothing private is reached; through it only what is allowed one by one.
        assert (await ask("", server.url("/")))[0].fault is Fault.REFUSED_ADDRESS
        assert (await ask(server.endpoint, server.url("/")))[0].fault is Fault.REFUSED_ADDRESS
        assert server.script.asked == []


@pytest.mark.skipif(SQUID is None, reason="squid is not installed")
async def test_squid_as_a_parent(forge: Forge, tmp_path: Path) -> None:
    """As Debian's Squid forwards: an answer, a tunnel, and its own page for a publisher that is away."""
    plain: HostileServer
    async with (
        hostile_server(Script().on("/a", page("plain"))) as plain,
        hostile_server(Script().on("/a", page("secret")), forge.context("good")) as secure,
        squid(tmp_path) as proxy,
    ):
        result, data = await ask(proxy, plain.url("/a"), allowed=plain.endpoint)
        assert (result.fault, result.status, data) == (None, 200, b"plain")
        result, data = await ask(proxy, secure.url("/a"), allowed=secure.endpoint, ca_file=str(forge.ca_file))
        assert (result.fault, result.status, data) == (None, 200, b"secret")
        dead = f"127.0.0.1:{free_port()}"
        assert (await ask(proxy, f"http://{dead}/", allowed=dead))[0].status == 503
        assert (await ask(proxy, f"https://{dead}/", allowed=dead))[0].fault is Fault.CONNECT
        assert b"(squid/" in plain.script.asked[0].head
