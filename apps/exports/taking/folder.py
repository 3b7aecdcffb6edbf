"""The folder of imports: packages that somebody put there by hand, read by their names alone and through no link."""

import datetime as dt
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.common.text import is_storable
from apps.exports.errors import ImportRefused

ENDINGS = (".warc", ".warc.gz", ".wacz", ".tar", ".zip", ".tgz", ".tar.gz")
MOST = 10_000
BUFFER = 1 << 18


@dataclass(frozen=True, slots=True)
class Found:
    """``size`` in bytes."""

    name: str
    size: int
    modified_at: dt.datetime


class Watched(io.FileIO):
    """A file that tells how many bytes were read of it. What is read twice is to be said: ``passes``."""

    def __init__(self, descriptor: int, name: str, tell: Callable[[int, int], None]) -> None:
        super().__init__(descriptor, "rb")
        self.package = name
        self.size = os.fstat(descriptor).st_size
        self.passes = 1
        self._read = 0
        self._tell = tell

    def readinto(self, buffer, /) -> int | None:  # type: ignore[no-untyped-def]
        number = super().readinto(buffer)
        self._read += number or 0
        # Of a package whose end is looked at first, some bytes are read once more.
        self._tell(min(self._read, self.passes * self.size), self.passes * self.size)
        return number


def place() -> Path:
    return Path(settings.NODE.import_dir)


def packages() -> tuple[list[Found], int]:
    """What can be a package, and how many other things lie there. The folder is made; OSError where it cannot be."""
    place().mkdir(mode=0o700, parents=True, exist_ok=True)
    found: list[Found] = []
    others = 0
    with os.scandir(place()) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                # Somebody is still copying it.
                continue
            one = _found(entry) if len(found) < MOST else None
            if one is None:
                others += 1
            else:
                found.append(one)
    return found, others


def _found(entry: os.DirEntry[str]) -> Found | None:
    name = entry.name
    if not name.lower().endswith(ENDINGS) or not is_storable(name) or not name.isprintable():
        return None
    try:
        about = entry.stat(follow_symlinks=False)
    except OSError:
        # Gone since.
        return None
    if not stat.S_ISREG(about.st_mode):
        return None
    return Found(name, about.st_size, dt.datetime.fromtimestamp(about.st_mtime, dt.UTC))


def opened(name: str, tell: Callable[[int, int], None] = lambda _read, _all: None) -> io.BufferedReader:
    """A package of the folder. ImportRefused where there is none of this name that can be read: no link is followed,
    no other folder entered."""
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise _gone(name)
    try:
        folder = os.open(place(), os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        raise _gone(name) from None
    try:
        # A pipe in its place would keep us waiting for somebody who writes into it.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if isinstance(error, PermissionError):
            raise ImportRefused(
                "package-unreadable", f"{name} cannot be read: the user of the node may not"
            ) from None
        raise _gone(name) from None
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _gone(name)
    return io.BufferedReader(Watched(descriptor, name, tell), BUFFER)


def _gone(name: str) -> ImportRefused:
    return ImportRefused("package-gone", f"{name} lies no longer in the folder of imports")
