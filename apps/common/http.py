"""The guarded HTTP client: the production adapter of the ``Fetcher`` port, on aiohttp (collecting §2–§4).

One fetcher is one crawl: its cookie jar, its connections, its knowledge of faulty certificates. It asks exactly what
it is given, follows nothing, and answers every end with a ``FetchResult``.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from apps.common.failures import FAULTS, PROXY, fault_said
from apps.common.http_body import BodyWriter, SinkError
from apps.common.http_guard import Guard, GuardedConnector, GuardRefusedError
from apps.common.http_tls import TlsPolicy
from apps.common.http_wire import (
    CURRENT,
    Exchange,
    HeadRecorder,
    HeadTooLargeError,
    RecordingProtocol,
    exact_session,
)
from apps.lockss.cookies import CookieJar
from apps.lockss.fetch import (
    BodyReport,
    Fault,
    FetchRequest,
    FetchResult,
    Framing,
    ResponseHead,
    Sink,
    Target,
    TlsReport,
    TrustLevel,
    parse_target,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FetcherPolicy:
    """A network's settings. ``source_address`` is the local IP to send from; ``ca_file`` replaces the system's roots.

    ``proxy``: ``host:port`` to go through, which the node's administrator named and which may lie in a private network.
    It looks names up itself, so targets are judged by their name alone (``Guard.refuses_name``).
    """

    guard: Guard = field(default_factory=Guard)
    trust: TrustLevel = TrustLevel.ANY
    source_address: str | None = None
    ca_file: str | None = None
    proxy: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


class GuardedFetcher:
    """``async with GuardedFetcher(policy) as fetcher``; one request at a time per task, any number of tasks."""

    def __init__(
        self,
        policy: FetcherPolicy | None = None,
        *,
        resolver: AbstractResolver | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._policy = policy or FetcherPolicy()
        self._resolver = resolver
        self._clock = clock
        self._tls = TlsPolicy(self._policy.trust, self._policy.ca_file)
        self._session: aiohttp.ClientSession | None = None
        self._jar = CookieJar()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            source = self._policy.source_address
            proxy = self._policy.proxy
            connector = GuardedConnector(
                Guard.of([proxy]) if proxy else self._policy.guard,
                self._resolver,
                local_addr=None if source is None else (source, 0),
            )
            connector.speak_with(RecordingProtocol)
            self._session = exact_session(connector)
        return self._session

    async def fetch(self, request: FetchRequest, sink: Sink) -> FetchResult:
        """See the port. The body's bytes are in ``sink`` when this returns, complete or not."""
        began = self._clock()
        target = parse_target(request.url)
        if target is None:
            return FetchResult(
                request, began, self._clock(), fault=Fault.BAD_URL, detail=FAULTS[Fault.BAD_URL]
            )
        guard = self._policy.guard
        refused = guard.refuses_target(target) or (guard.refuses_name(target) if self._policy.proxy else None)
        if refused is not None:
            return FetchResult(request, began, self._clock(), fault=Fault.REFUSED_ADDRESS, detail=refused)
        run = _Run(request, target, sink, self._policy.proxy)
        session = self._open()
        before = self._jar.digest(began) if request.use_cookies else ""
        try:
            async with asyncio.timeout(request.limits.total):
                await self._ask(run, session)
        except TimeoutError:
            run.fail(Fault.TOTAL_TIMEOUT, f"over {request.limits.total:g} s")
        except SinkError as error:
            raise error.cause from None
        ended = self._clock()
        after = self._jar.digest(ended) if request.use_cookies else ""
        return replace(run.result(began, ended), cookies_before=before, cookies_after=after)

    async def _ask(self, run: "_Run", session: aiohttp.ClientSession) -> None:
        # The second turn is for a certificate whose fault this network accepts; ``accepts`` says so only once.
        while True:
            try:
                await self._send(run, session)
            except aiohttp.ClientConnectorCertificateError as error:
                certificate = error.certificate_error
                if isinstance(certificate, ssl.SSLCertVerificationError) and self._tls.accepts(
                    run.target.endpoint, certificate
                ):
                    continue
                run.fail(Fault.TLS_UNTRUSTED, fault_said(Fault.TLS_UNTRUSTED, certificate))
            except (aiohttp.ClientError, HttpProcessingError, HeadTooLargeError, OSError) as error:
                run.fail(*_fault_of(error, run))
            return

    async def _send(self, run: "_Run", session: aiohttp.ClientSession) -> None:
        request, target, limits = run.request, run.target, run.request.limits
        secure = target.scheme == "https"
        # What a proxy is asked names the whole URL; through a tunnel the publisher is asked as ever.
        path = (
            target.path if secure or not self._policy.proxy else f"http://{target.host_header}{target.path}"
        )
        run.exchange = exchange = Exchange(path, HeadRecorder(limits), secure=secure)
        try:
            url = URL(f"{target.scheme}://{target.host_header}{target.path}", encoded=True)
        except ValueError as error:
            run.fail(Fault.BAD_URL, fault_said(Fault.BAD_URL, error))
            return
        headers = [("Host", target.host_header), *request.headers]
        jar = self._jar if request.use_cookies else CookieJar()
        cookie = jar.header_for(target, self._clock(), request.cookies)
        if cookie:
            headers.append(("Cookie", cookie))
        token = CURRENT.set(exchange)
        try:
            response = await session.get(
                url,
                headers=headers,
                allow_redirects=False,
                proxy=f"http://{self._policy.proxy}" if self._policy.proxy else None,
                ssl=self._tls.context(target.endpoint) if exchange.secure else True,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=limits.connect, sock_connect=limits.connect, sock_read=limits.idle
                ),
            )
        finally:
            CURRENT.reset(token)
        try:
            refused = self._tls_of(run)
            if refused is not None:
                run.fail(Fault.TLS_UNTRUSTED, refused)
                return
            if exchange.recorder.head is not None:
                jar.take(target, exchange.recorder.head.every("set-cookie"), self._clock())
            await run.read(response)
        finally:
            # Back to the pool only when the answer was read to its end.
            response.close() if run.fault is not None else response.release()

    def _tls_of(self, run: "_Run") -> str | None:
        exchange = run.exchange
        if exchange is None or exchange.ssl_object is None:
            return None
        run.tls = self._tls.report(run.target.endpoint, exchange.ssl_object)
        return self._tls.refuses_peer(run.target.endpoint, exchange.ssl_object)


