"""The service: accepts and dials, keeps one sending channel a peer, empties the outbox.

Rows are the truth: an inbound message is stored before the next frame is read, an outbound one is marked
when the socket has taken it. After a kill, what was not marked is sent again; machines ignore repeats.
"""

import asyncio
import logging
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from apps.common.clock import now
from apps.common.findings import record_finding
from apps.lockss.errors import PeerError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import Limits
from apps.lockss.lcap.messages import Message
from apps.peers import services, spool
from apps.peers.errors import ChannelCode, ChannelRefused
from apps.peers.lcapd.admission import Rules, admit, check_header
from apps.peers.lcapd.channel import Channel, Handlers
from apps.peers.lcapd.database import Database
from apps.peers.lcapd.knocking import says_anything
from apps.peers.lcapd.receiver import Received
from apps.peers.lcapd.trust import Trust
from apps.peers.models import OutboundMessage, Peer

log = logging.getLogger("lcapd")
PIECE = 256 * 1024
# How often the outbox is looked at when nobody calls, and housekeeping runs.
LOOK_EVERY_S = 2.0
BATCH = 200


@dataclass(frozen=True, slots=True)
class Config:
    """Where and how the endpoint lives; seconds unless the name says otherwise."""

    rules: Rules
    bind: str
    port: int
    keys_dir: Path
    tls_minimum: ssl.TLSVersion
    limits: Limits
    idle_s: float
    connect_timeout_s: float
    max_per_address: int
    wake: Callable[[], None]


