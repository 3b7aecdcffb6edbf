"""The scripted publisher over real sockets, plain or TLS, for tests that need a wire."""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from tests.simulators.publisher import Asked, End, Pause, Script


class HostileServer:
    """Answers on 127.0.0.1 from a script until it is stopped."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.port = 0
        self.connections = 0
        self._context = context
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'http' if self._context is None else 'https'}://{host}:{self.port}{path}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        host = next(
            (line[6:].decode("latin-1") for line in head.split(b"\r\n") if line[:6].lower() == b"host: "), ""
        )
        reply = self.script.answer(Asked(host.partition(":")[0], path, head))
        for item in reply.wire():
            if isinstance(item, Pause):
                await self._pause(reader, item.seconds)
            elif item is End.RST:
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            elif isinstance(item, End):
                await writer.drain()
                return item is End.KEEP
            else:
                writer.write(item)
                await writer.drain()
        return False

    async def _pause(self, reader: asyncio.StreamReader, seconds: float | None) -> None:
        """Until the time is over, or for ever: that is until the client lets go or the server is stopped."""
        gone = asyncio.ensure_future(reader.read(1))
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({gone, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not gone.done():
                gone.cancel()
                with suppress(asyncio.CancelledError, ConnectionError, ssl.SSLError):
                    await gone
            elif not gone.cancelled() and gone.exception() is None and not gone.result():
                raise ConnectionResetError


@asynccontextmanager
async def hostile_server(
    script: Script, context: ssl.SSLContext | None = None
) -> AsyncIterator[HostileServer]:
    """In the running loop."""
    server = HostileServer(script, context)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def hostile_server_thread(script: Script) -> Iterator[HostileServer]:
    """In a thread of its own, for code that has no loop."""
    ready = threading.Event()
    box: list[HostileServer] = []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def main() -> None:
        async with hostile_server(script) as server:
            box.append(server)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield box[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()
