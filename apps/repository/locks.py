"""One writer per AU: an advisory lock of the operating system on a file in the AU's folder.

It ends with its process, however that ends. Across machines it holds where the file system's locks do; where they
do not, the size in a file's row, changed only from the value a writer began with, keeps a second one from being
believed (``writer.py``).
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.repository.errors import StoreCode, StoreError
from apps.repository.files import make_folder
from apps.repository.names import folder_of

_PAUSE = 0.05


@contextmanager
def au_lock(root: Path, slug: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the AU; StoreError(BUSY) where somebody else does for longer than ``wait`` seconds."""
    folder = root / folder_of(slug)
    make_folder(folder)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        _take(descriptor, slug, time.monotonic() + wait)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, slug: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StoreError(StoreCode.BUSY, f"AU {slug} is being written by another process") from None
            time.sleep(_PAUSE)
        else:
            return
