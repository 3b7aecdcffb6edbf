"""How full the disks are, and what a full one stops: the one place that scanners and writers ask.

Levels are shares of a disk that are free (settings ``disk_*_percent``). A level that was reached is left only when
one percent more is free, so that a disk at the edge does not switch work on and off.

A store that refused a write is read-only, however much is free: an open finding says since when and why. It is
closed by a person, or by the store itself after a write that succeeded.
"""

import errno
import shutil
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from apps.common.findings import open_finding, record_finding, resolve_findings
from apps.common.models import Finding
from apps.common.stored import remember

HELD, STORE = "store-read-only", "disk:content"
FAILED = gettext_noop("A write to the store failed (%s). Nothing is written to it until a write succeeds.")
remember(FAILED)
# What a disk answers that takes no more; anything else is the fault of one file or one process.
REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


@dataclass(frozen=True, slots=True)
class Disk:
    """In bytes. ``used`` is what others took too: it is the disk, not our folder."""

    path: Path
    total: int
    used: int
    free: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free / self.total if self.total else 0.0


class DiskLevel(IntEnum):
    """What is put off; each level includes those before it."""

    FREE = 0
    # Nothing new is selected without a warning.
    LOW = 1
    # No crawl begins. Polls, votes and repairs go on.
    NO_CRAWLS = 2
    # No repair begins, long messages are refused.
    NO_WRITES = 3


def disk(path: Path) -> Disk | None:
    """The disk that a folder lies on, or will lie on; None where nobody can tell."""
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        found = shutil.disk_usage(there)
    except OSError:
        return None
    # What only root may fill is neither used nor free for us.
    return Disk(path, found.used + found.free, found.used, found.free)


MARGIN_PERCENT = 1.0


def level_of(free_percent: float, before: DiskLevel = DiskLevel.FREE) -> DiskLevel:
    """``before`` is the level so far: it is left only with a little more room than it was entered with."""
    node = settings.NODE
    limits = (
        (DiskLevel.NO_WRITES, node.disk_no_writes_percent),
        (DiskLevel.NO_CRAWLS, node.disk_no_crawls_percent),
        (DiskLevel.LOW, node.disk_warn_percent),
    )
    for level, limit in limits:
        if free_percent < limit + (MARGIN_PERCENT if before >= level and limit else 0):
            return level
    return DiskLevel.FREE


def content_level() -> DiskLevel:
    """Of the store's disk, as it is now. A disk that cannot be asked stops nothing: writing to it will tell."""
    if content_held():
        return DiskLevel.NO_WRITES
    return _level(settings.NODE.content_dir)


def spool_level() -> DiskLevel:
    """Of the disk with unfinished messages."""
    return _level(settings.NODE.spool_dir)


def export_level() -> DiskLevel:
    """Of the disk with packages."""
    return _level(settings.NODE.export_dir)


def content_held() -> Finding | None:
    """Since when (``first_at``) and why (``params``) the store is read-only; None where it takes data."""
    return open_finding(code=HELD, subject=STORE)


def hold_content(error: BaseException | None, place: str) -> bool:
    """Make the store read-only where the disk refused a write; False where ``error`` is no such answer."""
    if not isinstance(error, OSError) or error.errno not in REFUSALS:
        return False
    cause = error.strerror or errno.errorcode[error.errno]
    record_finding(
        code=HELD,
        subject=STORE,
        severity="error",
        app="repository",
        place=place,
        message=FAILED % cause,
        params={"cause": cause, "errno": error.errno},
    )
    return True


def release_content() -> int:
    """The store takes data again."""
    return resolve_findings(subject=STORE, codes=[HELD])


def _level(path: Path) -> DiskLevel:
    found = disk(path)
    return DiskLevel.FREE if found is None else level_of(found.free_percent)
