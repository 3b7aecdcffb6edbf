"""A node with one AU of odd pages, and its content host: in memory, and behind a real socket."""

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier

import pytest
import uvicorn
from django.conf import settings as node_settings
from django.db import connection, connections

from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery import content, serving, strict_http, views
from apps.delivery.passes import Right, grant
from apps.delivery.rewriting import kept_bodies
from apps.delivery.rooms import Host
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.heads import make_head
from apps.repository.names import au_slug
from tests.delivery.asked import ARTICLE, OWN, SITE, STORED, Recorded
from tests.delivery.simulated import GRAY, OPEN, SimulatedRooms
from tests.repository.factories import AT, noise
from tests.repository.factories import capture as plain_capture
from tests.simulators.publisher import Script

AUID = "org|x|P&base_url~http%3A%2F%2Fpub%2Eexample%2F"
SLUG = au_slug(AUID)
PAGE = b"<html><script>document.title='ran'</script><p>kept</p></html>"
SHEET = b"p{color:red}" * 20
LONG = noise(3_000_000)
PUBLISHERS = [
    (b"Set-Cookie", b"session=theirs"),
    (b"Content-Security-Policy", b"default-src *"),
    (b"Access-Control-Allow-Origin", b"http://evil.example"),
    (b"Refresh", b"0; url=http://evil.example/"),
    (b"Link", b"<http://pub.example/t.js>; rel=preload"),
    (b"X-Powered-By", b"caf\xe9"),
    (b"Connection", b"close"),
    (b"Transfer-Encoding", b"chunked"),
    (b"Proxy-Authenticate", b"Basic"),
    (b"Content-Language", b"en"),
    (b"Last-Modified", b"Sun, 06 Nov 1994 08:49:37 GMT"),
    (b"Bad Name", b"x"),
    (b"X-Bad-Value", b"a\x01b"),
]


def pass_for(client: str = "192.0.2.1", slug: str = SLUG, **more) -> str:
    """A pass of a reader who is signed in."""
    return grant(Right.PASS, slug, client, roles=["reader"], **more)


def page(url: str, body: bytes, kind: str, *fields: tuple[bytes, bytes], **more: object) -> Capture:
    given = [(b"Content-Type", kind.encode("latin-1")), *fields] if kind else list(fields)
    return plain_capture(url, body, head=make_head(200, given, b"OK"), collected_at=AT, **more)


def pages() -> list[Capture]:
    coded = (b"Content-Encoding", b"gzip")
    return [
        page(f"{SITE}/a/page.html?q=1&r=%2F", PAGE, "text/html; charset=utf-8", *PUBLISHERS),
        page(f"{SITE}/a/über's page.html", b"<p>odd</p>", "text/html"),
        page(f"{SITE}/a/" + "l" * 9_000, b"<p>long name</p>", "text/html"),
        page(f"{SITE}/z.css", gzip.compress(SHEET, mtime=0), "text/css", coded),
        page(f"{SITE}/b.css", zlib.compress(SHEET), "text/css", (b"Content-Encoding", b"deflate")),
        page(f"{SITE}/not-gzip.css", SHEET, "text/css", coded),
        page(f"{SITE}/cut.css", gzip.compress(SHEET, mtime=0)[:-12], "text/css", coded),
        page(f"{SITE}/corrupt.css", b"\x1f\x8b\x08garbage", "text/css", coded),
        page(f"{SITE}/odd-coding", b"\x00\x01", "text/plain", (b"Content-Encoding", b"compress")),
        page(f"{SITE}/f.bin", bytes(range(256)), "application/x-thing"),
        page(f"{SITE}/p.pdf", b"%PDF-1.7", "application/pdf"),
        page(f"{SITE}/empty", b"", "text/plain"),
        page(f"{SITE}/untyped", b"x", ""),
        page(f"{SITE}/long.mp4", LONG, "video/mp4"),
        page(f"{SITE}/old", PAGE, "text/html", redirected_to=f"{SITE}/hop"),
        page(f"{SITE}/hop", PAGE, "text/html", redirected_to=f"{SITE}/new/"),
        page(f"{SITE}/new/", PAGE, "text/html"),
        page(f"{SITE}/gone", b"gone", "text/html", redirected_to=f"{SITE}/elsewhere"),
        page(f"{SITE}/round", b"round", "text/html", redirected_to=f"{SITE}/about"),
        page(f"{SITE}/about", b"about", "text/html", redirected_to=f"{SITE}/round"),
    ]


@pytest.fixture
def rooms(monkeypatch) -> SimulatedRooms:
    """Own readers, by role alone at first, may see everything of the one AU."""
    found = SimulatedRooms({AUID: OPEN}, sites={AUID: (SITE + "/",)})
    monkeypatch.setattr(content, "host", lambda: found.host)
    monkeypatch.setattr(views, "node_rooms", lambda: found)
    found.host = Host(found, content._asking)
    return found


