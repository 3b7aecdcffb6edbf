"""The proxies with the programs that people have: curl, wget, Chromium; Squid where it is installed (delivery §16)."""

import asyncio
import base64
import datetime as dt
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from apps.common.http_guard import Guard
from apps.delivery.proxy.authority import Authority
from apps.delivery.proxy.deciding import Manner
from apps.delivery.proxy.tunnel import Tunnel
from apps.delivery.publisher import GuardedPublisher, HostRecord
from apps.lockss.delivery import DeliverySettings, Reader, Surface
from apps.lockss.delivery.verdict import Access
from apps.lockss.proxylines import Proxy as Place
from apps.lockss.proxylines import Stem, pac
from tests.chromium import FLAGS, executable
from tests.common.test_http_guard import FixedResolver
from tests.simulators.hostile_server import HostileServer, hostile_server
from tests.simulators.proxy_library import COPY, HELD, MISSING, MemoryLibrary, Proxy, proxy
from tests.simulators.publisher import Reply, Script, Twist, page

HOST = "pub.example"
KEPT_DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
THEIRS = "<html><title>theirs</title><p>the publisher's own</p></html>"
SQUID = shutil.which("squid") or shutil.which("squid", path="/usr/sbin")


@dataclass
class Site:
    """A publisher under its name, and the proxy that stands before it."""

    server: HostileServer
    at: Proxy
    library: MemoryLibrary

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.server.port}{path}"

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.at.port}"

    async def curl(self, path: str, *more: str) -> tuple[str, str]:
        """Status and body."""
        code, text = await run("curl", "-s", "-x", self.proxy, "-w", "\n%{http_code}", *more, self.url(path))
        assert code == 0
        body, _, status = text.rpartition("\n")
        return status, body


