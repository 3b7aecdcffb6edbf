"""A publisher as a script: what each path answers, well or badly, in memory or over a real socket.

``Reply.wire()`` is the one description of an answer: bytes and silences. ``MemoryPublisher`` is an adapter of the
production ``Fetcher`` port that reads it with a clock of its own and no wait; ``tests/simulators/hostile_server.py``
writes the same to a socket.
"""

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from apps.common.http_body import BodyWriter, SinkError
from apps.common.http_wire import HeadRecorder, HeadTooLargeError
from apps.lockss.cookies import CookieJar
from apps.lockss.fetch import (
    Fault,
    FetchRequest,
    FetchResult,
    Framing,
    Sink,
    Target,
    TrustLevel,
    parse_target,
)

REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified"}


class Twist(StrEnum):
    """How an answer goes wrong."""

    NONE = "none"
    SILENT = "accepts and says nothing"
    SILENT_IN_BODY = "stops half-way, connection open"
    DRIP = "a byte now and then"
    ENDLESS = "sends without end"
    SHORT_LENGTH = "less than Content-Length, then closes"
    LONG_LENGTH = "more than Content-Length"
    CUT_CHUNK = "closes inside a chunk"
    NO_LAST_CHUNK = "closes after a chunk, without the last"
    BAD_CHUNK_SIZE = "a chunk size that is no number"
    RESET = "connection reset in the body"
    CLOSED_AT_ONCE = "closes without a word"
    GARBAGE = "no HTTP at all"
    HEADER_FLOOD = "thousands of header lines"
    LONG_HEADER = "one header line without end"
    HALF_HEAD = "closes inside the head"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent for so long; None means for ever."""

    seconds: float | None = None


class End(StrEnum):
    """How the publisher lets go."""

    FIN = "fin"
    RST = "rst"
    KEEP = "keep"


WireItem = bytes | Pause | End


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``headers`` come after the framing's own; ``drip`` is the pause between two bytes."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    framing: Framing = Framing.LENGTH
    twist: Twist = Twist.NONE
    reason: str | None = None
    drip: float = 0.05

    def head(self) -> bytes:
        reason = REASONS.get(self.status, "Status") if self.reason is None else self.reason
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        if self.status not in {204, 304}:
            if self.framing is Framing.LENGTH:
                wrong = {Twist.SHORT_LENGTH: 10, Twist.LONG_LENGTH: -len(self.body) // 2}
                lines.append(f"Content-Length: {len(self.body) + wrong.get(self.twist, 0)}")
            elif self.framing is Framing.CHUNKED:
                lines.append("Transfer-Encoding: chunked")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def wire(self) -> Iterator[WireItem]:
        """Everything that goes over the wire for this reply, the last item an End."""
        match self.twist:
            case Twist.CLOSED_AT_ONCE:
                yield End.FIN
            case Twist.SILENT:
                yield from (Pause(), End.FIN)
            case Twist.GARBAGE:
                yield from (b"\x16\x03\x01 this is no HTTP\r\nat: all\r\n\r\n", End.FIN)
            case Twist.HALF_HEAD:
                yield from (self.head()[:-6], End.FIN)
            case Twist.HEADER_FLOOD:
                yield self.head()[:-2]
                yield from (b"X-%d: a\r\n" % number for number in range(3_000))
                yield from (b"\r\n", End.FIN)
            case Twist.LONG_HEADER:
                yield self.head()[:-2] + b"X-Long: "
                yield from itertools.repeat(b"a" * 4_096, 64)
                yield from (b"\r\n\r\n", End.FIN)
            case Twist.ENDLESS:
                yield self.head()
                for _ in itertools.count():
                    yield self._chunk(b"0123456789abcdef" * 512)
            case _:
                yield self.head()
                yield from self._framed_body()

    def _framed_body(self) -> Iterator[WireItem]:
        half = len(self.body) // 2
        match self.twist:
            case Twist.SILENT_IN_BODY:
                yield from (self._chunk(self.body[:half]), Pause(), End.FIN)
            case Twist.DRIP:
                for byte in self.body:
                    yield from (Pause(self.drip), self._chunk(bytes((byte,))))
                yield from self._end()
            case Twist.RESET:
                yield from (self._chunk(self.body[:half]), Pause(0.05), End.RST)
            case Twist.CUT_CHUNK:
                yield from (b"%x\r\n" % len(self.body) + self.body[:half], End.FIN)
            case Twist.NO_LAST_CHUNK:
                yield from (self._chunk(self.body), End.FIN)
            case Twist.BAD_CHUNK_SIZE:
                yield from (b"zz\r\n" + self.body + b"\r\n", End.FIN)
            case Twist.SHORT_LENGTH:
                yield from (self.body, End.FIN)
            case _:
                if self.body:
                    yield self._chunk(self.body)
                yield from self._end()

    def _chunk(self, data: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(data), data) if self.framing is Framing.CHUNKED and data else data

    def _end(self) -> Iterator[WireItem]:
        if self.framing is Framing.CHUNKED:
            yield b"0\r\n\r\n"
        yield End.FIN if self.framing is Framing.CLOSE else End.KEEP


def redirect(location: str, status: int = 302, *headers: tuple[str, str]) -> Reply:
    return Reply(status, b"moved", (("Location", location), *headers))


def page(text: str, *headers: tuple[str, str]) -> Reply:
    return Reply(body=text.encode(), headers=(("Content-Type", "text/html; charset=utf-8"), *headers))


def gzipped(data: bytes, *, cut: int = 0, bad_trailer: bool = False, members: int = 1) -> Reply:
    """A body with Content-Encoding gzip: whole, ``cut`` bytes short, or with a wrong checksum at its end."""
    coded = b"".join(gzip.compress(data, mtime=0) for _ in range(members))
    if bad_trailer:
        coded = coded[:-8] + bytes(byte ^ 0x55 for byte in coded[-8:-4]) + coded[-4:]
    return Reply(body=coded[: len(coded) - cut], headers=(("Content-Encoding", "gzip"),))


def bomb(size: int = 64 << 20) -> Reply:
    """A few kB that decode to ``size`` zero bytes."""
    squeeze = zlib.compressobj(9, wbits=31)
    coded = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(size >> 20)) + squeeze.flush()
    return Reply(body=coded, headers=(("Content-Encoding", "gzip"),))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the publisher saw it."""

    host: str
    path: str
    head: bytes

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        lines = self.head.decode("utf-8").split("\r\n")[1:-2]
        return tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Answering = Reply | Callable[[Asked], Reply] | Iterable[Reply]


