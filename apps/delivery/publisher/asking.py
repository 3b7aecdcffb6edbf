"""The real ``Publisher``: aiohttp behind the guard of every outgoing connection.

The address that is judged is the address connected to, of every request anew; no redirect is followed, no proxy of
the environment asked, no cookie kept. Heads are read within limits and their framing is decided here (``http_wire``).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from apps.common.http_guard import Guard, GuardedConnector
from apps.common.http_tls import TlsPolicy
from apps.common.http_wire import (
    CURRENT,
    Exchange,
    HeadRecorder,
    HeadTooLargeError,
    RecordingProtocol,
    exact_session,
)
from apps.delivery.publisher.fields import sendable
from apps.delivery.publisher.places import IN_ALL, PER_HOST, Places
from apps.delivery.publisher.record import HostRecord
from apps.delivery.publisher.resolving import SharedResolver
from apps.delivery.publisher.streaming import StreamedReply, failure_of
from apps.delivery.publisher.values import Fields, Reply
from apps.lockss.delivery import Ask, Failure, Pool
from apps.lockss.delivery.stems import Stem, stem_of
from apps.lockss.fetch import FetchLimits, Target, TrustLevel, parse_target
from apps.lockss.urls import browser_request_target

logger = logging.getLogger(__name__)
_REUSED = "reused"
_IDLE_S = 15.0


@dataclass(frozen=True, slots=True)
class PublisherLimits:
    """Requests on their way at once; the head of an answer in bytes and lines."""

    in_all: int = IN_ALL
    per_host: int = PER_HOST
    head_line: int = 16_384
    head_bytes: int = 65_536
    head_lines: int = 200


class _Protocol(RecordingProtocol):
    """Knows whether its connection has served before: then the publisher may have closed it unnoticed."""

    _served = False

    def set_response_params(self, **kwargs: Any) -> None:
        if self._served:
            CURRENT.get().notes.append(_REUSED)
        self._served = True
        super().set_response_params(**kwargs)


class GuardedPublisher:
    """Of one event loop, from the first request on. ``ca_file``: roots instead of the system's; certificates that
    nothing vouches for are a failure, since the reader cannot see them."""

    def __init__(
        self,
        guard: Guard,
        *,
        record: HostRecord | None = None,
        limits: PublisherLimits | None = None,
        resolver: AbstractResolver | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._guard = guard
        self._record = record or HostRecord()
        self._limits = limits or PublisherLimits()
        self._resolver = resolver
        self._tls = TlsPolicy(TrustLevel.TRUSTED, ca_file)
        self._places = Places(self._limits.in_all, self._limits.per_host)
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        url: str,
        ask: Ask,
        *,
        method: str = "GET",
        fields: Fields = (),
        body: AsyncIterator[bytes] | None = None,
    ) -> Reply | Failure:
        """See the port."""
        target, stem = parse_target(url if url.isascii() else browser_request_target(url) or ""), stem_of(url)
        if target is None or not isinstance(stem, Stem) or self._guard.refuses_target(target) is not None:
            return Failure.FORBIDDEN_ADDRESS
        host = f"{stem.host}:{stem.port}"
        began = asyncio.get_running_loop().time()
        # With a copy in hand nobody stands in a queue.
        wait = 0.0 if ask.pool is Pool.QUICK else min(ask.connect, ask.head)
        if not await self._places.take(host, wait):
            return Failure.QUEUE_FULL
        sending = _Sending(target, method, sendable((*fields, *ask.fields)), body, ask)
        reply: StreamedReply | None = None
        try:
            left = began + ask.head - asyncio.get_running_loop().time()
            async with asyncio.timeout(max(left, 0.0)):
                outcome = await self._sent(sending, lambda: self._places.give_back(host))
            if isinstance(outcome, StreamedReply):
                reply = outcome
                self._record.answered(url)
            return outcome
        except TimeoutError:
            return Failure.STALL if sending.connected else Failure.CONNECT_TIMEOUT
        finally:
            if reply is None:
                self._places.give_back(host)

    async def _sent(self, sending: "_Sending", give_back: Any) -> StreamedReply | Failure:
        while True:
            exchange = sending.begin(self._limits)
            try:
                response = await self._request(sending, exchange)
            except (aiohttp.ClientError, HttpProcessingError, HeadTooLargeError, OSError) as error:
                failure = failure_of(error, exchange)
                if sending.may_repeat(failure):
                    continue
                logger.info("%s: %s: %s", sending.shown, failure, type(error).__name__)
                return failure
            head = exchange.recorder.head
            if head is None or not 200 <= head.status <= 599:
                response.close()
                return Failure.RESET
            return StreamedReply(response, exchange, sending.method, give_back)

    async def _request(self, sending: "_Sending", exchange: Exchange) -> aiohttp.ClientResponse:
        target, ask = sending.target, sending.ask
        url = URL(f"{target.scheme}://{target.host_header}{target.path}", encoded=True)
        token = CURRENT.set(exchange)
        try:
            return await self._open().request(
                sending.method,
                url,
                headers=[("Host", target.host_header), *sending.fields],
                data=sending.body,
                allow_redirects=False,
                ssl=self._tls.context(target.endpoint) if exchange.secure else True,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=ask.connect, sock_connect=ask.connect, sock_read=ask.data
                ),
            )
        finally:
            CURRENT.reset(token)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = GuardedConnector(
                self._guard, self._resolver or SharedResolver(), limit=0, keepalive_timeout=_IDLE_S
            )
            connector.speak_with(_Protocol)
            self._session = exact_session(connector)
        return self._session


class _Sending:
    """One request on its way."""

    def __init__(
        self,
        target: Target,
        method: str,
        fields: list[tuple[str, str]],
        body: AsyncIterator[bytes] | None,
        ask: Ask,
    ) -> None:
        self.target, self.method, self.fields, self.body, self.ask = target, method, fields, body, ask
        self._exchange: Exchange | None = None

    @property
    def shown(self) -> str:
        return f"{self.method} {self.target.endpoint}{self.target.path}"[:500]

    @property
    def connected(self) -> bool:
        return self._exchange is not None and self._exchange.peer is not None

    def begin(self, limits: PublisherLimits) -> Exchange:
        bounds = FetchLimits(
            header_line=limits.head_line, header_bytes=limits.head_bytes, header_lines=limits.head_lines
        )
        secure = self.target.scheme == "https"
        self._exchange = Exchange(
            self.target.path, HeadRecorder(bounds, bodiless=self.method == "HEAD"), secure=secure
        )
        return self._exchange

    def may_repeat(self, failure: Failure) -> bool:
        """A kept connection that ended before it said a word: the publisher had closed it, and reading may be asked
        anew. Each turn uses one of them up."""
        exchange = self._exchange
        lost = exchange is not None and _REUSED in exchange.notes and exchange.recorder.untouched
        return lost and failure is Failure.RESET and self.method in {"GET", "HEAD"}
