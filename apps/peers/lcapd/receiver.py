"""From the pieces of one DATA frame to a message at rest: small ones in memory, large ones in a spool file.

Only the head is decoded here; blocks and repair bytes are judged by whoever acts on the message, off the
event loop. A frame that is too large for its kind, or whose head is broken, is read past and reported.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from apps.lockss.errors import PeerError
from apps.lockss.lcap.limits import Limits
from apps.lockss.lcap.messages import Message, Opcode
from apps.lockss.lcap.stream import HeadRead, MessageFault, MessageReader
from apps.peers import spool
from apps.peers.errors import ChannelCode, ChannelRefused

# Everything but votes, receipts and repairs is a few hundred bytes (lcap-v3 §8.7).
SMALL = 2 << 20
BULKY = frozenset({Opcode.VOTE, Opcode.EVALUATION_RECEIPT, Opcode.REPAIR_REPLY})


@dataclass(frozen=True, slots=True)
class Received:
    """A message at rest: ``body`` or the name of a synced spool file; ``message`` is its head."""

    message: Message
    body: bytes | None
    spool_name: str
    size: int


class MessageSink:
    """Takes one frame's payload: ``write`` pieces, then ``close`` for the result. ``check`` judges the head."""

    def __init__(self, limits: Limits, check: Callable[[Message], None]) -> None:
        self._reader: MessageReader | None = MessageReader(limits)
        self._check = check
        self._message: Message | None = None
        self._error: PeerError | None = None
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, data: bytes) -> None:
        if self._error is not None:
            return
        self._size += len(data)
        try:
            self._read_head(data)
            if self._size > SMALL and (self._message is None or self._message.opcode not in BULKY):
                raise ChannelRefused(ChannelCode.TOO_LARGE, f"over {SMALL} bytes for its kind")
            if self._file is None and self._size > spool.IN_ROW and not spool.has_room():
                raise ChannelRefused(ChannelCode.NO_ROOM, "the disk for unfinished messages is nearly full")
        except PeerError as error:
            self._error = error
            self.discard()
            return
        if self._file is None and self._size > spool.IN_ROW:
            self._file = spool.new_file("in").open("xb")
            self._file.write(self._memory)
            self._memory.clear()
        if self._file is None:
            self._memory += data
        else:
            self._file.write(data)

    def close(self) -> Received:
        """The message, synced if it lies in a file; PeerError when there is none to keep."""
        if self._error is None and self._message is None:
            self._finish_head()
        if self._error is not None:
            self.discard()
            raise self._error
        assert self._message is not None  # noqa: S101 - without an error there is a head
        if self._file is None:
            return Received(self._message, bytes(self._memory), "", self._size)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        path = self._file.name
        spool.sync_folder(spool.folder("in"))
        return Received(self._message, None, f"in/{os.path.basename(path)}", self._size)

    def discard(self) -> None:
        """Forget a frame that did not come whole or is refused."""
        self._memory.clear()
        if self._file is not None:
            self._file.close()
            os.unlink(self._file.name)
            self._file = None

    def _read_head(self, data: bytes) -> None:
        if self._reader is None:
            return
        self._take(self._reader.feed(data))

    def _finish_head(self) -> None:
        if self._reader is not None:
            try:
                self._take(self._reader.finish())
            except PeerError as error:
                self._error = error

    def _take(self, events: list) -> None:
        for event in events:
            if isinstance(event, MessageFault):
                raise event.error
            if isinstance(event, HeadRead):
                self._check(event.message)
                self._message = event.message
                self._reader = None
                return
