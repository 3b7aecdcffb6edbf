"""The entries of a JAR under limits. What a ZIP may lie about (sizes, counts, names twice) is not believed."""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

_PIECE = 64 * 1024
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class JarLimits:
    """Bytes: ``directory`` of the list of entries, ``part`` of a file under META-INF, ``entry`` and ``total`` unpacked."""

    entries: int = 20_000
    directory: int = 8 << 20
    part: int = 8 << 20
    entry: int = 64 << 20
    total: int = 512 << 20
    name: int = 500


class JarError(Exception):
    """The JAR as a whole cannot be judged; ``entry`` names the place, the text is for people."""

    def __init__(self, message: str, entry: str = "") -> None:
        super().__init__(f"{entry[:200]}: {message}" if entry else message)
        self.entry, self.message = entry, message


class Archive:
    """An open JAR: its names, and its entries read as often as is needed but never beyond the limits together."""

    def __init__(self, file: BinaryIO, limits: JarLimits) -> None:
        self._limits = limits
        self._left = limits.total
        _check_directory(file, limits)
        try:
            self._zip = zipfile.ZipFile(file)
            infos = [info for info in self._zip.infolist() if not info.is_dir()]
        except _UNREADABLE as error:
            raise JarError(f"this is no readable JAR ({str(error)[:200]})") from error
        if len(infos) > limits.entries:
            raise JarError(f"{len(infos):,} entries; at most {limits.entries:,} are read")
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            _check_entry(info, limits)
            if info.filename in self._infos:
                raise JarError(
                    "this name stands in the JAR twice, so that what is meant cannot be told", info.filename
                )
            self._infos[info.filename] = info

    @property
    def names(self) -> Iterable[str]:
        return self._infos.keys()

    def part(self, name: str) -> bytes:
        """A file of META-INF, whole; KeyError where there is none."""
        return b"".join(self._pieces(name, self._limits.part))

    def digests(self, name: str, algorithms: Iterable[str]) -> Mapping[str, bytes]:
        """The digests of an entry's bytes, by ``hashlib``'s names."""
        sums = {algorithm: hashlib.new(algorithm, usedforsecurity=False) for algorithm in algorithms}
        for piece in self._pieces(name, self._limits.entry):
            for one in sums.values():
                one.update(piece)
        return MappingProxyType({algorithm: one.digest() for algorithm, one in sums.items()})

    def _pieces(self, name: str, most: int) -> Iterator[bytes]:
        size = 0
        try:
            with self._zip.open(self._infos[name]) as body:
                while piece := body.read(_PIECE):
                    size += len(piece)
                    self._left -= len(piece)
                    if size > most:
                        raise JarError(f"more than {most:,} bytes come out of it", name)
                    if self._left < 0:
                        raise JarError(f"more than {self._limits.total:,} bytes come out of the JAR")
                    yield piece
        except KeyError:
            raise
        except _UNREADABLE as error:
            raise JarError(f"it is damaged ({str(error)[:200]})", name) from error


def _check_directory(file: BinaryIO, limits: JarLimits) -> None:
    """The end record, before the library builds an object for every entry it speaks of."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise JarError("this is no ZIP file, or its end is missing")
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    if directory == 0xFFFFFFFF:
        raise JarError("large archives (ZIP64) are not read")
    if directory > limits.directory:
        raise JarError(f"its list of entries has {directory:,} bytes; at most {limits.directory:,} are read")
    file.seek(0)


def _check_entry(info: zipfile.ZipInfo, limits: JarLimits) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or not name.isprintable():
        raise JarError("its name leads out of the archive or is no file name", name)
    if len(name) > limits.name:
        raise JarError(f"its name is longer than {limits.name} characters", name)
    if info.flag_bits & _ENCRYPTED:
        raise JarError("it is encrypted", name)
    if info.compress_type not in _METHODS:
        raise JarError("it is compressed in a way that is not read", name)