@dataclass(slots=True)
class Script:
    """Replies by path, or by ``host`` + path; a list is used up one by one and its last stays."""

    replies: dict[str, Answering] = field(default_factory=dict)
    other: Answering = field(default_factory=lambda: Reply(404, b"not here"))
    asked: list[Asked] = field(default_factory=list)
    unreachable: dict[str, Fault] = field(default_factory=dict)

    def on(self, path: str, answer: Answering) -> "Script":
        self.replies[path] = answer
        return self

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        key = asked.host + asked.path
        key = key if key in self.replies else asked.path
        answer = self.replies.get(key, self.other)
        if isinstance(answer, Reply):
            return answer
        if callable(answer):
            return answer(asked)
        rest = list(answer)
        self.replies[key] = rest[1:] if len(rest) > 1 else rest
        return rest[0]

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


class MemoryPublisher:
    """The ``Fetcher`` port without a network: time stands still but for the script's pauses."""

    def __init__(
        self,
        script: Script,
        *,
        start: datetime = datetime(2026, 1, 1, tzinfo=UTC),
        trust: TrustLevel = TrustLevel.ANY,
    ) -> None:
        self.script = script
        self.now = start
        self.trust = trust
        self._jar = CookieJar()

    async def aclose(self) -> None:
        """Nothing is open."""

    async def fetch(self, request: FetchRequest, sink: Sink) -> FetchResult:
        began = self.now
        target = parse_target(request.url)
        if target is None:
            return FetchResult(request, began, self.now, fault=Fault.BAD_URL)
        if target.host in self.script.unreachable:
            return FetchResult(request, began, self.now, fault=self.script.unreachable[target.host])
        jar = self._jar if request.use_cookies else CookieJar()
        before = jar.digest(began)
        sent = _head_of(request, target, jar.header_for(target, began, request.cookies))
        reply = self.script.answer(Asked(target.host, target.path, sent))
        run = _Reading(request, sink)
        try:
            run.read(reply.wire())
        except SinkError as error:
            raise error.cause from None
        self.now += timedelta(seconds=run.elapsed)
        head = run.recorder.head
        if head is not None:
            jar.take(target, head.every("set-cookie"), self.now)
        body, fault, detail = (None, run.fault, "")
        if run.writer is not None:
            body, fault, detail = run.writer.finish(run.fault)
        return FetchResult(
            request,
            began,
            self.now,
            sent=sent,
            head=head,
            body=body,
            fault=fault,
            detail=detail,
            peer=f"192.0.2.1:{target.port}",
            cookies_before=before,
            cookies_after=jar.digest(self.now) if request.use_cookies else "",
        )


