"""Reads gzip members of a file that may be damaged, in bounded pieces: no length in the file is believed."""

import os
import zlib

from isal import isal_zlib

from apps.repository.errors import RecordCode, RecordError
from apps.repository.warc.compress import GZIP_HEADER

WINDOW = 131_072
# What follows a member's end in a piece is copied by the inflater: begin with little, go on with much.
FIRST = 16_384
_MAGIC = GZIP_HEADER[:3]


class Window:
    """A file read through one buffer; for members that lie side by side it reads every byte once."""

    def __init__(self, descriptor: int, window: int = WINDOW) -> None:
        self._descriptor = descriptor
        self._window = window
        self._start = 0
        self._buffer = b""
        self.size = os.fstat(descriptor).st_size

    def at(self, offset: int) -> memoryview:
        """Some bytes from ``offset`` on; empty at the end of the file. OSError where the disk fails."""
        skip = offset - self._start
        if not 0 <= skip < len(self._buffer):
            self._buffer = os.pread(self._descriptor, self._window, offset)
            self._start, skip = offset, 0
        return memoryview(self._buffer)[skip:]

    def find_member(self, offset: int) -> int | None:
        """The next place at or after ``offset`` where a gzip member could begin."""
        while len(piece := os.pread(self._descriptor, self._window, offset)) >= len(_MAGIC):
            found = piece.find(_MAGIC)
            if found >= 0:
                return offset + found
            offset += len(piece) - len(_MAGIC) + 1
        return None


class MemberReader:
    """The content of the member at ``offset``, piece by piece; RecordError where it breaks.

    ``end`` is the offset after the member, known once ``read`` has returned the empty end.
    """

    def __init__(self, window: Window, offset: int) -> None:
        self.offset = offset
        self.end: int | None = None
        self._window = window
        self._inflate = isal_zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._given: bytes | memoryview = b""
        self._next = offset
        self._more_inside = False

    def read(self, limit: int) -> bytes:
        """At least one byte and at most ``limit``; empty at the end, where the member's CRC was right."""
        inflate = self._inflate
        while not inflate.eof:
            if not self._given and not self._more_inside:
                self._given = self._window.at(self._next)
                if self._next == self.offset:
                    self._given = self._given[:FIRST]
                self._next += len(self._given)
                if not self._given:
                    raise RecordError(RecordCode.CUT, "the file ends inside a record", self.offset)
            try:
                piece = inflate.decompress(self._given, limit)
            except isal_zlib.error as error:
                raise RecordError(RecordCode.DAMAGED, f"does not inflate: {error}", self.offset) from None
            self._given = inflate.unconsumed_tail
            self._more_inside = len(piece) == limit
            if piece:
                return piece
        if self.end is None:
            self.end = self._next - len(inflate.unused_data)
        return b""
