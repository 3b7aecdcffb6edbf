"""Members of an uploaded ZIP, read under limits and never unpacked: names are labels, nothing is written.

What a zip can lie about (sizes, counts, names, offsets) is not believed: bytes are counted as they come.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

MIB = 1024 * 1024
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE = 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """``directory``: bytes of the list of members, which is read whole; ``wanted``: of members that are read, as
    ``members`` is of all that are there; ``kind``: what those are called."""

    members: int = 10_000
    member_bytes: int = 64 * MIB
    total_bytes: int = 512 * MIB
    directory: int = 4 * MIB
    name_length: int = 500
    wanted: int | None = None
    kind: str = "wanted"


@dataclass(frozen=True, slots=True)
class Member:
    """``data`` None: not read, ``problem`` says why."""

    name: str
    data: bytes | None
    problem: str = ""


class ArchiveError(Exception):
    """The archive as a whole cannot be read; the text is for people."""


def is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", _END)


def members(path: Path, wanted: Callable[[str], bool], limits: ZipLimits | None = None) -> Iterator[Member]:
    """Files whose name ``wanted`` takes, in the order of their names. ArchiveError where there is no going on."""
    limits = limits or ZipLimits()
    with path.open("rb") as file:
        _check_directory(file, limits)
        try:
            archive = zipfile.ZipFile(file)
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            ValueError,
            OSError,
            EOFError,
            struct.error,
        ) as error:
            raise ArchiveError(f"this is no readable ZIP file ({error})") from error
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > limits.members:
            raise ArchiveError(f"{len(infos):,} files; at most {limits.members:,} are read")
        _check_wanted(infos, wanted, limits)
        left = limits.total_bytes
        for info in sorted(infos, key=lambda info: info.filename.encode("utf-8", "surrogatepass")):
            name = _label(info.filename, limits)
            if name is None:
                yield Member(
                    info.filename[:200], None, "its name leads out of the archive or is no file name"
                )
                continue
            if not wanted(name):
                continue
            if left <= 0:
                raise ArchiveError(f"more than {limits.total_bytes:,} bytes come out of it")
            member = _read(archive, info, name, min(limits.member_bytes, left), limits)
            left -= len(member.data or b"")
            yield member


def _check_wanted(infos: list[zipfile.ZipInfo], wanted: Callable[[str], bool], limits: ZipLimits) -> None:
    """Before the first is given out, so that nobody works on thousands only to hear that there are more."""
    if limits.wanted is None:
        return
    names = (_label(info.filename, limits) for info in infos)
    number = sum(1 for name in names if name is not None and wanted(name))
    if number > limits.wanted:
        raise ArchiveError(f"{number:,} {limits.kind} files; at most {limits.wanted:,} are read")


def _check_directory(file: BinaryIO, limits: ZipLimits) -> None:
    """The end record, before the library builds an object for every member it speaks of."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - _ZIP64_LOCATOR_SIZE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise ArchiveError("this is no ZIP file, or its end is missing")
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    if _ZIP64_LOCATOR in tail[max(0, at - _ZIP64_LOCATOR_SIZE) : at] or directory == 0xFFFFFFFF:
        raise ArchiveError("large archives (ZIP64) are not read")
    if directory > limits.directory:
        raise ArchiveError(
            f"its list of members has {directory:,} bytes; at most {limits.directory:,} are read"
        )
    file.seek(0)


def _label(name: str, limits: ZipLimits) -> str | None:
    """The name as a relative path; None for one that leads elsewhere."""
    clean = name.replace("\\", "/")
    parts = PurePosixPath(clean).parts
    odd = clean.startswith("/") or ".." in parts or ":" in clean.split("/", 1)[0]
    if odd or not parts or len(clean) > limits.name_length or not clean.isprintable():
        return None
    return "/".join(parts)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, most: int, limits: ZipLimits) -> Member:
    if info.flag_bits & _ENCRYPTED:
        return Member(name, None, "it is encrypted")
    if info.compress_type not in _METHODS:
        return Member(name, None, "it is compressed in a way that is not read")
    pieces, size = [], 0
    try:
        with archive.open(info) as body:
            while piece := body.read(_PIECE):
                size += len(piece)
                if size > most:
                    limit = "the archive" if most < limits.member_bytes else "one file"
                    return Member(name, None, f"it is longer than what is read of {limit}")
                pieces.append(piece)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        struct.error,
    ) as error:
        return Member(name, None, f"it is damaged ({error})")
    return Member(name, b"".join(pieces))


remember(
    _("this is no readable ZIP file (%s)"),
    _("%(n)s files; at most %(most)s are read"),
    _("%(n)s %(kind)s files; at most %(most)s are read"),
    _("more than %s bytes come out of it"),
    _("this is no ZIP file, or its end is missing"),
    _("large archives (ZIP64) are not read"),
    _("its list of members has %(n)s bytes; at most %(most)s are read"),
    _("its name leads out of the archive or is no file name"),
    _("it is encrypted"),
    _("it is compressed in a way that is not read"),
    _("it is longer than what is read of the archive"),
    _("it is longer than what is read of one file"),
    _("it is damaged (%s)"),
)