class _Run:
    """One fetch under way: what is known so far, so that any end can be told."""

    def __init__(self, request: FetchRequest, target: Target, sink: Sink, proxy: str = "") -> None:
        self.request = request
        self.proxy = proxy
        self.target = target
        self.sink = sink
        self.exchange: Exchange | None = None
        self.writer: BodyWriter | None = None
        self.report: BodyReport | None = None
        self.fault: Fault | None = None
        self.detail = ""
        self.tls: TlsReport | None = None

    def fail(self, fault: Fault, detail: str) -> None:
        if self.fault is None:
            self.fault, self.detail = fault, detail[:500]

    @property
    def framing(self) -> Framing:
        return Framing.NONE if self.exchange is None else self.exchange.recorder.framing

    @property
    def head(self) -> ResponseHead | None:
        return None if self.exchange is None else self.exchange.recorder.head

    async def read(self, response: aiohttp.ClientResponse) -> None:
        head = self.head
        if head is None:
            self.fail(Fault.BAD_HEAD, "no head was recorded")
            return
        self.writer = BodyWriter(self.sink, self.request.limits, self.framing, head.first("content-encoding"))
        async for piece in response.content.iter_any():
            fault = self.writer.write(piece)
            if fault is not None:
                self.fail(fault, f"after {self.writer.stored} bytes")
                return
        recorder = self.exchange.recorder if self.exchange is not None else None
        if recorder is not None and recorder.framing is Framing.CLOSE and not recorder.said_goodbye:
            secure = self.exchange is not None and self.exchange.secure
            self.fail(Fault.CUT_TLS if secure else Fault.RESET, "closed without an end")

    def result(self, began: datetime, ended: datetime) -> FetchResult:
        if self.writer is not None:
            self.report, fault, detail = self.writer.finish(self.fault)
            if fault is not self.fault and fault is not None:
                self.fail(fault, detail)
            elif self.fault is None:
                self.detail = detail
        return FetchResult(
            self.request,
            began,
            ended,
            sent=b"" if self.exchange is None else self.exchange.sent,
            head=self.head,
            body=self.report,
            fault=self.fault,
            detail=self.detail,
            # Which address a proxy asked is not known here.
            peer=None if self.exchange is None or self.proxy else self.exchange.peer,
            tls=self.tls,
        )


def _fault_of(error: Exception, run: _Run) -> tuple[Fault, str]:
    """Which fault an exception of the network's is; the order matters, as aiohttp's classes overlap."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, GuardRefusedError):
            return Fault.REFUSED_ADDRESS, str(cause)
        cause = cause.__cause__
    recorder = None if run.exchange is None else run.exchange.recorder
    if recorder is not None and recorder.too_large is not None:
        return Fault.HEAD_TOO_LARGE, recorder.too_large
    if run.proxy and isinstance(error, _OF_PROXY):
        return Fault.CONNECT, PROXY
    table: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Fault], ...] = (
        (aiohttp.ClientConnectorDNSError, Fault.UNKNOWN_HOST),
        ((aiohttp.ClientConnectorSSLError, ssl.SSLError), Fault.TLS),
        (aiohttp.ConnectionTimeoutError, Fault.CONNECT_TIMEOUT),
        (aiohttp.ClientConnectorError, Fault.CONNECT),
        (aiohttp.ServerTimeoutError, Fault.IDLE_TIMEOUT),
        (aiohttp.InvalidURL, Fault.BAD_URL),
        (
            (aiohttp.ClientResponseError, HttpProcessingError),
            _CUT[run.framing] if run.head is not None else Fault.BAD_HEAD,
        ),
        (aiohttp.ClientPayloadError, _CUT[run.framing]),
    )
    fault = next((fault for kinds, fault in table if isinstance(error, kinds)), Fault.RESET)
    logger.info("%s: %s: %r", run.request.url[:500], fault, error)
    return fault, fault_said(fault, error)


# No connection to the proxy, and none through it: what it answered then is not the publisher's answer.
_OF_PROXY = (
    aiohttp.ClientHttpProxyError,
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientConnectorDNSError,
)
_CUT = {
    Framing.NONE: Fault.RESET,
    Framing.LENGTH: Fault.WRONG_LENGTH,
    Framing.CHUNKED: Fault.CUT_CHUNK,
    Framing.CLOSE: Fault.RESET,
}


def fetch_sync(
    request: FetchRequest,
    sink: Sink,
    policy: FetcherPolicy | None = None,
    *,
    resolver: AbstractResolver | None = None,
) -> FetchResult:
    """One request from code without an event loop, through the same guard; with a jar of its own."""

    async def once() -> FetchResult:
        async with GuardedFetcher(policy, resolver=resolver) as fetcher:
            return await fetcher.fetch(request, sink)

    return asyncio.run(once())
