"""From WARC files to rows: what a crash left between disk and database, and what a lost index leaves behind.

The caller holds the AU's lock. A file is read from where the index ends; every batch of rows goes in together with
the size up to which the file is then indexed, so that a kill loses no more than one batch of reading.
"""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.common.clock import now
from apps.repository import files, rows
from apps.repository.choices import ArtifactState, FileState
from apps.repository.errors import RecordCode, RecordError
from apps.repository.models import AuKey, AuSummary, WarcFile
from apps.repository.names import au_slug, file_name
from apps.repository.values import Finding
from apps.repository.warc.entries import Entry, entries, read_file_info
from apps.repository.warc.inflate import Window

BATCH = 2_000
KEEP_FAULTS = 1_000
GONE = frozenset({FileState.MISSING, FileState.DAMAGED})


@dataclass(slots=True)
class FileReport:
    """What reading one file brought: new rows, faults (the first thousand), and a torn end that was moved aside."""

    name: str
    artifacts: int = 0
    findings: list[Finding] = field(default_factory=list)
    aside: Path | None = None

    def add(self, code: str, place: str, message: str) -> None:
        if len(self.findings) < KEEP_FAULTS:
            self.findings.append(Finding(str(code), place, message))


def catch_up(au: AuKey, root: Path) -> list[FileReport]:
    """Make rows and files of an AU agree: index what is not yet, mark what is gone or cut."""
    slug = au_slug(au.auid)
    on_disk = files.chain(root, slug)
    known = {row.serial: row for row in WarcFile.objects.filter(au_key=au)}
    reports = []
    for serial, size in on_disk.items():
        row = known.get(serial)
        if row is None or size > row.size:
            reports.append(index_file(au, root, serial, is_last=serial == max(on_disk)))
        elif size < row.size:
            _set_gone(au, row, FileState.DAMAGED, ArtifactState.DAMAGED, beyond=size)
        elif row.state in GONE:
            _set_back(au, row)
    for serial, row in known.items():
        if serial not in on_disk:
            _set_gone(au, row, FileState.MISSING, ArtifactState.MISSING)
    return reports


def index_file(au: AuKey, root: Path, serial: int, *, is_last: bool, whole: bool = False) -> FileReport:
    """Enter what the index does not know of one file; ``whole`` reads it from its start.

    Only the last file of a chain can have a torn end: what follows its last whole capture is moved beside it.
    """
    name = file_name(au_slug(au.auid), serial)
    report = FileReport(name)
    descriptor = files.open_append(root, name, 0) if is_last else files.open_read(root, name)
    try:
        window = Window(descriptor)
        info = read_file_info(window)
        if info and info.auid != au.auid:
            report.add(RecordCode.FOREIGN, name, f"the file says it is of {info.auid[:200]}")
            return report
        row, _ = WarcFile.objects.get_or_create(au_key=au, serial=serial, defaults={"name": name})
        start = 0 if whole else row.size
        end = _index(au, row, window, start, report)
        end = max(end, row.size, info.end if info else 0)
        if is_last and end < window.size:
            report.aside = files.set_aside(root, name, descriptor, end)
        _finish(row, descriptor, end if is_last else window.size, is_last=is_last)
    except OSError as error:
        raise files.write_error(error, name) from error
    finally:
        os.close(descriptor)
    return report


def _index(au: AuKey, row: WarcFile, window: Window, start: int, report: FileReport) -> int:
    """Insert in batches; returns the end of the last whole capture."""
    end = start
    for batch in _batches(_good(entries(window, au.auid, start), report)):
        end = max(end, batch[-1].end)
        at = now()
        with transaction.atomic():
            rows.lock_summary(au.pk)
            size = max(end, row.size)
            WarcFile.objects.filter(pk=row.pk).update(size=size)
            done = rows.insert_entries(
                au.pk, [(row.pk, e) for e in batch], at=at, next_check_at=next_check(at), verified_at=at
            )
        row.size = size
        report.artifacts += done.rows
        for entry, old in done.renumbered:
            place = f"{row.name} at {entry.offset}"
            report.add(
                RecordCode.VERSION_TAKEN, place, f"version {old} of {entry.url[:200]} is now {entry.version}"
            )
    return end


def _good(found: Iterator[Entry | RecordError], report: FileReport) -> Iterator[Entry]:
    for item in found:
        if isinstance(item, RecordError):
            report.add(item.code, f"{report.name} at {item.offset}", item.message)
            continue
        if item.state is ArtifactState.DAMAGED:
            place = f"{report.name} at {item.offset}"
            report.add(RecordCode.DAMAGED, place, f"version {item.version} of {item.url[:200]} is damaged")
        yield item


def _batches(found: Iterator[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in found:
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _finish(row: WarcFile, descriptor: int, size: int, *, is_last: bool) -> None:
    changes: dict[str, object] = {"size": size, "state": FileState.OPEN}
    if not is_last:
        changes |= {"state": FileState.CLOSED, "sha256": files.digest(descriptor), "closed_at": now()}
    with transaction.atomic():
        rows.lock_summary(row.au_key_id)
        WarcFile.objects.filter(pk=row.pk).update(**changes)
        rows.count_file(row.au_key_id, row.pk)


def next_check(at: dt.datetime) -> dt.datetime:
    return at + dt.timedelta(seconds=settings.NODE.fixity_interval)


def _set_gone(au: AuKey, row: WarcFile, state: FileState, artifacts: ArtifactState, beyond: int = 0) -> None:
    if row.state == state:
        return
    with transaction.atomic():
        rows.lock_summary(au.pk)
        WarcFile.objects.filter(pk=row.pk).update(state=state)
        rows.mark_file(au.pk, row.pk, artifacts, beyond)


def _set_back(au: AuKey, row: WarcFile) -> None:
    """A file that was gone has its size again; whether its bytes are good is for a check to say."""
    with transaction.atomic():
        rows.lock_summary(au.pk)
        WarcFile.objects.filter(pk=row.pk).update(state=FileState.CLOSED)
        AuSummary.objects.filter(au_key=au).update(next_check_at=now())
