"""Files without a name, for what memory should not hold: on the node's own disk, gone with the process, whatever ends it."""

from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings


def nameless(folder: Path | None = None) -> IO[bytes]:
    """The caller closes it. ``folder``: where, else the node's spool; /tmp may be memory itself."""
    place = folder or Path(settings.NODE.spool_dir)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return TemporaryFile(dir=place)
