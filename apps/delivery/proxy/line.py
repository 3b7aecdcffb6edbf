"""One client's connection: heads read in time, bytes written as fast as they are taken."""

import asyncio
import socket
import ssl
import struct
from dataclasses import dataclass

from apps.lockss.http1 import HeadReader, HeadRefusal, RequestHead

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class LineTimes:
    """Seconds: without a request; for a whole head once it has begun; for a piece of 64 KiB to be taken; for TLS."""

    idle: float = 60.0
    head: float = 20.0
    write: float = 60.0
    tls: float = 10.0


class ClientGoneError(Exception):
    """The client is away, or takes nothing any more."""


class Line:
    """``rest`` holds what came behind the last head: the body, or requests that did not wait for their turn."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, times: LineTimes) -> None:
        self._reader, self._writer, self._times = reader, writer, times
        self._rest = b""
        self._last = False
        self._idle = True

    def take_no_more(self) -> None:
        """The request that is answered now is the last one; without one it is over."""
        self._last = True
        if self._idle:
            self.abort()

    @property
    def has_more(self) -> bool:
        return bool(self._rest)

    @property
    def ssl_object(self) -> ssl.SSLObject | None:
        found: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        return found

    async def head(self) -> RequestHead | HeadRefusal | None:
        """The next head; None when the client is done or silent. A head that does not end in time is None as well:
        whoever drips bytes gets no answer."""
        if self._last:
            return None
        self._idle = True
        outcome = await self._head()
        self._idle = False
        return outcome

    async def _head(self) -> RequestHead | HeadRefusal | None:
        reading = HeadReader()
        loop = asyncio.get_running_loop()
        data, self._rest = self._rest, b""
        until = loop.time() + (self._times.head if data else self._times.idle)
        begun = bool(data)
        while True:
            if data and (outcome := reading.feed(data)) is not None:
                self._rest = reading.rest
                return outcome
            try:
                async with asyncio.timeout_at(until):
                    data = await self._reader.read(PIECE)
            except (TimeoutError, OSError):
                return None
            if not data:
                return None
            if not begun:
                begun, until = True, loop.time() + self._times.head

    async def body(self, length: int):
        """That many bytes of a request's body. Raises ClientGoneError."""
        left = length
        while left:
            if not self._rest:
                try:
                    async with asyncio.timeout(self._times.idle):
                        self._rest = await self._reader.read(PIECE)
                except (TimeoutError, OSError):
                    raise ClientGoneError from None
                if not self._rest:
                    raise ClientGoneError
            piece, self._rest = self._rest[:left], self._rest[left:]
            left -= len(piece)
            yield piece

    async def write(self, data: bytes) -> None:
        """Raises ClientGoneError."""
        try:
            for at in range(0, len(data), PIECE):
                self._writer.write(data[at : at + PIECE])
                async with asyncio.timeout(self._times.write):
                    await self._writer.drain()
        except (TimeoutError, OSError):
            self.abort()
            raise ClientGoneError from None

    async def start_tls(self, context: ssl.SSLContext) -> bool:
        """From here on TLS, as the server; whether that came about. Nothing may be read between."""
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=self._times.tls)
        except (OSError, ValueError):
            self.abort()
            return False
        return True

    def abort(self) -> None:
        self._writer.transport.abort()

    def cut(self) -> None:
        """End it by a reset: a body that ends with its connection would else look whole to an old client."""
        sock = self._writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    async def close(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(self._times.tls):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            self._writer.transport.abort()
