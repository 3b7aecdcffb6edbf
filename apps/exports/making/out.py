"""A file that is being made: appended to, taken back to a mark, digested meanwhile; and texts that wait for their place."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from isal import isal_zlib

from apps.common.syncing import sync_folder

BUFFER = 1 << 20
PIECE = 1 << 20
Lying = Iterator[tuple[bytes, bytes]]
"""Pairs of deflate bytes and what they inflate to, as ``repository.services.open_lying`` tells a body."""


@dataclass(frozen=True, slots=True)
class Mark:
    size: int
    digests: tuple["hashlib._Hash", ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is whole and on disk. ``digests`` in hex, by algorithm."""

    path: Path
    size: int
    digests: dict[str, str]


class OutFile:
    """Written under a name of its own, which begins with a dot, until it is ``whole`` and ``place`` renames it.

    Left before that, by an exception or without one, it is gone.
    """

    def __init__(self, path: Path, algorithms: tuple[str, ...] = ("sha256",)) -> None:
        self.path = path
        self.size = 0
        self._own = path.with_name(f".{path.name}.{os.getpid()}")
        self._algorithms = algorithms
        self._digests = tuple(hashlib.new(name) for name in algorithms)
        self._file = self._own.open("wb", buffering=BUFFER)

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)
        for digest in self._digests:
            digest.update(data)

    def mark(self) -> Mark:
        return Mark(self.size, tuple(digest.copy() for digest in self._digests))

    def back(self, mark: Mark) -> None:
        """As it was at the mark."""
        self._file.flush()
        self._file.truncate(mark.size)
        self._file.seek(mark.size)
        self.size = mark.size
        self._digests = tuple(digest.copy() for digest in mark.digests)

    def whole(self) -> Written:
        """Synced, and still under its own name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        told = {
            name: digest.hexdigest() for name, digest in zip(self._algorithms, self._digests, strict=True)
        }
        return Written(self.path, self.size, told)

    def place(self) -> None:
        """Under its name, for good."""
        self._own.rename(self.path)
        sync_folder(self.path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._own.unlink(missing_ok=True)


class Spool:
    """A text that is known only at the end and written somewhere then: it waits deflated in a nameless file."""

    def __init__(self, folder: Path) -> None:
        self.size = 0
        self.crc32 = 0
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by ``close``
        self._coder = isal_zlib.compressobj(2, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
        self._ended = False

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self.crc32 = isal_zlib.crc32(data, self.crc32)
        self._file.write(self._coder.compress(data))

    @property
    def deflated(self) -> int:
        """Bytes of its deflate data, which ends on a byte and lacks the final block."""
        if not self._ended:
            self._file.write(self._coder.flush(isal_zlib.Z_FULL_FLUSH))
            self._ended = True
        return self._file.seek(0, 2)

    def lying(self) -> Lying:
        end = self.deflated
        self._file.seek(0)
        inflate = isal_zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        at = 0
        while at < end:
            raw = self._file.read(min(65_536, end - at))
            at += len(raw)
            given, more = raw, True
            while more:
                piece = inflate.decompress(given, PIECE)
                if raw or piece:
                    yield raw, piece
                raw, given = b"", inflate.unconsumed_tail
                more = bool(given) or len(piece) == PIECE

    def close(self) -> None:
        self._file.close()


def spooled(folder: Path, data: bytes) -> Spool:
    found = Spool(folder)
    found.write(data)
    return found
