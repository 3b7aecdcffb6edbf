"""Reads a list and brings the rows to it, in one transaction; what cannot be read becomes findings, the rest goes in.

Imports of one node wait for each other where they write: two lists may describe one AU. Done again after a kill,
an import does the same again and nothing more.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from django.db import connection, transaction
from django.db.models import Q

from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.text import storable
from apps.lockss.auid import slug_of
from apps.titles.choices import UNDER_WAY, ImportState
from apps.titles.models import ImportFinding, ListImport
from apps.titles.services import coverage, upsert
from apps.titles.services.bare import bare_tables
from apps.titles.services.catalogue import Catalogue
from apps.titles.services.preceding import note_preceding
from apps.titles.services.previewing import note_preview, told_sha256
from apps.titles.services.renaming import whole_titles
from apps.titles.staging import ReadAu, ReadCoverage, ReadFile, ReadFinding, ReadTitle

# "TITL" in ASCII.
LOCK = 0x5449544C
STAGED_AT_ONCE = 5_000
# A file of nothing but faults must not fill the database; the count tells how many there were.
MOST_FINDINGS = 2_000
LONGEST_AUID = 2_000

Progress = Callable[[int, int | None, str], None]


class Reading:
    """What one pass over the files found: title blocks, counts, findings; the AUs go to the stage as they come."""

    def __init__(self, progress: Progress) -> None:
        self.blocks: list[ReadTitle] = []
        self.findings: list[ReadFinding] = []
        self.finding_count = 0
        self.files = 0
        self.unread = 0
        self.aus = 0
        self.lines = 0
        self.aus_of: list[int] = []
        self._numbers: dict[int, int] = {}
        self._places: dict[str, str] = {}
        self._digest = hashlib.sha256()
        self._progress = progress

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self, files: Iterable[ReadFile]) -> None:
        entries = self._entries(files)
        while batch := list(islice(entries, STAGED_AT_ONCE)):
            upsert.stage(batch)
            self.aus += len(batch)
            self._progress(
                self.files,
                None,
                f"{self.aus:,} archival unit" if self.aus == 1 else f"{self.aus:,} archival units",
            )

    def _entries(self, files: Iterable[ReadFile]) -> Iterator[tuple[int, str, ReadAu]]:
        for file in files:
            self.files += 1
            self.unread += file.unread
            self._digest.update(file.sha256)
            for finding in file.findings:
                self._note(finding)
            for au in file.aus:
                if slug := self._takes(au):
                    number = self._number(au.title)
                    self.aus_of[number] += 1
                    yield number, slug, au
            self._stage_lines(file)

    def _stage_lines(self, file: ReadFile) -> None:
        """Called between two batches of AUs, when no COPY is open."""
        lines = ((self._number(line.title), line) for line in file.coverages if self._takes_line(line))
        while batch := list(islice(lines, STAGED_AT_ONCE)):
            coverage.stage(batch)
            self.lines += len(batch)
            self._progress(
                self.files, None, f"{self.lines:,} line" if self.lines == 1 else f"{self.lines:,} lines"
            )

    def _number(self, title: ReadTitle) -> int:
        """The number of its block; AUs of one block share the object, and ``blocks`` keeps it alive."""
        number = self._numbers.get(id(title))
        if number is None:
            number = self._numbers[id(title)] = len(self.blocks)
            self.blocks.append(title)
            self.aus_of.append(0)
        return number

    def _takes(self, au: ReadAu) -> str:
        """Its slug; empty for one that is left out."""
        if len(au.auid) > LONGEST_AUID:
            self._refuse(
                au, "auid-too-long", f"its AUID has {len(au.auid):,} characters; {LONGEST_AUID:,} can be kept"
            )
            return ""
        slug = slug_of(au.auid)
        if (first := self._places.get(slug)) is not None:
            self._refuse(au, "auid-twice", f"the same AU stands at {first} already; the first one counts")
            return ""
        self._places[slug] = au.place
        return slug

    def _takes_line(self, line: ReadCoverage) -> bool:
        if (first := self._places.get(line.key)) is not None:
            message = f"the same title and beginning stand at {first} already; the first line counts"
            self._note(
                ReadFinding("coverage-twice", "warning", line.file, message, line.line, entry=line.title.name)
            )
            return False
        self._places[line.key] = line.place
        return True

    def _refuse(self, au: ReadAu, code: str, message: str) -> None:
        self._note(ReadFinding(code, "warning", au.file, message, au.line, entry=au.name))

    def _note(self, finding: ReadFinding) -> None:
        self.finding_count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def _silent(done: int, total: int | None = None, note: str = "") -> None:
    pass


class _OtherwiseError(Exception):
    """It would no longer do what a person has agreed to."""


def run_import(
    *, list_import: ListImport, files: Iterable[ReadFile], progress: Progress = _silent
) -> ListImport:
    """Do an import that waits: its preview where a person is to be asked, else all of it. One that is done already,
    or waits for its person, stays as it is: its job was called twice.
    """
    if list_import.state not in (*UNDER_WAY, ImportState.FAILED):
        return list_import
    agreed = list_import.state == ImportState.APPLYING
    if not agreed:
        ListImport.objects.filter(pk=list_import.pk).update(state=ImportState.RUNNING)
    reading = Reading(progress)
    with upsert.open_stage():
        reading.read(files)
        progress(reading.files, None, "writing")
        if agreed or not list_import.ask:
            try:
                with _alone():
                    _write(list_import, reading, agreed=agreed)
            except _OtherwiseError as changed:
                with _alone():
                    _preview(list_import, reading, because=str(changed))
        else:
            with _alone():
                _preview(list_import, reading)
    return list_import


@contextmanager
def _alone() -> Iterator[None]:
    """One transaction, while no other import writes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
        yield


