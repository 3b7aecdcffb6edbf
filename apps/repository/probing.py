"""A store that refused a write is read-only; a trial write tells when its disk takes data again."""

import logging
import os
from pathlib import Path

from django.db import DatabaseError, transaction

from apps.common import disks
from apps.repository import files
from apps.repository.errors import StoreCode, StoreError

log = logging.getLogger(__name__)
NAME = "lockss-probe"
# A quota or a disk with a few blocks left must not pass for one with room.
PIECE, PIECES = 1 << 20, 16


def refuse_if_held() -> None:
    """StoreError while the store is read-only; trying later may help."""
    held = disks.content_held()
    if held is not None:
        raise StoreError(StoreCode.READ_ONLY, held.message)


def hold(error: StoreError | None) -> None:
    """Note what a writer ran into, where it was the disk. Never hides the writer's own fault by another one."""
    if error is None:
        return
    try:
        with transaction.atomic():
            disks.hold_content(error.__cause__, error.message)
    except DatabaseError:
        log.exception("that the store refused a write could not be noted: %s", error.message)


def look(root: Path) -> bool:
    """Try a write where the store is read-only; True when it takes data again."""
    if disks.content_held() is None or not files.is_mounted(root):
        return False
    try:
        probe(root)
    except OSError:
        return False
    disks.release_content()
    return True


def refusal(root: Path) -> str:
    """Why the store takes no writes, by a trial write; "" where it does, which ends an earlier refusal."""
    try:
        probe(root)
    except OSError as error:
        disks.hold_content(error, str(root))
        return error.strerror or str(error)
    disks.release_content()
    return ""


def probe(root: Path) -> None:
    """Write as a capture is written, and leave nothing. OSError where the disk refuses."""
    path = root / NAME
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            for _ in range(PIECES):
                # Zeros would be no trial where the file system compresses.
                files.append(descriptor, os.urandom(PIECE))
            files.sync(descriptor)
        finally:
            os.close(descriptor)
    finally:
        path.unlink(missing_ok=True)
    files.sync_folder(root)
