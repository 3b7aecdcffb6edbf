"""A forward proxy over real sockets, and Squid where it is installed: what a crawl may be sent through."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

SQUID = shutil.which("squid") or shutil.which("squid", path="/usr/sbin")
PIECE = 65_536


class ForwardProxy:
    """``asked``: the first lines of what it was asked. ``refuses``: the head that every tunnel gets instead of itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refuses = b""
        self.endpoint = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            line, _, rest = head.partition(b"\r\n")
            self.asked.append(line.decode())
            method, target, version = line.split(b" ")
            if method == b"CONNECT":
                await self._tunnel(target, reader, writer)
                return
            place, _, path = target.removeprefix(b"http://").partition(b"/")
            there, out = await _reached(place)
            # One answer on each connection: enough for a proxy.
            out.write(b" ".join((method, b"/" + path, version)) + b"\r\nConnection: close\r\n" + rest)
            await _pass(there, writer)
            out.close()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _tunnel(
        self, target: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.refuses:
            writer.write(self.refuses)
            await writer.drain()
            return
        there, out = await _reached(target)
        writer.write(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
        await asyncio.wait(
            [asyncio.ensure_future(_pass(reader, out)), asyncio.ensure_future(_pass(there, writer))],
            return_when=asyncio.FIRST_COMPLETED,
        )
        out.close()


async def _reached(place: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = place.decode().rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port))


async def _pass(source: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(PIECE):
            out.write(piece)
            await out.drain()


@asynccontextmanager
async def forward_proxy() -> AsyncIterator[ForwardProxy]:
    proxy = ForwardProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.endpoint = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()


def squid_conf(folder: Path) -> tuple[Path, int]:
    """A file for a Squid that forwards whatever it is asked on loopback, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = folder / "squid.conf"
    conf.write_text(
        f"http_port 127.0.0.1:{port}\npid_filename none\ncache deny all\nhttp_access allow all\n"
        "access_log none\ncache_log /dev/null\nshutdown_lifetime 0 seconds\n"
    )
    return conf, port


@asynccontextmanager
async def squid(folder: Path) -> AsyncIterator[str]:
    """``host:port`` of a Squid that listens."""
    if SQUID is None:
        raise FileNotFoundError("squid")
    conf, port = squid_conf(folder)
    process = await asyncio.create_subprocess_exec(SQUID, "-N", "-f", str(conf))
    try:
        for _ in range(100):
            with suppress(ConnectionError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
