"""The files of the store on disk: made, appended to, synced, cut back without loss. No database here.

Every step of the write path that a power cut can fall between is one function of this module.
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.repository.errors import ContentCode, ContentError, StoreCode, StoreError
from apps.repository.names import folder_of, parse_file_name

# Tells the store's own folder from an empty mount point.
MARKER = "lockss-store"
_COPY = 1 << 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_ABSENT = (FileNotFoundError, NotADirectoryError)


def is_mounted(root: Path) -> bool:
    return (root / MARKER).is_file()


def make_store(root: Path) -> None:
    """Make the folder a store; does nothing to one that is."""
    if is_mounted(root):
        return
    make_folder(root)
    with (root / MARKER).open("w", encoding="utf-8") as out:
        out.write("WARC files of a LOCKSS node. Without this file the folder counts as not mounted.\n")
        out.flush()
        os.fsync(out.fileno())
    sync_folder(root)


def open_read(root: Path, name: str) -> int:
    """A descriptor; ContentError tells a file that is gone from a disk that cannot be asked."""
    try:
        return os.open(root / name, os.O_RDONLY | os.O_CLOEXEC)
    except _ABSENT:
        if is_mounted(root):
            raise ContentError(ContentCode.MISSING, f"{name} is gone") from None
        raise ContentError(ContentCode.UNREADABLE, f"the store at {root} is not mounted") from None
    except OSError as error:
        raise ContentError(ContentCode.UNREADABLE, f"{name}: {error.strerror}") from None


@contextmanager
def reading(root: Path, name: str) -> Iterator[int]:
    """A descriptor for the time of a ``with``; ContentError as ``open_read``."""
    descriptor = open_read(root, name)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_at(descriptor: int, length: int, offset: int) -> bytes:
    """Up to ``length`` bytes, fewer only at the end of the file; ContentError where the disk fails."""
    try:
        piece = os.pread(descriptor, length, offset)
        while piece and len(piece) < length:
            more = os.pread(descriptor, length - len(piece), offset + len(piece))
            if not more:
                break
            piece += more
    except OSError as error:
        raise ContentError(ContentCode.UNREADABLE, f"{error.strerror} at byte {offset}") from None
    return piece


def digest(descriptor: int) -> bytes:
    """SHA-256 of a whole file, read from its start."""
    found, offset = hashlib.sha256(), 0
    while piece := read_at(descriptor, _COPY, offset):
        found.update(piece)
        offset += len(piece)
    return found.digest()


def create(root: Path, name: str) -> int:
    """A new file that did not exist, its name on disk for good."""
    path = root / name
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(error, name) from error
    return descriptor


def open_append(root: Path, name: str, size: int) -> int:
    """An existing file, to be written from ``size`` on."""
    try:
        descriptor = os.open(root / name, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise write_error(error, name) from error
    os.lseek(descriptor, size, os.SEEK_SET)
    return descriptor


def append(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cut_back(descriptor: int, size: int) -> None:
    """Take back what was appended and never promised to anybody."""
    os.ftruncate(descriptor, size)
    os.lseek(descriptor, size, os.SEEK_SET)


def set_aside(root: Path, name: str, descriptor: int, size: int) -> Path:
    """Move everything from ``size`` on into a file beside it, then cut; a kill in between loses nothing."""
    aside = _free_name(root / f"{name}.torn-{size}")
    with aside.open("xb") as out:
        offset = size
        while piece := os.pread(descriptor, _COPY, offset):
            out.write(piece)
            offset += len(piece)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(aside.parent)
    cut_back(descriptor, size)
    sync(descriptor)
    return aside


def chain(root: Path, slug: str) -> dict[int, int]:
    """The AU's files that are there: serial to size in bytes."""
    found: dict[int, int] = {}
    folder = folder_of(slug)
    try:
        with os.scandir(root / folder) as listing:
            for item in listing:
                parsed = parse_file_name(f"{folder}/{item.name}")
                if parsed and item.is_file(follow_symlinks=True):
                    found[parsed[1]] = item.stat().st_size
    except _ABSENT:
        return {}
    return dict(sorted(found.items()))


def set_aside_files(root: Path, slug: str) -> list[str]:
    """Torn ends that were moved aside in an AU's folder."""
    folder = folder_of(slug)
    return [f"{folder}/{name}" for name in sorted(os.listdir(root / folder)) if ".warc.gz.torn-" in name]


def slugs(root: Path) -> list[str]:
    """Every AU that has a folder, in order."""
    found: list[str] = []
    for shelf in sorted(os.scandir(root), key=lambda item: item.name):
        if re.fullmatch("[0-9a-f]{2}", shelf.name, re.ASCII) and shelf.is_dir():
            names = (item.name for item in os.scandir(shelf.path))
            found += sorted(n for n in names if re.fullmatch(f"{shelf.name}[0-9a-f]{{18}}", n, re.ASCII))
    return found


def write_error(error: OSError, name: str) -> StoreError:
    """A failed write as the caller can use it: full disks may have room again."""
    full = error.errno in _FULL
    code = StoreCode.DISK_FULL if full else StoreCode.WRITE_FAILED
    return StoreError(code, f"{name}: {error.strerror}", permanent=not full)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, their names on disk for good."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        os.mkdir(folder, 0o750)
    except FileExistsError:
        return
    sync_folder(folder.parent)


def _free_name(path: Path) -> Path:
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}.{number}")
    return candidate
