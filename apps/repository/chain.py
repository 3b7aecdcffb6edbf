"""An AU's chain of WARC files while it grows: which file is written, when the next begins, what is synced.

Used by one writer that holds the AU's lock. Sizes count bytes.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db.models import F

from apps.common.clock import now
from apps.repository import files
from apps.repository.captures import Prepared
from apps.repository.choices import FileState
from apps.repository.errors import StoreCode, StoreError
from apps.repository.models import AuKey, WarcFile
from apps.repository.names import au_slug, file_name
from apps.repository.values import Place
from apps.repository.warc.fields import warc_date
from apps.repository.warc.group import Label, write_group, write_warcinfo

# A label, once the offset at which its record will begin is known.
LabelAt = Callable[[int], Label]


@dataclass(slots=True)
class Growing:
    """A file being written: ``size`` on disk, ``committed`` in its row; ``row_id`` None before its first commit."""

    serial: int
    name: str
    descriptor: int
    size: int = 0
    committed: int = 0
    row_id: int | None = None
    artifacts: int = 0
    sha256: bytes | None = None

    @property
    def changed(self) -> bool:
        return self.size > self.committed or self.sha256 is not None

    def write(self, data: bytes) -> None:
        files.append(self.descriptor, data)
        self.size += len(data)


class Chain:
    """``open`` finds the file to go on with; ``append`` writes; ``sync`` and ``save_rows`` make it last."""

    def __init__(self, au: AuKey, root: Path, max_bytes: int) -> None:
        self.is_new = False
        self._au = au
        self._root = root
        self._max_bytes = max_bytes
        self._slug = au_slug(au.auid)
        self._files: list[Growing] = []
        self._last_serial = 0
        self._closed: WarcFile | None = None

    def open(self) -> None:
        """Go on with the newest file where it has room. Rows and files agree (``indexing.catch_up``)."""
        known = {row.serial: row for row in WarcFile.objects.filter(au_key=self._au)}
        on_disk = files.chain(self._root, self._slug)
        last = max({*known, *on_disk}, default=0)
        row = known.get(last)
        if row and last in on_disk and row.state == FileState.OPEN:
            descriptor = files.open_append(self._root, row.name, row.size)
            self._files.append(Growing(last, row.name, descriptor, row.size, row.size, row.pk))
        self._closed = row
        self._last_serial = last
        self.is_new = not known

    def append(self, prepared: Prepared, label_of: LabelAt) -> tuple[Growing, Place]:
        """Write one capture whole or not at all; StoreError where the disk refuses."""
        growing = self._file_for_next()
        start = growing.size
        try:
            member = write_group(growing.write, prepared, label_of(start))
        except OSError as error:
            self._cut(growing, start)
            raise files.write_error(error, growing.name) from error
        except BaseException:
            self._cut(growing, start)
            raise
        growing.artifacts += 1
        place = Place(
            growing.name, start, member.length, member.body_offset, member.body_deflated, member.body_crc32
        )
        return growing, place

    @property
    def dirty(self) -> bool:
        return any(growing.changed for growing in self._files)

    def sync(self) -> None:
        """What was appended is on disk; StoreError where that is not sure, and then never will be."""
        for growing in self._files:
            if growing.size > growing.committed:
                _sync(growing)
        for full in self._files[:-1]:
            _finish(full)

    def save_rows(self) -> None:
        """Write the files' rows, in the caller's transaction."""
        for growing in self._files:
            if growing.changed:
                self._save(growing)

    def settle(self) -> None:
        """The rows are in: go on with the last file only."""
        for growing in self._files:
            growing.committed, growing.artifacts = growing.size, 0
        for full in self._files[:-1]:
            os.close(full.descriptor)
        self._files = self._files[-1:]
        self.is_new = False

    def cut_back(self) -> None:
        """Take back everything since the last commit."""
        for growing in self._files:
            if growing.size > growing.committed:
                self._cut(growing, growing.committed)
                growing.artifacts, growing.sha256 = 0, None

    def close(self) -> None:
        for growing in self._files:
            os.close(growing.descriptor)
        self._files = []

    def _file_for_next(self) -> Growing:
        if not self._files or self._files[-1].size >= self._max_bytes:
            self._start_next()
        growing = self._files[-1]
        if not growing.size:
            self._write_warcinfo(growing)
        return growing

    def _start_next(self) -> None:
        if self._files:
            _sync(self._files[-1])
        name = file_name(self._slug, self._last_serial + 1)
        self._files.append(Growing(self._last_serial + 1, name, files.create(self._root, name)))
        self._last_serial += 1

    def _write_warcinfo(self, growing: Growing) -> None:
        try:
            write_warcinfo(
                growing.write,
                auid=self._au.auid,
                name=growing.name,
                serial=growing.serial,
                at=warc_date(now().replace(microsecond=0)),
                before=self._before(),
            )
        except OSError as error:
            self._cut(growing, 0)
            raise files.write_error(error, growing.name) from error

    def _before(self) -> dict[str, str]:
        """What a new file tells of the one before it."""
        if len(self._files) > 1:
            full = self._files[-2]
            return _told(full.name, full.size, _finish(full))
        last = self._closed
        return _told(last.name, last.size, bytes(last.sha256)) if last and last.sha256 else {}

    def _save(self, growing: Growing) -> None:
        changes: dict[str, object] = {"size": growing.size}
        if growing.sha256:
            changes |= {"state": FileState.CLOSED, "sha256": growing.sha256, "closed_at": now()}
        if growing.row_id is None:
            growing.row_id = WarcFile.objects.create(
                au_key=self._au,
                serial=growing.serial,
                name=growing.name,
                artifacts=growing.artifacts,
                **changes,
            ).pk
            return
        own = WarcFile.objects.filter(pk=growing.row_id, size=growing.committed, state=FileState.OPEN)
        if own.update(artifacts=F("artifacts") + growing.artifacts, **changes) != 1:
            raise StoreError(StoreCode.LOST_LOCK, f"{growing.name} was changed by another writer")

    def _cut(self, growing: Growing, size: int) -> None:
        try:
            files.cut_back(growing.descriptor, size)
        except OSError as error:
            raise files.write_error(error, growing.name) from error
        growing.size = size


def _told(name: str, size: int, sha256: bytes) -> dict[str, str]:
    return {
        "previous": name.rpartition("/")[2],
        "previous-size": str(size),
        "previous-sha256": sha256.hex(),
    }


def _finish(full: Growing) -> bytes:
    """The digest of a file that grows no more, read from the disk."""
    if full.sha256 is None:
        full.sha256 = files.digest(full.descriptor)
    return full.sha256


def _sync(growing: Growing) -> None:
    try:
        files.sync(growing.descriptor)
    except OSError as error:
        raise files.write_error(error, growing.name) from error
