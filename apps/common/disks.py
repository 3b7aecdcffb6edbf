"""How full the disks are, and what a full one stops: the one place that scanners and writers ask.

Levels are shares of a disk that are free (settings ``disk_*_percent``). A level that was reached is left only when
one percent more is free, so that a disk at the edge does not switch work on and off.
"""

import shutil
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from django.conf import settings


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
    return _level(settings.NODE.content_dir)


def spool_level() -> DiskLevel:
    """Of the disk with unfinished messages."""
    return _level(settings.NODE.spool_dir)


def _level(path: Path) -> DiskLevel:
    found = disk(path)
    return DiskLevel.FREE if found is None else level_of(found.free_percent)