def _preview(row: ListImport, reading: Reading, *, because: str = "") -> None:
    note_preview(row=row, blocks=reading.blocks)
    _note_reading(row, reading)
    row.state = ImportState.PREVIEW
    row.error = ""
    if because:
        row.version += 1
        row.error = f"{because} Nothing was applied; this is the preview of now."
    row.save()


def _note_reading(row: ListImport, reading: Reading) -> None:
    _save_findings(row, reading.findings)
    row.files, row.unread, row.sha256 = reading.files, reading.unread, reading.sha256
    row.finding_count, row.lines = reading.finding_count, reading.lines


def _outcome(row: ListImport) -> tuple[object, ...]:
    return (row.sha256, row.added, row.changed, row.unchanged, row.titles_changed)


def _check_others(row: ListImport, reading: Reading) -> None:
    """Where another import was applied or undone since the preview, all that this one would do is made out again and
    compared with what was shown, line by line.
    """
    since = Q(finished_at__gt=row.previewed_at) | Q(undone_at__gt=row.previewed_at)
    others = ListImport.objects.filter(since, state__in=(ImportState.DONE, ImportState.UNDONE))
    other = others.select_related("title_list").order_by("pk").first()
    if other is not None and told_sha256(row=row, blocks=reading.blocks) != row.preview_sha256:
        done = "undone" if other.state == ImportState.UNDONE else "applied"
        raise _OtherwiseError(
            f"Import {other.pk} of {other.title_list.name} was {done} since this was looked at, "
            "and what this one would do is no longer the same."
        )


def _write(row: ListImport, reading: Reading, *, agreed: bool = False) -> None:
    if agreed and row.previewed_at is not None:
        _check_others(row, reading)
    shown, retiring = _outcome(row), row.retired
    # What stands in a file that could not be read is not gone.
    whole = reading.files > 0 and not reading.unread
    retire = row.retire and whole
    if row.retire and not whole:
        reading.findings.append(_nothing_retired(reading.unread))
        reading.finding_count += 1
    at = now()
    with bare_tables(reading.aus):
        catalogue = Catalogue(row, whole_titles)
        upsert.stage_blocks(catalogue.resolve(reading.blocks, reading.aus_of))
        row.titles_changed = catalogue.finish()
        done = upsert.apply_stage(list_id=row.title_list_id, import_id=row.pk, retire=retire, at=at)
        upsert.recount_publishers(catalogue.left_publishers, at=at)
        note_preceding()
    row.added, row.changed, row.unchanged, row.retired = (
        done.added,
        done.changed,
        done.unchanged,
        done.retired,
    )
    _note_reading(row, reading)
    if agreed and (_outcome(row) != shown or (retire and row.retired != retiring)):
        raise _OtherwiseError("What it would do has changed since it was looked at.")
    row.state, row.finished_at, row.error = ImportState.DONE, at, ""
    row.version += 1
    row.preview.all().delete()
    row.save()
    audit(
        user=row.user,
        action="titles.import",
        subject=f"title-list:{row.title_list.name}",
        after={
            "import": row.pk,
            "location": row.location,
            "sha256": row.sha256,
            "added": row.added,
            "changed": row.changed,
            "unchanged": row.unchanged,
            "retired": row.retired,
            "findings": row.finding_count,
        },
    )


def _nothing_retired(unread: int) -> ReadFinding:
    # No file at all is an unmounted folder rather than a list that lost everything.
    files = "file" if unread == 1 else "files"
    why = f"{unread:,} {files} could not be read whole" if unread else "No file was found"
    return ReadFinding(
        "nothing-retired", "warning", "", f"{why}, so nothing was taken for gone from the list."
    )


def _save_findings(row: ListImport, findings: list[ReadFinding]) -> None:
    row.findings.all().delete()
    ImportFinding.objects.bulk_create(
        [
            ImportFinding(
                list_import=row,
                code=storable(finding.code, 64),
                severity=finding.severity,
                file=storable(finding.file, 1000),
                line=finding.line,
                column=finding.column,
                entry=storable(finding.entry, 500),
                message=storable(finding.message, 1000),
            )
            for finding in findings
        ],
        batch_size=1000,
    )


def note_failure(*, list_import: ListImport, message: str) -> None:
    """The import came to nothing: why, in words for people. What was imported before stays."""
    list_import.preview.all().delete()
    ListImport.objects.filter(pk=list_import.pk).update(
        state=ImportState.FAILED, error=storable(message), finished_at=now(), updated_at=now()
    )