class Lcapd:
    """``async with Lcapd(config)`` listens and sends until the block ends."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._db = Database()
        self._trust = (
            Trust(config.keys_dir, str(config.rules.own), config.tls_minimum) if config.rules.tls else None
        )
        # The channel used for sending to a peer: the first that was named (lcap-v3 §2.3).
        self._primary: dict[PeerId, Channel] = {}
        self._channels: set[Channel] = set()
        self._rows: dict[PeerId, Peer] = {}
        self._per_address: Counter[str] = Counter()
        self._tasks: set[asyncio.Task] = set()
        self._sending: set[PeerId] = set()
        self.outbox_changed = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self._refresh()
        self._server = await asyncio.start_server(
            self._connected, self.config.bind, self.config.port, backlog=128
        )
        self._spawn(self._outbox_loop())
        self._spawn(self._housekeeping_loop())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._db.close()

    @property
    def port(self) -> int:
        assert self._server is not None  # noqa: S101 - asked only inside the block
        return self._server.sockets[0].getsockname()[1]

    def _spawn(self, coroutine) -> asyncio.Task:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the endpoint failed", exc_info=task.exception())

    async def _refresh(self) -> None:
        if self._trust is not None:
            await self._db(self._trust.refresh)

    # Connections

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._accepted(reader, writer))

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ["?"])[0])
        self._per_address[address] += 1
        try:
            if self._per_address[address] > self.config.max_per_address:
                await self._finding(
                    ChannelRefused(
                        ChannelCode.TOO_MANY_CONNECTIONS, f"more than {self.config.max_per_address}"
                    ),
                    f"address:{address}",
                )
                writer.close()
                return
            if self._trust is not None:
                if not await says_anything(writer, self.config.connect_timeout_s):
                    # A look whether the port answers, such as the node's own, is nobody without a certificate.
                    return
                await writer.start_tls(
                    self._trust.server, ssl_handshake_timeout=self.config.connect_timeout_s
                )
            await self._channel(reader, writer, expected=None).run()
        except (OSError, TimeoutError) as error:
            await self._finding(
                ChannelRefused(ChannelCode.NO_CERTIFICATE, f"the TLS handshake failed: {_short(error)}"),
                f"address:{address}",
            )
        finally:
            self._per_address[address] -= 1
            writer.close()

    def _channel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, expected: PeerId | None
    ) -> Channel:
        handlers = Handlers(self._named, self._received, self._refused, self._check)
        channel = Channel(
            reader,
            writer,
            own=self.config.rules.own,
            expected=expected,
            limits=self.config.limits,
            handlers=handlers,
        )
        self._channels.add(channel)
        return channel

    async def _named(self, channel: Channel, claimed: PeerId) -> None:
        self._rows[claimed] = await self._db(
            admit, rules=self.config.rules, claimed=claimed, certificate_sha256=channel.certificate_sha256
        )
        current = self._primary.get(claimed)
        if current is None or current.closing:
            self._primary[claimed] = channel

    def _check(self, channel: Channel, message: Message) -> None:
        assert channel.peer is not None  # noqa: S101 - no DATA before PEERID
        check_header(rules=self.config.rules, peer=channel.peer, header=message.header)

    async def _received(self, channel: Channel, received: Received) -> None:
        assert channel.peer is not None  # noqa: S101 - no DATA before PEERID
        await self._db(
            services.store_inbound,
            peer=self._rows[channel.peer],
            message=received.message,
            body=received.body,
            spool_name=received.spool_name,
            size=received.size,
        )
        await self._db(self.config.wake)

    async def _refused(self, channel: Channel, error: Exception) -> None:
        subject = f"peer:{channel.peer}" if channel.peer else f"address:{channel.address}"
        await self._finding(error, subject)

    async def _finding(self, error: Exception, subject: str) -> None:
        code = str(error.code) if isinstance(error, PeerError) else "peer-connection"
        log.warning("%s: %s", subject, error)
        await self._db(
            record_finding, code=code, subject=subject, severity="warning", message=_short(error), app="peers"
        )

    # Sending

    async def _outbox_loop(self) -> None:
        while True:
            self.outbox_changed.clear()
            for identity, rows in (await self._db(_due)).items():
                if identity not in self._sending:
                    self._sending.add(identity)
                    self._spawn(self._send_all(identity, rows))
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self.outbox_changed.wait()
            except TimeoutError:
                pass

    async def _send_all(self, peer: PeerId, rows: list[OutboundMessage]) -> None:
        """Send a peer's due messages in order; the first failure leaves the rest for the next try."""
        try:
            channel = await self._open(peer, rows[0].peer)
            for row in rows:
                await channel.send(row.size, _chunks(row))
                await self._db(services.mark_sent, ids=[row.pk])
        except (OSError, TimeoutError, ChannelRefused) as error:
            await self._db(services.note_connection, peer=rows[0].peer, error=_short(error))
            for row in rows:
                await self._db(services.mark_unsent, row=row, error=_short(error))
        finally:
            self._sending.discard(peer)
            self.outbox_changed.set()

    async def _open(self, peer: PeerId, row: Peer) -> Channel:
        channel = self._primary.get(peer)
        if channel is not None and not channel.closing:
            return channel
        host, port = _address(peer, row)
        async with asyncio.timeout(self.config.connect_timeout_s):
            reader, writer = await asyncio.open_connection(host, port)
            if self._trust is not None:
                await writer.start_tls(self._trust.client)
            channel = self._channel(reader, writer, expected=peer)
            self._spawn(channel.run())
            # Deployed diallers do not wait for the other's name; ours does, so that nothing of a poll
            # reaches a stranger at a peer's address.
            await channel.named.wait()
        self._primary[peer] = channel
        await self._db(services.note_connection, peer=row)
        return channel

    async def _housekeeping_loop(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._refresh()
            await self._db(services.expire_outbound)
            oldest = time.monotonic() - self.config.idle_s
            for channel in list(self._channels):
                # Ours or theirs, in mid-frame or not: who is silent for so long is not there.
                busy = channel.peer in self._sending and self._primary.get(channel.peer) is channel
                if channel.closing or (channel.last_used < oldest and not busy):
                    channel.close()
                    self._channels.discard(channel)
            for peer, channel in list(self._primary.items()):
                if channel.closing:
                    del self._primary[peer]


def _due() -> dict[PeerId, list[OutboundMessage]]:
    """The due messages by peer, oldest first; disabled peers wait."""
    rows: dict[PeerId, list[OutboundMessage]] = {}
    for row in OutboundMessage.objects.due(now()).filter(peer__enabled=True).select_related("peer")[:BATCH]:
        rows.setdefault(PeerId.parse(row.peer.identity), []).append(row)
    return rows


def _address(peer: PeerId, row: Peer) -> tuple[str, int]:
    if row.address:
        host, _, port = row.address.rpartition(":")
        return host.strip("[]"), int(port)
    return peer.ip, peer.port


async def _chunks(row: OutboundMessage) -> AsyncIterator[bytes]:
    if not row.spool:
        yield bytes(row.body)
        return
    with spool.path_of(row.spool).open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, PIECE):
            yield chunk


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:500]
