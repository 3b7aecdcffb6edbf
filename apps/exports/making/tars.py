"""Writes a tar (POSIX.1-2001, pax), plain or as one gzip member into which bodies are copied as they lie deflated."""

import datetime as dt
import tarfile

from isal import isal_zlib

from apps.exports.making.entries import Member
from apps.exports.making.out import OutFile
from apps.repository.warc.compress import GZIP_HEADER, flushed

_BLOCK = tarfile.BLOCKSIZE
_LAST_BLOCK = b"\x03\x00"


class TarOut:
    """What ``out`` is taken back to was written before ``add``."""

    def __init__(self, out: OutFile, *, gzip: bool) -> None:
        self.count = 0
        self._out = out
        self._gzip = gzip
        self._crc32 = 0
        self._length = 0
        if gzip:
            out.write(GZIP_HEADER)

    def add(self, member: Member) -> None:
        crc32, length = self._crc32, self._length
        try:
            self._own(_header(member))
            size = 0
            for raw, piece in member.lying:
                size += len(piece)
                self._crc32 = isal_zlib.crc32(piece, self._crc32)
                data = raw if self._gzip else piece
                if data:
                    self._out.write(data)
            self._length += size
            if size != member.size:
                raise ValueError(f"{member.name} has {size} bytes, not {member.size}")
            self._own(b"\0" * (-size % _BLOCK))
        except BaseException:
            self._crc32, self._length = crc32, length
            raise
        self.count += 1

    def finish(self) -> None:
        self._own(b"\0" * (2 * _BLOCK))
        if self._gzip:
            size = self._length & 0xFFFFFFFF
            self._out.write(_LAST_BLOCK + self._crc32.to_bytes(4, "little") + size.to_bytes(4, "little"))

    def _own(self, data: bytes) -> None:
        if not data:
            return
        self._crc32 = isal_zlib.crc32(data, self._crc32)
        self._length += len(data)
        self._out.write(flushed(data) if self._gzip else data)


def _header(member: Member) -> bytes:
    info = tarfile.TarInfo(member.name)
    info.size, info.mode = member.size, 0o644
    info.mtime = max(0, int(member.at.astimezone(dt.UTC).timestamp()))
    return info.tobuf(tarfile.PAX_FORMAT)
