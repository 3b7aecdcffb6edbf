"""The head of an answer, byte for byte, taken from the connection before aiohttp reads it.

aiohttp hands out parsed headers; a WARC record wants what was sent. The recorder also holds the head to its limits,
cuts what a server sends behind the body it announced, and remembers whether the peer said good-bye (TLS
close_notify or FIN) before the connection was gone.
"""

import re
import ssl
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BaseConnector, ClientRequest, ClientResponse, ClientSession, DummyCookieJar
from aiohttp.client_proto import ResponseHandler

from apps.lockss.fetch import FetchLimits, Framing, ResponseHead

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_STATUS_LINE = re.compile(
    r"(HTTP/[0-9](?:\.[0-9])?)[ \t]+([1-9][0-9]{2})(?:[ \t]+(.*))?", re.DOTALL | re.IGNORECASE | re.ASCII
)
_SIGN = b"HTTP/"
_CONNECTION = frozenset({"close", "keep-alive"})
_BODYLESS = frozenset({101, 204, 304})
_AUTO_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class HeadTooLargeError(Exception):
    """The head is over its limits; the text says which."""


class HeadRecorder:
    """Fed with everything a connection receives for one request. ``bodiless``: it was a HEAD, nothing may follow."""

    def __init__(self, limits: FetchLimits, *, bodiless: bool = False) -> None:
        self._limits = limits
        self._bodiless = bodiless
        self._raw = bytearray()
        self._interim = 0
        self._left: int | None = None
        self._settled = False
        self.malformed = False
        self.head: ResponseHead | None = None
        self.framing = Framing.NONE
        self.too_large: str | None = None
        self.excess = False
        self.said_goodbye = False

    @property
    def untouched(self) -> bool:
        """Nothing came yet, not even a part of a head."""
        return not (self._settled or self._raw or self._interim)

    def feed(self, data: bytes) -> bytes:
        """What aiohttp gets of ``data``: for a head its framing alone, then this answer's body and no byte more.

        Raises HeadTooLargeError. A text that begins with no status line is passed on as it is, for aiohttp to refuse.
        """
        out = b""
        at = 0
        while not self._settled and at < len(data):
            passed, at = self._collect(data, at)
            out += passed
        body = data[at:]
        if self._left is not None:
            self.excess = self.excess or len(body) > self._left
            body = body[: self._left]
            self._left -= len(body)
        return out + body

    def _collect(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Take head bytes from ``data[at:]``: what to pass on, and where the head ended (or all was taken)."""
        known = len(self._raw)
        self._raw += data[at:]
        lead = len(self._raw) - len(self._raw.lstrip(b"\r\n"))
        # Empty lines before a status line belong to no head.
        end = _HEAD_END.search(self._raw, max(known - 3, lead))
        start = bytes(self._raw[lead : lead + len(_SIGN)])
        if not _SIGN.startswith(start.upper()):
            # No HTTP at all: said at once, not when the peer falls silent.
            self._settled = self.malformed = True
            return bytes(self._raw), len(data)
        self._hold_limits(self._raw if end is None else self._raw[: end.end()], ended=end is not None)
        if end is None or lead == len(self._raw):
            return b"", len(data)
        over = len(self._raw) - end.end()
        raw = bytes(self._raw[lead : end.end()])
        self._raw.clear()
        head = parse_head(raw)
        if head is not None and 100 <= head.status < 200 and head.status != 101:
            self._interim += len(raw)
            return b"", len(data) - over
        self._settled = True
        if head is None or (framing := framing_of(head)) is None:
            self.malformed = True
            return raw if head is None else b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", len(data) - over
        self.head, self.framing = head, framing
        return self._framing_head(head), len(data) - over

    def _framing_head(self, head: ResponseHead) -> bytes:
        """What of the head decides where the body ends and whether the connection stays."""
        # An upgrade that nobody asked for is an answer without a body.
        status = 204 if head.status == 101 else head.status
        version = head.version if head.version in {"HTTP/1.0", "HTTP/1.1"} else "HTTP/1.1"
        lines = [f"{version} {status} -"]
        if self.framing is Framing.NONE or self._bodiless:
            self._left = 0
        elif self.framing is Framing.LENGTH:
            self._left = length_of(head)
            lines.append(f"Content-Length: {self._left}")
        elif self.framing is Framing.CHUNKED:
            lines.append("Transfer-Encoding: chunked")
        lines += [
            f"Connection: {value}" for value in head.every("connection") if value.lower() in _CONNECTION
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _hold_limits(self, raw: bytearray, *, ended: bool) -> None:
        limits = self._limits
        # Without the status line, and at the end without the empty line.
        lines = raw.count(b"\n") - (2 if ended else 1)
        if self._interim + len(raw) > limits.header_bytes:
            self.too_large = f"over {limits.header_bytes} bytes"
        elif lines > limits.header_lines:
            self.too_large = f"over {limits.header_lines} lines"
        elif len(raw) > limits.header_line and max(map(len, _LINE_END.split(raw))) > limits.header_line:
            self.too_large = f"a line over {limits.header_line} bytes"
        if self.too_large is not None:
            raise HeadTooLargeError(self.too_large)


def parse_head(raw: bytes) -> ResponseHead | None:
    """Status line and headers in order, folded lines joined, as ISO-8859-1; None without a status line."""
    first, *lines = _LINE_END.split(raw.rstrip(b"\r\n"))
    status = _STATUS_LINE.fullmatch(first.decode("latin-1"))
    if status is None:
        return None
    headers: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("latin-1")
        if text[:1] in {" ", "\t"} and headers:
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {text.strip()}")
        else:
            name, colon, value = text.partition(":")
            if colon:
                headers.append((name.strip(), value.strip(" \t")))
    return ResponseHead(int(status[2]), (status[3] or "").strip(), status[1].upper(), tuple(headers), raw)


def framing_of(head: ResponseHead) -> Framing | None:
    """How the body of an answer to a GET ends (RFC 9112 §6.3); None where two lengths contradict each other."""
    if head.status in _BODYLESS:
        return Framing.NONE
    codings = ",".join(head.every("transfer-encoding")).lower()
    if codings.rpartition(",")[2].strip() == "chunked":
        return Framing.CHUNKED
    lengths = _lengths(head)
    if len(lengths) > 1 and not codings:
        return None
    return Framing.LENGTH if lengths and not codings else Framing.CLOSE


def length_of(head: ResponseHead) -> int:
    """The Content-Length of a head whose framing is LENGTH."""
    return next(iter(_lengths(head)))


def _lengths(head: ResponseHead) -> set[int]:
    """The different lengths that are numbers; what is none is as if it were not there, as browsers have it."""
    texts = ",".join(head.every("content-length")).split(",")
    return {int(text) for text in map(str.strip, texts) if re.fullmatch("[0-9]{1,18}", text, re.ASCII)}


@dataclass(slots=True)
class Exchange:
    """What one request gathers on its way, whatever becomes of it."""

    path: str
    recorder: HeadRecorder
    sent: bytes = b""
    peer: str | None = None
    ssl_object: Any = None
    secure: bool = False
    notes: list[str] = field(default_factory=list)


CURRENT: ContextVar[Exchange] = ContextVar("exchange")


class RecordingProtocol(ResponseHandler):
    """aiohttp's connection with the recorder in front of it."""

    _exchange: Exchange | None = None

    def set_response_params(self, **kwargs: Any) -> None:
        if "skip_payload" not in kwargs:
            # aiohttp reads a proxy's answer to CONNECT; behind it comes another protocol, over TLS.
            super().set_response_params(**kwargs)
            return
        self._exchange = exchange = CURRENT.get()
        if self.transport is not None:
            address = self.transport.get_extra_info("peername")
            if address:
                host = f"[{address[0]}]" if ":" in address[0] else address[0]
                exchange.peer = f"{host}:{address[1]}"
            exchange.ssl_object = self.transport.get_extra_info("ssl_object")
        super().set_response_params(**kwargs)

    def data_received(self, data: bytes) -> None:
        if self._exchange is not None and data:
            recorder = self._exchange.recorder
            try:
                data = recorder.feed(data)
            except HeadTooLargeError as error:
                self.set_exception(error)
                if self.transport is not None:
                    self.transport.close()
                return
            if recorder.excess:
                self.force_close()
            if not data:
                return
        super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        super().set_exception(exc, *cause)
        # Whoever reads the body hears of it too: a broken chunk behind the head would else be waited for until the
        # total timeout, since the timer of silence is stopped by now.
        body = self._payload
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(exc, *cause)

    def eof_received(self) -> None:
        if self._exchange is not None:
            self._exchange.recorder.said_goodbye = _ended_in_order(self._exchange.ssl_object)
        super().eof_received()


def _ended_in_order(ssl_object: Any) -> bool:
    """Whether the peer ended the stream itself. Over TLS a FIN alone may be an attacker's: close_notify counts.

    Only the TLS object knows: after close_notify a read gives the end, otherwise it asks for more.
    """
    if ssl_object is None:
        return True
    try:
        return not ssl_object.read(1)
    except ssl.SSLZeroReturnError:
        return True
    except ssl.SSLError:
        return False


class _ExactUrl:
    """The request's URL with the one text that goes into the request line; yarl drops an empty query."""

    def __init__(self, url: Any, path: str) -> None:
        self._url = url
        self.raw_path_qs = path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._url, name)

    def __str__(self) -> str:
        """What a proxy is asked for."""
        return self.raw_path_qs


class ExactRequest(ClientRequest):
    """Sends the request target as it was given and keeps the head that went out."""

    async def send(self, conn: Any) -> ClientResponse:
        exchange = CURRENT.get()
        plain = self.url
        self.url = _ExactUrl(plain, exchange.path)  # type: ignore[assignment]
        try:
            response = await super().send(conn)
        finally:
            self.url = plain
        lines = [
            f"{self.method} {exchange.path} HTTP/1.1",
            *(f"{key}: {value}" for key, value in self.headers.items()),
        ]
        exchange.sent = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
        return response


def exact_session(connector: BaseConnector) -> ClientSession:
    """Sends what it is told and nothing more: no field of its own, no cookie, no proxy of the environment. Nothing is
    silently sent twice: whoever asks decides what may be asked again."""
    session = ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=DummyCookieJar(),
        skip_auto_headers=_AUTO_HEADERS,
        request_class=ExactRequest,
        trust_env=False,
    )
    session._retry_connection = False  # noqa: SLF001
    return session
