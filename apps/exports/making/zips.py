"""Writes a zip (APPNOTE 6.3, ZIP64) from bodies that lie deflated: their bytes are copied, not deflated again.

Sizes and CRC-32 are known before the first byte, so nothing is patched afterwards, and the list of members waits in a
file: memory stays the same for any number of them.
"""

import datetime as dt
import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from apps.exports.making.entries import Member
from apps.exports.making.out import OutFile

_LAST_BLOCK = b"\x03\x00"
_UTF8 = 0x800
_STORED, _DEFLATED = 0, 8
_U32, _U16 = 0xFFFFFFFF, 0xFFFF
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END64 = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR = struct.Struct("<4sLQL")
_END = struct.Struct("<4sHHHHLLH")
_MODE = 0o100644 << 16
_UNIX = 3 << 8


class ZipOut:
    """``folder`` is where the list of members waits. What ``out`` is taken back to was written before ``add``."""

    def __init__(self, out: OutFile, folder: Path) -> None:
        self.count = 0
        self._out = out
        self._list: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by ``close``

    def add(self, member: Member) -> None:
        """Deflated, as it lies."""
        size = member.deflated + len(_LAST_BLOCK)
        entry = self._begin(member, _DEFLATED, size)
        for raw, _piece in member.lying:
            if raw:
                self._out.write(raw)
        self._out.write(_LAST_BLOCK)
        self._enter(entry)

    def add_stored(self, member: Member, pieces: Iterable[bytes]) -> int:
        """Stored, so that a reader finds any range of it; returns where its bytes begin."""
        entry = self._begin(member, _STORED, member.size)
        start = self._out.size
        for piece in pieces:
            self._out.write(piece)
        if self._out.size - start != member.size:
            raise ValueError(f"{member.name} has {self._out.size - start} bytes, not {member.size}")
        self._enter(entry)
        return start

    def finish(self, comment: str = "") -> None:
        start = self._out.size
        self._list.seek(0)
        while piece := self._list.read(1 << 20):
            self._out.write(piece)
        size = self._out.size - start
        if self.count >= _U16 or start >= _U32 or size >= _U32:
            at = self._out.size
            self._out.write(_END64.pack(b"PK\6\6", 44, 45, 45, 0, 0, self.count, self.count, size, start))
            self._out.write(_LOCATOR.pack(b"PK\6\7", 0, at, 1))
        told = comment.encode()[:_U16].decode("utf-8", "ignore").encode()
        count = min(self.count, _U16)
        self._out.write(
            _END.pack(b"PK\5\6", 0, 0, count, count, min(size, _U32), min(start, _U32), len(told)) + told
        )

    def close(self) -> None:
        self._list.close()

    def _begin(self, member: Member, method: int, packed: int) -> bytes:
        """Writes the local head; returns the entry for the list."""
        name, offset = member.name.encode(), self._out.size
        long = packed >= _U32 or member.size >= _U32
        version = 45 if long or offset >= _U32 else 20
        date, time = _dos(member.at)
        sizes = (_U32, _U32) if long else (packed, member.size)
        extra = struct.pack("<HHQQ", 1, 16, member.size, packed) if long else b""
        self._out.write(
            _LOCAL.pack(
                b"PK\3\4", version, _UTF8, method, time, date, member.crc32, *sizes, len(name), len(extra)
            )
            + name
            + extra
        )
        values = [member.size, packed] if long else []
        values += [offset] if offset >= _U32 else []
        extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
        comment = member.comment[:_U16]
        head = _CENTRAL.pack(
            b"PK\1\2",
            _UNIX | version,
            version,
            _UTF8,
            method,
            time,
            date,
            member.crc32,
            *sizes,
            len(name),
            len(extra),
            len(comment),
            0,
            0,
            _MODE,
            min(offset, _U32),
        )
        return head + name + extra + comment

    def _enter(self, entry: bytes) -> None:
        self._list.write(entry)
        self.count += 1


def _dos(at: dt.datetime) -> tuple[int, int]:
    """Date and time as MS-DOS counted them, from 1980 on, in UTC."""
    utc = at.astimezone(dt.UTC)
    year = min(max(utc.year, 1980), 2107)
    if year != utc.year:
        return (year - 1980) << 9 | 1 << 5 | 1, 0
    date = (year - 1980) << 9 | utc.month << 5 | utc.day
    return date, utc.hour << 11 | utc.minute << 5 | utc.second // 2
