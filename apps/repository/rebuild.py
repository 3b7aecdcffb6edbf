"""The index made anew from the WARC files alone, and the store's files compared with it.

Each file is one step: a rebuild that was killed goes on with the files whose rows are not all there. Nothing is
overwritten: rows that exist stay, with their digests; what the files add is entered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.repository import files, indexing
from apps.repository.choices import FileState
from apps.repository.errors import ContentCode, ContentError, RecordCode, StoreCode, StoreError
from apps.repository.indexing import FileReport
from apps.repository.locks import au_lock
from apps.repository.models import Artifact, AuKey, WarcFile
from apps.repository.names import au_slug, file_name
from apps.repository.values import Finding
from apps.repository.warc.entries import Entry, entries, read_file_info
from apps.repository.warc.inflate import Window

WAIT = 30.0
PAGE = 1_000
SOUND = (FileState.OPEN, FileState.CLOSED)


@dataclass(frozen=True, slots=True)
class AuFiles:
    """What lies in one AU's folder: its AUID as its files tell it, None where none of them does."""

    slug: str
    auid: str | None
    sizes: dict[int, int]


def aus_on_disk(root: Path, auid: str | None = None) -> Iterator[AuFiles]:
    """Every AU folder with files in it, or the one of ``auid``."""
    wanted = files.slugs(root) if auid is None else [au_slug(auid)]
    for slug in wanted:
        sizes = files.chain(root, slug)
        if sizes:
            told = next((a for a in (_auid_of(root, slug, s) for s in sizes) if a), None)
            yield AuFiles(slug, told if told and au_slug(told) == slug else None, sizes)


def rebuild_au(found: AuFiles, root: Path, *, whole: bool = False) -> Iterator[FileReport]:
    """Index the files of one AU that are not wholly in the index; ``whole`` reads all of them. StoreError(BUSY) where
    somebody writes it.
    """
    if found.auid is None:
        name = file_name(found.slug, next(iter(found.sizes)))
        yield _told(name, RecordCode.FACTS_LOST, "no file of this folder says which AU it is of")
        return
    with au_lock(root, found.slug, WAIT):
        au, _ = AuKey.objects.get_or_create(auid=found.auid)
        sizes = files.chain(root, found.slug)
        for serial, size in sizes.items():
            if not whole and _is_indexed(au, serial, size):
                continue
            try:
                yield indexing.index_file(au, root, serial, is_last=serial == max(sizes), whole=True)
            except (StoreError, ContentError) as error:
                yield _told(file_name(found.slug, serial), error.code, error.message)
        indexing.catch_up(au, root)


def survey_au(found: AuFiles, root: Path) -> Iterator[FileReport]:
    """What ``rebuild_au`` would read of every file; writes nothing."""
    for serial in found.sizes:
        report = FileReport(file_name(found.slug, serial))
        try:
            with files.reading(root, report.name) as descriptor:
                for item in entries(Window(descriptor), found.auid or ""):
                    if isinstance(item, Entry):
                        report.artifacts += 1
                    else:
                        report.add(item.code, f"{report.name} at {item.offset}", item.message)
        except (ContentError, OSError) as error:
            report.add(ContentCode.UNREADABLE, report.name, str(error))
        yield report


def compare_au(found: AuFiles, root: Path) -> Iterator[Finding]:
    """Where files and index of one AU differ, by names and sizes alone."""
    if found.auid is None:
        yield Finding(RecordCode.FACTS_LOST, found.slug, "no file of this folder says which AU it is of")
    known = {row.serial: row for row in WarcFile.objects.filter(au_key__auid=found.auid or "")}
    for serial, size in found.sizes.items():
        row, name = known.get(serial), file_name(found.slug, serial)
        if row is None:
            yield Finding(StoreCode.NOT_INDEXED, name, f"{size} bytes that the index does not know")
        elif size < row.size:
            yield Finding(ContentCode.DAMAGED, name, f"{size} bytes of {row.size} are left")
        elif size > row.size:
            yield Finding(StoreCode.NOT_INDEXED, name, f"{size - row.size} bytes behind the indexed ones")
        elif not _is_indexed(row.au_key, serial, size):
            yield Finding(StoreCode.NOT_INDEXED, name, "rows of it are missing")
    for serial, row in known.items():
        if serial not in found.sizes:
            yield Finding(ContentCode.MISSING, row.name, f"{row.artifacts} versions lay in it")
    for aside in files.set_aside_files(root, found.slug):
        yield Finding(RecordCode.INCOMPLETE, aside, "a torn end, moved aside; kept until somebody removes it")


def vanished_aus(root: Path, auid: str | None = None) -> Iterator[Finding]:
    """Files of AUs whose folder is gone altogether; of all AUs, or of one."""
    last = 0
    rows = (
        WarcFile.objects.order_by("pk")
        if auid is None
        else WarcFile.objects.filter(au_key__auid=auid).order_by("pk")
    )
    while page := list(rows.filter(pk__gt=last)[:PAGE]):
        last = page[-1].pk
        for row in page:
            if not files.chain(root, row.name.split("/")[1]):
                yield Finding(ContentCode.MISSING, row.name, f"{row.artifacts} versions lay in it")


def _is_indexed(au: AuKey, serial: int, size: int) -> bool:
    row = WarcFile.objects.filter(au_key=au, serial=serial, size=size, state__in=SOUND).first()
    return row is not None and Artifact.objects.filter(au_key=au, warc_file=row).count() == row.artifacts


def _auid_of(root: Path, slug: str, serial: int) -> str | None:
    try:
        with files.reading(root, file_name(slug, serial)) as descriptor:
            info = read_file_info(Window(descriptor))
    except (ContentError, OSError):
        return None
    return info.auid if info else None


def _told(name: str, code: str, message: str) -> FileReport:
    report = FileReport(name)
    report.add(code, name, message)
    return report
