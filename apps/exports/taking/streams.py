"""Bytes of a package as they come out of it: inflated under limits, cut to their place."""

import zlib
from collections import deque
from typing import IO, Protocol

from isal import isal_zlib

PIECE = 1 << 18
# Deflate makes at most 1,032 bytes of one; real content of this size stays far below.
MOST_RATIO, FREE_BYTES = 500, 256 << 20
MOST_STARTS = 100_000
MAGIC = b"\x1f\x8b"


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class BrokenError(Exception):
    """It cannot be read on; the text says what is wrong."""


class BombError(BrokenError):
    """It inflates to more than content does."""


class Inflated:
    """A gzip file of any number of members as one stream. BrokenError where it breaks off or is damaged."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._inflate = isal_zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._given = b""
        self._rest = b""
        self._more = False
        self._began = False
        self._taken = 0
        self._given_out = 0
        self._fault: BrokenError | None = None
        # Of the last members: what was given out before each, and where it begins in the source.
        self._starts: deque[tuple[int, int]] = deque([(0, 0)], maxlen=MOST_STARTS)

    def place_of(self, at: int) -> int | None:
        """Where in the source the member begins whose first byte is the one with number ``at``. Asked for in their order."""
        while self._starts and self._starts[0][0] < at:
            self._starts.popleft()
        return self._starts[0][1] if self._starts and self._starts[0][0] == at else None

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; fewer only at the end."""
        if size < 0:
            raise ValueError("it is never read as a whole")
        parts, have = [self._rest], len(self._rest)
        while have < size and (piece := self._next_before_fault(have)):
            parts.append(piece)
            have += len(piece)
        joined = b"".join(parts)
        self._rest = joined[size:]
        return joined[:size]

    def _next_before_fault(self, have: int) -> bytes:
        """What came before a fault is given out first."""
        if self._fault is None:
            try:
                return self._next()
            except BrokenError as error:
                self._fault = error
        if have:
            return b""
        raise self._fault

    def _next(self) -> bytes:
        while True:
            if self._inflate.eof:
                self._given = self._inflate.unused_data
                if self._starts and self._starts[-1][0] == self._given_out:
                    self._starts.pop()
                self._starts.append((self._given_out, self._taken - len(self._given)))
                self._inflate = isal_zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
                self._began = self._more = False
            if not self._given and not self._more:
                self._given = self._source.read(PIECE)
                self._taken += len(self._given)
                if not self._given:
                    if self._began:
                        raise BrokenError("it ends inside a gzip member")
                    return b""
            self._began = True
            try:
                piece: bytes = self._inflate.decompress(self._given, PIECE)
            except isal_zlib.error as error:
                raise BrokenError(f"it does not inflate: {error}") from None
            self._given = self._inflate.unconsumed_tail
            self._more = len(piece) == PIECE
            self._given_out += len(piece)
            if self._given_out > FREE_BYTES and self._given_out > MOST_RATIO * self._taken:
                raise BombError(f"{self._taken} bytes inflate to more than {self._given_out}")
            if piece:
                return piece


class Window:
    """``size`` bytes of a file from ``start`` on."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file = file
        self._start = self._at = start
        self._end = start + size

    def seek(self, place: int) -> None:
        self._at = min(self._start + place, self._end)

    def read(self, size: int = -1, /) -> bytes:
        left = self._end - self._at
        self._file.seek(self._at)
        piece = self._file.read(left if size < 0 else min(size, left))
        self._at += len(piece)
        return piece


class Peeked:
    """A stream whose first bytes have been looked at."""

    def __init__(self, source: Source, number: int) -> None:
        self._source = source
        self.first = source.read(number)
        self._rest = self.first

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest:
            return self._source.read(size)
        if size < 0 or size >= len(self._rest):
            piece, self._rest = self._rest, b""
            return piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
