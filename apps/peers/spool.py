"""Files for messages too large for a row: votes of large AUs, repairs. Synced before the row is written."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from apps.common.disks import DiskLevel, spool_level
from apps.common.syncing import sync_folder

# Up to this size a message lies in its row; TOAST keeps it out of the way of scans.
IN_ROW = 64 * 1024
BATCH = 500


def folder(box: str) -> Path:
    """The spool folder of ``box`` ("in" or "out"), made when missing."""
    path = Path(settings.NODE.spool_dir) / box
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def new_file(box: str) -> Path:
    return folder(box) / secrets.token_hex(16)


def has_room() -> bool:
    """Whether its disk has room for more; what is small lies in a row and is taken all the same."""
    return spool_level() < DiskLevel.NO_WRITES


def write(box: str, chunks: Iterable[bytes]) -> str:
    """Store ``chunks`` and return the name a row keeps; OSError where the disk has no room for them."""
    if not has_room():
        raise OSError(errno.ENOSPC, "the disk for unfinished messages is nearly full")
    path = new_file(box)
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return f"{box}/{path.name}"


def path_of(name: str) -> Path:
    """The file a row names; ValueError for a name that is not one of ours."""
    box, _, leaf = name.partition("/")
    if box not in ("in", "out") or not leaf.isalnum():
        raise ValueError(f"not a spool file: {name!r}")
    return Path(settings.NODE.spool_dir) / box / leaf


def older_than(box: str, at: datetime) -> Iterator[set[str]]:
    """Names of files last written before ``at``, some hundred at a time."""
    batch: set[str] = set()
    with os.scandir(folder(box)) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < at.timestamp():
                batch.add(f"{box}/{entry.name}")
            if len(batch) >= BATCH:
                yield batch
                batch = set()
    if batch:
        yield batch


def remove(name: str) -> None:
    """Messages are not preserved content: once acted on, the copy in the spool has no further use."""
    path_of(name).unlink(missing_ok=True)
