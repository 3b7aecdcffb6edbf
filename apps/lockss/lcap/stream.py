"""One message, read as its bytes arrive: nothing is kept but an unfinished head or record.

``MessageReader`` turns the payload of a DATA frame into a head, then vote blocks or repair bytes, then an
end. A caller that spools payloads to disk feeds the file; ``codec.decode`` gathers small ones.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum, auto

from apps.lockss.lcap.blocks import LENGTH, decode_block
from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.head import COUNTS, MAJOR, OLDEST_MINOR, PREFIX, SIGNATURE, decode_head
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits
from apps.lockss.lcap.messages import EvaluationReceipt, Message, RepairReply, Vote, VoteBlock


@dataclass(frozen=True, slots=True)
class HeadRead:
    """``message`` has no body yet: ``block_count`` blocks or ``repair_length`` bytes follow."""

    message: Message
    block_count: int
    repair_length: int


@dataclass(frozen=True, slots=True)
class BlockRead:
    block: VoteBlock


@dataclass(frozen=True, slots=True)
class RepairRead:
    """The next bytes of a repair, at most as many as one ``feed`` was given."""

    data: bytes


@dataclass(frozen=True, slots=True)
class MessageRead:
    """The message is complete; more bytes are a fault."""


@dataclass(frozen=True, slots=True)
class MessageFault:
    """The message is broken from here; whatever was read before stands, nothing follows."""

    error: MessageError


Event = HeadRead | BlockRead | RepairRead | MessageRead | MessageFault


class _State(Enum):
    PREFIX = auto()
    PROPERTIES = auto()
    BLOCKS = auto()
    REPAIR = auto()
    DONE = auto()
    FAULT = auto()


class MessageReader:
    """``feed`` bytes as they come, ``finish`` at the end of the frame; both return events.

    How the bytes are cut makes no difference, but that RepairRead events are cut likewise.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._state = _State.PREFIX
        self._buffer = bytearray()
        # Bytes before the buffer, for the places of faults.
        self._passed = 0
        self._minor = 0
        self._digest = b""
        self._need = PREFIX.size
        self._blocks_left = 0
        self._repair_left = 0

    def feed(self, data: bytes) -> list[Event]:
        if self._state is _State.FAULT:
            return []
        self._buffer += data
        events: list[Event] = []
        used = 0
        try:
            while True:
                step = self._step(used, events)
                if step == 0:
                    break
                used += step
        except MessageError as error:
            self._state = _State.FAULT
            events.append(MessageFault(error))
            self._buffer.clear()
            return events
        # Cut once per feed, so that many records in one chunk cost no repeated moves.
        del self._buffer[:used]
        self._passed += used
        return events

    def finish(self) -> list[Event]:
        """The frame has ended: a fault unless the message has too."""
        if self._state in {_State.DONE, _State.FAULT}:
            return []
        stage = self._state.name.lower()
        self._state = _State.FAULT
        place = self._passed + len(self._buffer)
        return [MessageFault(MessageError(MessageCode.TRUNCATED, f"the message ends in its {stage}", place))]

    def _step(self, start: int, events: list[Event]) -> int:
        """Take one part at ``start`` of the buffer; the number of bytes used, 0 to wait for more."""
        match self._state:
            case _State.PREFIX:
                return self._prefix(start)
            case _State.PROPERTIES:
                return self._properties(start, events)
            case _State.BLOCKS:
                return self._block(start, events)
            case _State.REPAIR:
                return self._repair(start, events)
            case _:
                if len(self._buffer) > start:
                    raise self._error(MessageCode.TRAILING_BYTES, "bytes after the end of the message", start)
                return 0

    def _prefix(self, start: int) -> int:
        # The first bytes decide before the rest is here: garbage is refused at once.
        seen = bytes(self._buffer[start : start + 5])
        if not SIGNATURE.startswith(seen[:3]):
            raise self._error(MessageCode.BAD_SIGNATURE, f"no {SIGNATURE!r} at the start", start)
        if len(seen) > 3 and seen[3] != MAJOR:
            raise self._error(MessageCode.BAD_VERSION, f"major revision {seen[3]}", start + 3)
        if len(seen) > 4 and seen[4] < OLDEST_MINOR:
            raise self._error(MessageCode.BAD_VERSION, f"minor revision {seen[4]}", start + 4)
        if len(self._buffer) - start < PREFIX.size:
            return 0
        _, _, self._minor, self._digest, length = PREFIX.unpack_from(self._buffer, start)
        if length < 0:
            raise self._error(MessageCode.BAD_LENGTH, f"property block of {length} bytes", start + 25)
        if length > self._limits.max_properties:
            raise self._error(MessageCode.OVER_LIMIT, f"property block of {length} bytes", start + 25)
        self._need = length
        self._state = _State.PROPERTIES
        return PREFIX.size

    def _properties(self, start: int, events: list[Event]) -> int:
        end = start + self._need
        if len(self._buffer) < end + COUNTS.size:
            return 0
        raw = bytes(self._buffer[start:end])
        if hashlib.sha1(raw, usedforsecurity=False).digest() != self._digest:
            raise self._error(
                MessageCode.BAD_CHECKSUM, "the property block is not what its SHA-1 says", start
            )
        message = decode_head(self._minor, raw, self._limits, self._passed + start)
        blocks, repair = COUNTS.unpack_from(self._buffer, end)
        self._check_counts(message, blocks, repair, end)
        self._blocks_left, self._repair_left = blocks, repair
        self._state = _State.BLOCKS if blocks else _State.REPAIR if repair else _State.DONE
        events.append(HeadRead(message, blocks, repair))
        if self._state is _State.DONE:
            events.append(MessageRead())
        return self._need + COUNTS.size

    def _check_counts(self, message: Message, blocks: int, repair: int, place: int) -> None:
        name = message.opcode.name
        for count, bound, fits, what in (
            (blocks, self._limits.max_blocks, isinstance(message, Vote | EvaluationReceipt), "vote blocks"),
            (repair, self._limits.max_repair, isinstance(message, RepairReply), "repair bytes"),
        ):
            if count < 0:
                raise self._error(MessageCode.BAD_LENGTH, f"{count} {what}", place)
            if count > bound:
                raise self._error(MessageCode.OVER_LIMIT, f"{count} {what}, over {bound}", place)
            if count and not fits:
                raise self._error(MessageCode.BAD_LENGTH, f"{name} with {what}", place)

    def _block(self, start: int, events: list[Event]) -> int:
        if len(self._buffer) - start < LENGTH.size:
            return 0
        length: int = LENGTH.unpack_from(self._buffer, start)[0]
        if length > self._limits.max_block:
            raise self._error(MessageCode.OVER_LIMIT, f"vote block of {length} bytes", start)
        body = start + LENGTH.size
        if len(self._buffer) < body + length:
            return 0
        block = decode_block(bytes(self._buffer[body : body + length]), self._limits, self._passed + body)
        events.append(BlockRead(block))
        self._blocks_left -= 1
        if self._blocks_left == 0:
            self._state = _State.DONE
            events.append(MessageRead())
        return LENGTH.size + length

    def _repair(self, start: int, events: list[Event]) -> int:
        data = bytes(self._buffer[start : start + self._repair_left])
        if not data:
            return 0
        events.append(RepairRead(data))
        self._repair_left -= len(data)
        if self._repair_left == 0:
            self._state = _State.DONE
            events.append(MessageRead())
        return len(data)

    def _error(self, code: MessageCode, text: str, start: int) -> MessageError:
        return MessageError(code, text, self._passed + start)
