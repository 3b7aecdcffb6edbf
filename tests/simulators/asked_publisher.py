"""The ``Publisher`` port without a network: a script's replies, read with the production head recorder."""

from collections.abc import AsyncIterator

from apps.common.http_guard import Guard
from apps.common.http_wire import HeadRecorder, HeadTooLargeError, length_of
from apps.delivery.publisher.fields import sendable
from apps.delivery.publisher.values import CutOffError, Fields
from apps.lockss.delivery import Ask, Failure
from apps.lockss.delivery.stems import Stem, stem_of
from apps.lockss.fetch import FetchLimits, Framing, parse_target
from tests.simulators.publisher import Asked, End, Pause, Script, WireItem, _Chunks

LIMITS = FetchLimits(header_line=16_384, header_bytes=65_536, header_lines=200)


class ScriptedPublisher:
    """``failing`` has failures by host. Time never passes: a silence longer than allowed is one at once."""

    def __init__(self, script: Script, failing: dict[str, Failure] | None = None) -> None:
        self.script = script
        self.failing = failing or {}
        self.open = 0

    async def aclose(self) -> None:
        """Nothing is open."""

    async def ask(
        self,
        url: str,
        ask: Ask,
        *,
        method: str = "GET",
        fields: Fields = (),
        body: AsyncIterator[bytes] | None = None,
    ) -> "ScriptedReply | Failure":
        target, stem = parse_target(url), stem_of(url)
        if target is None or not isinstance(stem, Stem) or Guard().refuses_target(target) is not None:
            return Failure.FORBIDDEN_ADDRESS
        if target.host in self.failing:
            return self.failing[target.host]
        lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.host_header}"]
        lines += [f"{name}: {value}" for name, value in sendable((*fields, *ask.fields))]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        wire = iter(self.script.answer(Asked(target.host, target.path, head)).wire())
        found = ScriptedReply(self, wire, method, ask)
        return found if found.failure is None else found.failure


class ScriptedReply:
    def __init__(self, owner: ScriptedPublisher, wire, method: str, ask: Ask) -> None:
        self._owner, self._wire, self._method, self._ask = owner, wire, method, ask
        self._recorder = HeadRecorder(LIMITS)
        self._first = b""
        self.failure: Failure | None = None
        self._read_head()
        head = self._recorder.head
        if self.failure is None and (head is None or not 200 <= head.status <= 599):
            self.failure = Failure.RESET
        self._closed = self.failure is not None
        owner.open += self.failure is None
        self._body = self._pieces()

    def _read_head(self) -> None:
        for item in self._wire:
            if isinstance(item, End):
                self.failure = Failure.RESET
            elif isinstance(item, Pause):
                if item.seconds is None or item.seconds >= self._ask.head:
                    self.failure = Failure.STALL
            else:
                self._feed_head(item)
            if self.failure is not None or self._recorder.head is not None:
                return

    def _feed_head(self, item: bytes) -> None:
        try:
            passed = self._recorder.feed(item)
        except HeadTooLargeError:
            self.failure = Failure.RESET
            return
        if self._recorder.malformed:
            self.failure = Failure.RESET
        elif self._recorder.head is not None:
            self._first = passed.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        assert self._recorder.head is not None
        return self._recorder.head.status

    @property
    def fields(self) -> list[tuple[str, str]]:
        assert self._recorder.head is not None
        return list(self._recorder.head.headers)

    @property
    def length(self) -> int | None:
        framed = self._recorder.framing is Framing.LENGTH and self._recorder.head is not None
        return length_of(self._recorder.head) if framed else None

    @property
    def body(self) -> AsyncIterator[bytes]:
        return self._body

    async def _pieces(self) -> AsyncIterator[bytes]:
        framing, chunks, seen = self._recorder.framing, _Chunks(), 0
        if self._method == "HEAD" or framing is Framing.NONE or self.length == 0:
            return
        for data in self._data():
            out = chunks.feed(data) if framing is Framing.CHUNKED else data
            if chunks.broken:
                raise CutOffError(Failure.TRUNCATED)
            seen += len(out)
            if out:
                yield out
            if chunks.whole or (self.length is not None and seen >= self.length):
                return
        if framing is not Framing.CLOSE:
            raise CutOffError(Failure.TRUNCATED)

    def _data(self):
        if self._first:
            yield self._first
        for item in self._wire:
            yield from self._datum(item)
            if isinstance(item, End):
                return

    def _datum(self, item: WireItem):
        if item is End.RST:
            raise CutOffError(Failure.RESET)
        if isinstance(item, Pause) and (item.seconds is None or item.seconds >= self._ask.data):
            raise CutOffError(Failure.STALL)
        if isinstance(item, bytes):
            yield self._recorder.feed(item)

    async def close(self) -> None:
        self._owner.open -= not self._closed
        self._closed = True
