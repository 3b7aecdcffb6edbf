"""What a person uploads, kept below the media folder: whole and synced before any row speaks of it."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext

from apps.common.display import count_text
from apps.common.syncing import sync_folder


class Upload(Protocol):
    """A file as a form has it."""

    name: str | None

    def chunks(self) -> Iterable[bytes]: ...


class UploadTooLarge(ValueError):  # noqa: N818 - names what is wrong
    """The text is for people."""


@dataclass(frozen=True, slots=True)
class Kept:
    path: Path
    sha256: str
    size: int


def keep_upload(upload: Upload, folder: str, suffix: str = "") -> Kept:
    """Into ``media/folder`` under a name of our own; UploadTooLarge: nothing is kept."""
    place = Path(settings.NODE.media_dir) / folder
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / f"{secrets.token_hex(12)}{suffix}"
    digest, size, most = hashlib.sha256(), 0, settings.NODE.upload_max_bytes
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in upload.chunks():
                size += len(chunk)
                if size > most:
                    raise UploadTooLarge(
                        gettext("The file has more than %(most)s bytes, the longest upload this node takes.")
                        % {"most": count_text(most)}
                    )
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        sync_folder(place)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Kept(path, digest.hexdigest(), size)