@pytest.fixture
def au(db, settings, tmp_path, rooms) -> Au:
    settings.NODE = replace(
        node_settings.NODE,
        content_dir=tmp_path / "content",
        content_url="http://localhost:8082",
        public_url="http://127.0.0.1:8081",
    )
    serving._known_au.cache_clear()
    kept_bodies.clear()
    row = Au.objects.create(
        key=repository.ensure_au_key(auid=AUID),
        auid=AUID,
        slug=SLUG,
        plugin_id="org.x.P",
        name="Estuaries, volume 1",
        name_key="estuaries volume 1",
        selected_at=now(),
    )
    assert [one.fault for one in repository.add_captures(auid=AUID, captures=pages())] == [None] * len(
        pages()
    )
    return row


def second_au(site: str, auid: str = "", name: str = "") -> Au:
    """Another AU."""
    auid = auid or f"org|x|P&base_url~{site}"
    name = name or f"Of {site}"
    return Au.objects.create(
        key=repository.ensure_au_key(auid=auid),
        auid=auid,
        slug=au_slug(auid),
        plugin_id="org.x.P",
        name=name,
        name_key=name.lower(),
        selected_at=now(),
    )


def flip_a_byte(url: str, at: int = 20) -> None:
    """Damage to a stored body that the index does not know of."""
    found = repository.find(auid=AUID, url=url)
    file = Path(node_settings.NODE.content_dir) / found.place.file
    data = bytearray(file.read_bytes())
    data[found.place.offset + found.place.body_offset + at] ^= 1
    file.write_bytes(data)


def let_go_of_connections() -> None:
    """The application's threads keep theirs, which would hold the test database."""
    barrier = Barrier(content.THREADS)
    wait(
        [
            content._threads.submit(lambda: (barrier.wait(10), connection.close()))
            for _ in range(content.THREADS)
        ]
    )


@dataclass
class Told:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    raw: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    whole: bool = False


async def _answer(scope, send) -> None:
    async def receive():
        await asyncio.Event().wait()

    await content.app(scope, receive, send)


@pytest.fixture
def ask(au, monkeypatch):
    """See ``asking``."""
    return asking(monkeypatch)


def asking(monkeypatch) -> Callable[..., Told]:
    """``ask(address or path, method=…, host=…, Header=…)`` of the application itself.

    Its work is done with this thread's connection, so that it sees what the test has not committed.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    ours = connections["default"]

    async def here(work):
        connections["default"] = ours
        return work()

    monkeypatch.setattr(content, "_in_thread", here)

    def asked(
        address: str, *, method: str = "GET", host: str = "localhost:8082", client="192.0.2.1", **given
    ) -> Told:
        path, _, query = address.removeprefix("http://localhost:8082").partition("?")
        told = Told()

        async def send(message):
            if message["type"] == "http.response.start":
                told.status = message["status"]
                told.raw = [(n.decode().lower(), v.decode("latin-1")) for n, v in message["headers"]]
                told.headers = dict(told.raw)
            else:
                told.body += message.get("body", b"")
                told.whole = not message.get("more_body", False)

        headers = [(k.replace("_", "-").lower().encode(), v.encode("latin-1")) for k, v in given.items()]
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "client": (client, 1234),
            "headers": [(b"host", host.encode()), *headers],
        }
        asyncio.run(_answer(scope, send))
        return told

    return asked


class Served:
    """The content host behind a real socket, as its process runs it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def talk(self, *requests: bytes) -> bytes:
        """What comes back for these bytes until the other side closes, or has been silent for a while."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            for one in requests:
                line.sendall(one)
            found = b""
            try:
                while piece := line.recv(65_536):
                    found += piece
                    line.settimeout(0.5)
            except (TimeoutError, ConnectionResetError):
                pass
            return found


@pytest.fixture
def served(au, settings, transactional_db):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        settings.NODE = replace(node_settings.NODE, content_url=f"http://localhost:{port}")
        config = strict_http.config(content.app, log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            yield Served(port)
        finally:
            server.should_exit = True
            thread.join(10)
            let_go_of_connections()


@pytest.fixture
def reader(ask, rooms):
    """An own reader by her address, and an article with its picture and its sheet."""
    rooms.addresses.add(OWN)
    repository.add_captures(
        auid=AUID,
        captures=[
            page(ARTICLE, STORED, "text/html", (b"Last-Modified", b"Sun, 06 Nov 1994 08:49:37 GMT")),
            page(f"{SITE}/v1/fig1.png", b"\x89PNG", "image/png"),
            page(f"{SITE}/look/site.css", b"h1{background:url(/v1/fig1.png)}", "text/css"),
        ],
    )
    return ask


@pytest.fixture
def publisher(rooms):
    """``publisher({path: Reply})`` is asked from now on; the AU becomes gray."""

    def made(replies=None, failing=None) -> Recorded:
        found = Recorded(Script(replies or {}), failing)
        rooms.host.publisher = found
        rooms.policies[AUID] = GRAY
        return found

    yield made
    assert rooms.host.publisher is None or rooms.host.publisher.open == 0, "an answer was left open"