async def run(*words: str) -> tuple[int, str]:
    done = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={"PATH": "/usr/bin:/bin"}
    )
    async with asyncio.timeout(30):
        out, _ = await done.communicate()
    return done.returncode or 0, out.decode("utf-8", "replace")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Ways to fail by path; of each a copy is held, but of ``/new`` and what is under ``/none``."""
    script = (
        Script()
        .on("/up", page(THEIRS))
        .on("/new", page(THEIRS))
        .on("/404", Reply(404, b"gone"))
        .on("/403", Reply(403, b"pay"))
        .on("/500", Reply(500, b"oops"))
        .on("/login", page("<title>Journal</title><input type=password>"))
        .on("/reset", Reply(twist=Twist.CLOSED_AT_ONCE))
        .on("/stall", Reply(twist=Twist.SILENT))
        .on("/cut", Reply(body=b"x" * 1_000, twist=Twist.SHORT_LENGTH))
        .on("/part", Reply(206, b"0123", (("Content-Range", "bytes 0-3/9"),)))
        .on("/304", Reply(304, framing="none"))
    )
    async with hostile_server(script) as server:
        known = {
            f"http://{HOST}:{server.port}{path}": replace(HELD, last_modified=KEPT_DATE)
            for path in ("/up", "/404", "/403", "/500", "/login", "/reset", "/stall", "/cut", "/part", "/304")
        }
        library = MemoryLibrary(known=known, hosts={HOST: MISSING})
        record = HostRecord()
        publisher = GuardedPublisher(
            Guard.of([f"{HOST}:{server.port}"]), record=record, resolver=FixedResolver(["127.0.0.1"])
        )
        manner = Manner(name="lockss-test", settings=DeliverySettings(race=0.5, unheld=0.5))
        async with proxy(library, publisher, manner=manner, record=record) as at:
            yield Site(server, at, library)
        await publisher.aclose()


async def test_curl_gets_the_publishers_page_while_it_delivers(site: Site) -> None:
    assert await site.curl("/up") == ("200", THEIRS)
    assert await site.curl("/new") == ("200", THEIRS)


@pytest.mark.parametrize("path", ["/404", "/403", "/500", "/login", "/reset", "/stall", "/cut"])
async def test_curl_gets_our_copy_where_it_does_not(site: Site, path: str) -> None:
    assert await site.curl(path) == ("200", COPY.decode())


async def test_curl_with_dates_and_ranges(site: Site) -> None:
    assert await site.curl("/part", "-r", "0-3") == ("206", "0123")
    assert (await site.curl("/304", "-z", "Tue, 01 Nov 2022 00:00:00 GMT"))[0] == "304", (
        "the reader's own date"
    )
    assert (await site.curl("/304"))[1] == COPY.decode(), "the date of our copy"
    asked = [each.header("if-modified-since") for each in site.server.script.asked]
    assert asked == [KEPT_DATE, "Tue, 01 Nov 2022 00:00:00 GMT", KEPT_DATE]


async def test_curl_finds_no_tunnel_and_no_other_site(site: Site) -> None:
    code, _ = await run("curl", "-s", "--proxytunnel", "-x", site.proxy, site.url("/up"))
    assert code != 0
    assert (await site.curl("/up", "-I"))[0] == "200"
    code, text = await run(
        "curl", "-s", "-x", site.proxy, "-w", "%{http_code}", "-o", "/dev/null", "http://127.0.0.1:22/"
    )
    assert text == "403"
    assert (await site.curl("/up", "-X", "POST", "-d", "a=b"))[0] == "403"


async def test_the_publisher_is_gone(site: Site) -> None:
    """Host down: the first reader waits, the next ones do not."""
    await site.server.stop()
    assert await site.curl("/up") == ("200", COPY.decode())
    assert (await site.curl("/new"))[0] == "504"
    assert await site.curl("/404") == ("200", COPY.decode())


async def test_wget(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "page"
    words = ("wget", "-q", "-e", "use_proxy=yes", "-e", f"http_proxy={site.proxy}", "-O", str(out))
    assert (await run(*words, site.url("/up")))[0] == 0
    assert out.read_text() == THEIRS
    assert (await run(*words, site.url("/404")))[0] == 0
    assert out.read_bytes() == COPY


async def test_curl_over_https_with_the_nodes_authority(tmp_path: Path) -> None:
    """``--cacert`` is what an auditor installs."""
    authority = Authority(tmp_path / "keys", "secret", "A library", lambda: dt.datetime.now(dt.UTC))
    authority.root()
    url = f"https://{HOST}/a"
    library = MemoryLibrary(
        surface=Surface.AUDIT,
        known={url: replace(HELD, access=Access.OPEN)},
        hosts={HOST: replace(MISSING, access=Access.OPEN)},
        passwords={"a" * 20: "right"},
    )
    manner = Manner(name="lockss-test", settings=DeliverySettings(terminate_tls=True))
    async with proxy(library, None, manner=manner, tunnel=Tunnel(authority, library)) as at:
        words = ("curl", "-s", "-x", f"http://{'a' * 20}:right@127.0.0.1:{at.port}")
        assert await run(*words, "--cacert", str(authority.certificate_file), url) == (0, COPY.decode())
        assert (await run(*words, url))[0] == 60, "without it curl trusts nothing of this"
        wrong = ("curl", "-s", "-x", f"http://{'a' * 20}:wrong@127.0.0.1:{at.port}")
        assert (await run(*wrong, "--cacert", str(authority.certificate_file), url))[0] != 0


@pytest.mark.browser
@pytest.mark.parametrize("way", ["server", "pac"])
async def test_chromium(site: Site, way: str) -> None:
    """By its settings, and by the lines that the node writes."""
    flags = [*FLAGS]
    if way == "pac":
        text = "".join(pac([Stem("http", HOST, site.server.port)], Place("127.0.0.1", site.at.port)))
        coded = base64.b64encode(text.encode()).decode()
        flags.append(f"--proxy-pac-url=data:application/x-ns-proxy-autoconfig;base64,{coded}")
    else:
        flags.append(f"--proxy-server=127.0.0.1:{site.at.port}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=flags)
        try:
            tab = await browser.new_page()
            titles = {}
            for path in ("/up", "/404", "/login", "/stall"):
                await tab.goto(site.url(path))
                titles[path] = await tab.title()
            assert titles == {"/up": "theirs", "/404": "kept", "/login": "kept", "/stall": "kept"}
            answer = await tab.goto(site.url("/none"))
            assert answer is not None
            assert answer.status == 504
            assert await tab.inner_text("h1") == "The publisher does not answer"
        finally:
            await browser.close()


@pytest.mark.browser
async def test_chromium_as_an_auditor(tmp_path: Path) -> None:
    """The browser asks for name and password by itself, over http and inside https."""
    authority = Authority(tmp_path / "keys", "secret", "A library", lambda: dt.datetime.now(dt.UTC))
    held = replace(HELD, access=Access.OPEN)
    library = MemoryLibrary(
        surface=Surface.AUDIT,
        known={f"https://{HOST}/a": held, f"http://{HOST}/a": held},
        hosts={HOST: replace(MISSING, access=Access.OPEN)},
        passwords={"a" * 20: "right"},
    )
    manner = Manner(name="lockss-test", settings=DeliverySettings(terminate_tls=True))
    async with (
        proxy(library, None, manner=manner, tunnel=Tunnel(authority, library)) as at,
        async_playwright() as playwright,
    ):
        settings = {"server": f"http://127.0.0.1:{at.port}", "username": "a" * 20, "password": "right"}
        browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS, proxy=settings)
        try:
            context = await browser.new_context(ignore_https_errors=True)
            tab = await context.new_page()
            for scheme in ("http", "https"):
                await tab.goto(f"{scheme}://{HOST}/a")
                assert await tab.title() == "kept"
        finally:
            await browser.close()
    assert library.certificates == [HOST]


class _Watch:
    """What this process connects to and looks up, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[str, object]] = []

    def __call__(self, event: str, args: tuple) -> None:
        if self.on and event in (
            "socket.connect",
            "socket.getaddrinfo",
            "socket.gethostbyname",
            "socket.sendto",
        ):
            self.seen.append((event, args[1] if event == "socket.connect" else args[0]))


