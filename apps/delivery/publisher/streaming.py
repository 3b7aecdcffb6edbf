"""An answer of the publisher while it comes, and what its ways to fail are called."""

import ssl
from collections.abc import AsyncIterator, Callable

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from apps.common.http_guard import GuardRefusedError
from apps.common.http_wire import Exchange, length_of
from apps.delivery.publisher.values import CutOffError
from apps.lockss.delivery import Failure
from apps.lockss.fetch import Framing, ResponseHead


class StreamedReply:
    """See ``Reply``. Holds a connection and its place among those on their way until it is closed."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        exchange: Exchange,
        method: str,
        give_back: Callable[[], None],
    ) -> None:
        head = exchange.recorder.head
        if head is None:
            raise ValueError("an answer without a head is none")
        self._response, self._exchange, self._give_back = response, exchange, give_back
        self._head: ResponseHead = head
        self._bodiless = method == "HEAD" or exchange.recorder.framing is Framing.NONE
        # After HEAD a server may err about the body; its connection is not used again.
        self._whole = False
        self._closed = False
        self._body = self._pieces()

    @property
    def status(self) -> int:
        return self._head.status

    @property
    def fields(self) -> list[tuple[str, str]]:
        return list(self._head.headers)

    @property
    def length(self) -> int | None:
        return length_of(self._head) if self._exchange.recorder.framing is Framing.LENGTH else None

    @property
    def body(self) -> AsyncIterator[bytes]:
        return self._body

    async def _pieces(self) -> AsyncIterator[bytes]:
        if self._bodiless:
            return
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except (aiohttp.ClientError, OSError) as error:
            failure = failure_of(error, self._exchange)
            raise CutOffError(failure, str(error)[:200]) from error
        recorder = self._exchange.recorder
        if recorder.framing is Framing.CLOSE and not recorder.said_goodbye:
            raise CutOffError(Failure.TRUNCATED, "closed without an end")
        self._whole = True

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # Back to the pool only when the answer was read to its end.
        self._response.release() if self._whole else self._response.close()
        self._give_back()


def failure_of(error: Exception, exchange: Exchange) -> Failure:
    """What an exception of the network's means; the order matters, as aiohttp's classes overlap. A head that is none
    or too large counts as a lost connection: there was no answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, GuardRefusedError):
            return Failure.FORBIDDEN_ADDRESS
        cause = cause.__cause__
    begun = exchange.recorder.head is not None
    table: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Failure], ...] = (
        (aiohttp.ClientConnectorDNSError, Failure.DNS),
        (
            (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError, ssl.SSLError),
            Failure.TLS,
        ),
        (aiohttp.ConnectionTimeoutError, Failure.CONNECT_TIMEOUT),
        (aiohttp.ClientConnectorError, Failure.REFUSED),
        ((aiohttp.ServerTimeoutError, TimeoutError), Failure.STALL),
        (aiohttp.InvalidURL, Failure.FORBIDDEN_ADDRESS),
        (
            (aiohttp.ClientPayloadError, aiohttp.ClientResponseError, HttpProcessingError),
            Failure.TRUNCATED if begun else Failure.RESET,
        ),
    )
    return next((failure for kinds, failure in table if isinstance(error, kinds)), Failure.RESET)
