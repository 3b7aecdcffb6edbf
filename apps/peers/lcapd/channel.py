"""One connection to one peer, whoever dialled: frames in, messages out (lcap-v3 §2.1–§2.4)."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from apps.lockss.errors import PeerError
from apps.lockss.lcap.framing import (
    DataBegun,
    DataEnded,
    DataRead,
    FrameFault,
    FrameReader,
    PeerIdRead,
    data_header,
    peerid_frame,
)
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import Limits
from apps.lockss.lcap.messages import Message
from apps.peers.errors import ChannelCode, ChannelRefused
from apps.peers.lcapd.receiver import MessageSink, Received

READ = 256 * 1024
# A peer that connects has to say its name soon.
INTRODUCTION_S = 30


@dataclass(frozen=True, slots=True)
class Handlers:
    """What the service does with what a channel hears."""

    named: Callable[["Channel", PeerId], Awaitable[None]]
    received: Callable[["Channel", Received], Awaitable[None]]
    refused: Callable[["Channel", Exception], Awaitable[None]]
    check: Callable[["Channel", Message], None]


class Channel:
    """Reads until the peer or the service ends it; ``send`` may be called at any time from one task."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        own: PeerId,
        expected: PeerId | None,
        limits: Limits,
        handlers: Handlers,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._own = own
        self._frames = FrameReader(limits, expected)
        self._limits = limits
        self._handlers = handlers
        self._sink: MessageSink | None = None
        self.peer: PeerId | None = None
        self.named = asyncio.Event()
        self.last_used = time.monotonic()
        self._named_until = asyncio.get_running_loop().time() + INTRODUCTION_S
        self.sending = asyncio.Lock()

    @property
    def certificate_sha256(self) -> str:
        ssl_object = self._writer.get_extra_info("ssl_object")
        der = ssl_object.getpeercert(binary_form=True) if ssl_object else None
        return hashlib.sha256(der).hexdigest() if der else ""

    @property
    def address(self) -> str:
        return str((self._writer.get_extra_info("peername") or ["?"])[0])

    async def run(self) -> None:
        """Say our name, then read frames to the end; whatever is wrong with them goes to ``refused``."""
        try:
            self._writer.write(peerid_frame(self._own))
            await self._writer.drain()
            while data := await self._next():
                self.last_used = time.monotonic()
                for event in self._frames.feed(data):
                    await self._handle(event)
            for event in self._frames.finish():
                await self._handle(event)
        except (ChannelRefused, FrameFaulted) as error:
            await self._handlers.refused(self, error.__cause__ or error)
        except OSError:
            pass  # The connection broke: what was not sent stays in the outbox.
        finally:
            if self._sink is not None:
                self._sink.discard()
            self.close()

    async def _next(self) -> bytes:
        """The next bytes; a peer that has not said its name in time is refused."""
        if self.named.is_set():
            return await self._reader.read(READ)
        try:
            async with asyncio.timeout_at(self._named_until):
                return await self._reader.read(READ)
        except TimeoutError:
            raise ChannelRefused(
                ChannelCode.SILENT, f"no name within {INTRODUCTION_S} s of connecting"
            ) from None

    async def _handle(self, event: object) -> None:
        match event:
            case PeerIdRead():
                if self.peer is None:
                    await self._handlers.named(self, event.peer)
                    self.peer = event.peer
                    self.named.set()
            case DataBegun():
                self._sink = MessageSink(self._limits, lambda m: self._handlers.check(self, m))
            case DataRead() if self._sink is not None:
                self._sink.write(event.data)
            case DataEnded() if self._sink is not None:
                await self._deliver(self._sink)
                self._sink = None
            case FrameFault():
                raise FrameFaulted from event.error

    async def _deliver(self, sink: MessageSink) -> None:
        try:
            received = sink.close()
        except PeerError as error:
            # One bad message: the channel lives on, the next may be good.
            await self._handlers.refused(self, error)
            return
        await self._handlers.received(self, received)

    async def send(self, size: int, chunks: AsyncIterator[bytes]) -> None:
        """One message of ``size`` bytes; OSError when the connection does not take it."""
        async with self.sending:
            self._writer.write(data_header(size))
            async for chunk in chunks:
                self._writer.write(chunk)
                await self._writer.drain()
            await self._writer.drain()
            self.last_used = time.monotonic()

    @property
    def closing(self) -> bool:
        return self._writer.is_closing()

    def close(self) -> None:
        self._writer.close()


class FrameFaulted(Exception):  # noqa: N818 - carries a FrameFault's error out of the loop
    """The stream is broken; the cause says how."""