WATCH = _Watch()
sys.addaudithook(WATCH)


async def test_the_audit_proxy_opens_no_connection_whatever_it_is_asked() -> None:
    """Only the test's own ones, to the proxy itself, are made while it answers."""
    library = MemoryLibrary(
        surface=Surface.AUDIT,
        known={"http://pub.example/a": replace(HELD, access=Access.OPEN)},
        hosts={HOST: replace(MISSING, access=Access.GRAY)},
        reader=Reader(auditor=True),
    )
    manner = Manner(name="lockss-test", settings=DeliverySettings(open_forwarding=True, audit_index=True))
    async with proxy(library, None, manner=manner) as at:
        WATCH.seen.clear()
        WATCH.on = True
        try:
            for url in (
                "http://pub.example/a",
                "http://pub.example/b",
                "https://pub.example/b",
                "http://127.0.0.1/",
            ):
                for fields in ((), ("X-Lockss-Source: publisher",), ("X-Lockss: Repair",)):
                    for method in ("GET", "HEAD", "POST"):
                        await at.get(url, *fields, method=method)
            await at.talk(b"CONNECT pub.example:443 HTTP/1.1\r\nHost: pub.example:443\r\n\r\n")
        finally:
            WATCH.on = False
    assert {each for each in WATCH.seen if each != ("socket.connect", ("127.0.0.1", at.port))} == set()
    assert len(WATCH.seen) >= 37


@pytest.mark.skipif(SQUID is None, reason="squid is not installed")
@pytest.mark.parametrize("form", ["lines of squid.conf", "a file of domains"])
async def test_squid_as_a_child(site: Site, tmp_path: Path, form: str) -> None:
    """Squid asks the proxy for held sites by the lines that the node writes."""
    from apps.lockss.proxylines import squid_config, squid_file
    from tests.common.test_http import free_port

    port = free_port()
    stems, place = [Stem("http", HOST, site.server.port, ("Tides",))], Place("127.0.0.1", site.at.port)
    if form == "lines of squid.conf":
        lines = "".join(squid_config(stems, place))
    else:
        file = tmp_path / "lockss-domains"
        file.write_text("".join(squid_file(stems, place, str(file))))
        # As its head says, without the signs that make comments of them.
        head = file.read_text().partition("# Lines for squid.conf:\n")[2].split("\n")
        kinds = ("# acl ", "# cache_peer", "# never_direct")
        lines = "\n".join(line[2:] for line in head if line.startswith(kinds)) + "\n"
    conf = tmp_path / "squid.conf"
    conf.write_text(
        f"http_port 127.0.0.1:{port}\npid_filename none\ncache deny all\naccess_log none\n"
        f"cache_log {tmp_path}/cache.log\nhttp_access allow all\nshutdown_lifetime 0 seconds\n{lines}"
    )
    child = await asyncio.create_subprocess_exec(SQUID, "-N", "-f", str(conf))
    try:
        for _ in range(100):
            code, text = await run("curl", "-s", "-x", f"http://127.0.0.1:{port}", site.url("/404"))
            if code == 0 and text == COPY.decode():
                break
            await asyncio.sleep(0.1)
        assert text == COPY.decode()
    finally:
        child.terminate()
        await child.wait()
