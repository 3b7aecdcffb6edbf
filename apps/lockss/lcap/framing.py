"""Frames of the TCP stream, read as they arrive (lcap-v3 §2.2).

A frame is a 14-byte header and its payload. ``FrameReader`` hands the payload of DATA frames on in the
pieces in which it came, so that a gigabyte is neither kept nor moved here; ``WholeFrameReader`` gathers
payloads for callers that have them in memory anyway.

A broken stream ends in a ``FrameFault`` and yields nothing after it: the channel has to be dropped.
"""

from apps.lockss.lcap.errors import FramingCode, FramingError, MessageError
from apps.lockss.lcap.frames import (
    CHECK,
    HEADER,
    CloseRead,
    DataBegun,
    DataEnded,
    DataFrame,
    DataRead,
    Event,
    FrameFault,
    FrameHeader,
    FrameOp,
    PeerIdRead,
    WholeEvent,
    data_frame,
    data_header,
    peerid_frame,
)
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits

# Readers here and values and writers of ``frames``: one place to import from.
__all__ = [
    "CloseRead",
    "DataBegun",
    "DataEnded",
    "DataFrame",
    "DataRead",
    "Event",
    "FrameFault",
    "FrameHeader",
    "FrameOp",
    "FrameReader",
    "PeerIdRead",
    "WholeEvent",
    "WholeFrameReader",
    "data_frame",
    "data_header",
    "peerid_frame",
]


class FrameReader:
    """``feed`` bytes as they come, ``finish`` at end of file; both return events.

    ``expected`` is the identity that was dialled: another one in the PEERID frame is a fault. How the
    bytes are cut makes no difference, but that DataRead events are cut likewise.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, expected: PeerId | None = None) -> None:
        self._limits = limits
        self._peer = expected
        self._named = False
        # Holds an unfinished header, PEERID or CLOSE; payloads pass by.
        self._buffer = bytearray()
        self._passed = 0
        self._header: FrameHeader | None = None
        self._data_left = 0
        self._dead = False

    def feed(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        view = memoryview(data)
        try:
            while not self._dead and view:
                view = self._data(view, events) if self._data_left else self._frame(view, events)
        except FramingError as error:
            self._dead = True
            events.append(FrameFault(error))
        return events

    def finish(self) -> list[Event]:
        """The stream has ended: clean between frames, a fault inside one."""
        if self._dead or (self._header is None and not self._buffer):
            return []
        self._dead = True
        if self._header is None:
            start, missing = self._passed, HEADER.size - len(self._buffer)
            end = self._passed + len(self._buffer)
        else:
            start, end = self._header.offset, self._passed + len(self._buffer)
            missing = start + HEADER.size + self._header.length - end
        text = f"the stream ends at byte {end} inside a frame, {missing} bytes short"
        return [FrameFault(FramingError(FramingCode.TRUNCATED, text, start))]

    def _frame(self, view: memoryview, events: list[Event]) -> memoryview:
        """Take what is missing of a header or of a short payload, and act on it when it is whole."""
        header = self._header
        wanted = (HEADER.size if header is None else header.length) - len(self._buffer)
        self._buffer += view[:wanted]
        if header is None:
            header = self._read_header()
            if header is None:
                return view[wanted:]
            self._passed += HEADER.size
            self._buffer.clear()
            if header.op is FrameOp.DATA:
                self._data_left = header.length
                events.append(DataBegun(header))
            self._header = header
            if header.length:
                return view[wanted:]
        if len(self._buffer) == header.length:
            events.append(self._read_payload(header, bytes(self._buffer)))
            self._passed += header.length
            self._buffer.clear()
            self._header = None
        return view[wanted:]

    def _data(self, view: memoryview, events: list[Event]) -> memoryview:
        assert self._header is not None  # noqa: S101 - bytes are only left to a frame that has begun
        piece = view[: self._data_left]
        events.append(DataRead(bytes(piece)))
        self._data_left -= len(piece)
        self._passed += len(piece)
        if self._data_left == 0:
            events.append(DataEnded(self._header))
            self._header = None
        return view[len(piece) :]

    def _read_header(self) -> FrameHeader | None:
        """The header when all of it is here; its first bytes are judged as soon as they are."""
        buffer, at = self._buffer, self._passed
        if buffer[0] != CHECK:
            raise FramingError(FramingCode.BAD_CHECK_BYTE, f"0x{buffer[0]:02x} instead of 0xff", at)
        if len(buffer) < 2:
            return None
        try:
            op = FrameOp(buffer[1])
        except ValueError:
            raise FramingError(FramingCode.UNKNOWN_OPCODE, f"frame opcode {buffer[1]}", at + 1) from None
        if op is FrameOp.DATA and not self._named:
            raise FramingError(FramingCode.DATA_BEFORE_PEERID, "the first frame must be PEERID", at)
        if len(buffer) < HEADER.size:
            return None
        _, _, length, protocol = HEADER.unpack(buffer)
        self._check_length(op, length, at + 2)
        return FrameHeader(at, op, length, protocol)

    def _check_length(self, op: FrameOp, length: int, at: int) -> None:
        smallest = 0 if op is FrameOp.CLOSE else 1
        largest = {
            FrameOp.PEERID: self._limits.max_peer_id,
            FrameOp.DATA: self._limits.max_frame,
            FrameOp.CLOSE: self._limits.max_close,
        }[op]
        if length < smallest:
            raise FramingError(FramingCode.BAD_LENGTH, f"{op.name} of {length} bytes", at)
        if length > largest:
            raise FramingError(FramingCode.TOO_LONG, f"{op.name} of {length} bytes, over {largest}", at)

    def _read_payload(self, header: FrameHeader, payload: bytes) -> Event:
        if header.op is FrameOp.CLOSE:
            return CloseRead(header)
        at = header.offset + HEADER.size
        try:
            text = payload.decode("ascii")
            peer = PeerId.parse(text)
        except (UnicodeDecodeError, MessageError):
            raise FramingError(FramingCode.BAD_PEERID, f"{payload!r} is no identity", at) from None
        if self._peer not in {None, peer}:
            text = f"{peer} on the channel of {self._peer}"
            raise FramingError(FramingCode.CONFLICTING_PEERID, text, at)
        self._peer = peer
        self._named = True
        return PeerIdRead(header, text, peer)


class WholeFrameReader:
    """Frames with their payloads, for streams that fit in memory."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, expected: PeerId | None = None) -> None:
        self._reader = FrameReader(limits, expected)
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> list[WholeEvent]:
        return self._gather(self._reader.feed(data))

    def finish(self) -> list[WholeEvent]:
        return self._gather(self._reader.finish())

    def _gather(self, events: list[Event]) -> list[WholeEvent]:
        whole: list[WholeEvent] = []
        for event in events:
            match event:
                case DataBegun():
                    self._pieces = []
                case DataRead():
                    self._pieces.append(event.data)
                case DataEnded():
                    whole.append(DataFrame(event.header, b"".join(self._pieces)))
                    self._pieces = []
                case PeerIdRead() | CloseRead() | FrameFault():
                    whole.append(event)
        return whole