def _head_of(request: FetchRequest, target: Target, cookie: str | None) -> bytes:
    headers = [("Host", target.host_header), *request.headers, *([("Cookie", cookie)] if cookie else [])]
    lines = [f"GET {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Reading:
    """Reads a wire as a client would, with the production recorder and body writer."""

    def __init__(self, request: FetchRequest, sink: Sink) -> None:
        self._request = request
        self._sink = sink
        self._chunks = _Chunks()
        self.recorder = HeadRecorder(request.limits)
        self.writer: BodyWriter | None = None
        self.fault: Fault | None = None
        self.elapsed = 0.0

    def read(self, wire: Iterator[WireItem]) -> None:
        for item in wire:
            if isinstance(item, Pause):
                self._wait(item.seconds)
            elif isinstance(item, End):
                self._ended(item)
                return
            else:
                self._take(item)
            if self.fault is not None:
                return

    def _wait(self, seconds: float | None) -> None:
        limits = self._request.limits
        silent = limits.idle if seconds is None else seconds
        if self.elapsed + min(silent, limits.idle) >= limits.total:
            self.elapsed = limits.total
            self.fault = Fault.TOTAL_TIMEOUT
        elif silent >= limits.idle:
            self.elapsed += limits.idle
            self.fault = Fault.IDLE_TIMEOUT
        else:
            self.elapsed += silent

    def _take(self, data: bytes) -> None:
        try:
            data = self.recorder.feed(data)
        except HeadTooLargeError:
            self.fault = Fault.HEAD_TOO_LARGE
            return
        if self.recorder.malformed:
            self.fault = Fault.BAD_HEAD
            return
        head = self.recorder.head
        if head is None:
            return
        if self.writer is None:
            self.writer = BodyWriter(
                self._sink, self._request.limits, self.recorder.framing, head.first("content-encoding")
            )
            data = data.partition(b"\r\n\r\n")[2]
        if self.recorder.framing is Framing.CHUNKED:
            data = self._chunks.feed(data)
            if self._chunks.broken:
                self.fault = Fault.CUT_CHUNK
                return
        if data:
            self.fault = self.writer.write(data)

    def _ended(self, end: End) -> None:
        if self.writer is None:
            self.fault = Fault.RESET
        elif end is End.RST:
            self.fault = Fault.WRONG_LENGTH if self.recorder.framing is Framing.LENGTH else Fault.RESET
        elif self.recorder.framing is Framing.CHUNKED and not self._chunks.whole:
            self.fault = Fault.CUT_CHUNK
        elif self.recorder.framing is Framing.LENGTH and self.recorder.head is not None:
            length = int(self.recorder.head.first("content-length") or 0)
            if self.writer.stored < length:
                self.fault = Fault.WRONG_LENGTH


class _Chunks:
    """Undoes the chunked coding of a well- or ill-formed stream."""

    def __init__(self) -> None:
        self._buffer = b""
        self.whole = False
        self.broken = False

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        out = b""
        while not self.whole and b"\r\n" in self._buffer:
            line, _, rest = self._buffer.partition(b"\r\n")
            try:
                size = int(line, 16)
            except ValueError:
                self.broken = True
                return out
            if size == 0:
                self.whole = True
            elif len(rest) < size + 2:
                break
            out += rest[:size]
            self._buffer = rest[size + 2 :]
        return out
