"""The proxies' ``Library`` in memory, and a listener on it: what is held is said by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from apps.delivery.proxy.deciding import Decider, Manner
from apps.delivery.proxy.listener import Limits, ProxyListener
from apps.delivery.proxy.tunnel import Tunnel
from apps.delivery.proxy.values import (
    Candidate,
    Credentials,
    Elsewhere,
    Known,
    Listed,
    Outgoing,
    UnavailableError,
    Unknown,
    Wanted,
    Who,
)
from apps.delivery.publisher import HostRecord, Publisher
from apps.lockss.delivery import Named, Reader, Surface

COPY = b"<html><title>kept</title><p>our copy</p></html>"
ROWS = (Candidate("a" * 20, "Estuaries, 1 <b>", "http://pub.example/1/"),)


@dataclass
class MemoryLibrary:
    """``known`` by URL; other URLs of ``hosts`` lie in an AU that holds nothing of them; all others in none."""

    surface: Surface = Surface.PROXY
    known: dict[str, Known] = field(default_factory=dict)
    hosts: dict[str, Known] = field(default_factory=dict)
    rows: tuple[Candidate, ...] = ROWS
    reader: Reader = field(default_factory=Reader)
    passwords: dict[str, str] | None = None
    away: bool = False
    loaded: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    copy: bytes = COPY
    admitted: int = 0
    own: bool = True
    other_places: Elsewhere = field(default_factory=Elsewhere)

    async def admit(self, address: str, credentials: Credentials | None) -> Who | Unknown:
        self.admitted += 1
        if self.away:
            raise UnavailableError("away")
        who = Who(
            surface=self.surface, reader=replace(self.reader, address=address), address=address, own=self.own
        )
        if self.passwords is None:
            return who
        if credentials is None or self.passwords.get(credentials.name) != credentials.password:
            return Unknown()
        return replace(who, slug=credentials.name)

    async def know(self, url: str, who: Who, *, auid: str | None = None, referer: str = "") -> Known:
        self.asked.append((url, auid))
        if url in self.known:
            found = self.known[url]
        else:
            host = url.split("/")[2].split(":", maxsplit=1)[0]
            found = self.hosts.get(host, Known(url=url))
        if auid is not None:
            found = replace(found, named=Named.KNOWN if auid == "known" else Named.UNKNOWN)
        return replace(found, url=url, candidates=bool(self.rows) and found.in_au)

    async def holds_host(self, host: str, who: Who) -> bool:
        return host in self.hosts

    async def open(self, known: Known, who: Who, wanted: Wanted) -> Outgoing:
        return Outgoing(
            status=200,
            fields=[("Content-Type", "text/html"), ("X-Lockss", "from-cache")],
            body=self.copy if wanted.body else b"",
            length=len(self.copy),
        )

    async def beginning(self, known: Known) -> bytes:
        return self.copy

    async def candidates(self, who: Who, *, url: str = "", search: str = "", after: str = "") -> Listed:
        return Listed(self.rows, after="next")

    async def elsewhere(self, url: str, who: Who) -> Elsewhere:
        return self.other_places

    async def note_certificate(self, host: str, who: Who) -> None:
        self.certificates.append(host)

    def ready(self) -> bool:
        return self.loaded


HELD = Known(url="", in_au=True, has=True, stem_held=True, content_type="text/html")
MISSING = Known(url="", in_au=True, stem_held=True)


@dataclass
class Proxy:
    """A listener at ``port`` of this loop."""

    port: int
    listener: ProxyListener
    record: HostRecord

    async def talk(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """What comes back for these bytes until the other side closes, or is silent for a while."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        found = b""
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            while True:
                async with asyncio.timeout(1.5):
                    piece = await reader.read(65_536)
                if not piece:
                    return found
                found += piece
        except (TimeoutError, ConnectionError):
            return found
        finally:
            writer.close()

    async def get(self, url: str, *fields: str, method: str = "GET") -> "Told":
        lines = [
            f"{method} {url} HTTP/1.1",
            f"Host: {url.split('/')[2]}",
            "Connection: close",
            *fields,
            "",
            "",
        ]
        return Told.read(await self.talk("\r\n".join(lines).encode("latin-1")))


@dataclass
class Told:
    status: int
    fields: list[tuple[str, str]]
    body: bytes
    raw: bytes

    @classmethod
    def read(cls, raw: bytes) -> "Told":
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
        if ("transfer-encoding", "chunked") in fields:
            body = _dechunked(body)
        return cls(int(first.split(" ")[1]) if " " in first else 0, fields, body, raw)

    def field(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key == name.lower()), None)


def _dechunked(data: bytes) -> bytes:
    out = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            assert rest == b"\r\n"
            return out
        out, data = out + rest[:length], rest[length + 2 :]
    raise AssertionError("the last chunk is missing")


@asynccontextmanager
async def proxy(
    library: MemoryLibrary,
    publisher: Publisher | None = None,
    *,
    manner: Manner | None = None,
    limits: Limits | None = None,
    tunnel: Tunnel | None = None,
    record: HostRecord | None = None,
) -> AsyncIterator[Proxy]:
    record = record or HostRecord()
    decider = Decider(library, manner or Manner(name="lockss-test"), publisher, record)
    listener = ProxyListener(decider, limits, tunnel)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    try:
        yield Proxy(server.sockets[0].getsockname()[1], listener, record)
    finally:
        server.close()
        await listener.end()
