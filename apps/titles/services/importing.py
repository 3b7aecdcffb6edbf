"""Reads a list and brings the rows to it, in one transaction; what cannot be read becomes findings, the rest goes in.

Imports of one node wait for each other where they write: two lists may describe one AU. Done again after a kill,
an import does the same again and nothing more.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.db import connection, transaction

from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.text import storable
from apps.lockss.auid import slug_of
from apps.titles.choices import ImportState
from apps.titles.models import ImportFinding, ListImport
from apps.titles.services import upsert
from apps.titles.services.catalogue import Catalogue
from apps.titles.staging import ReadAu, ReadFile, ReadFinding, ReadTitle

# "TITL" in ASCII.
LOCK = 0x5449544C
STAGED_AT_ONCE = 5_000
# A file of nothing but faults must not fill the database; the count tells how many there were.
MOST_FINDINGS = 2_000
LONGEST_AUID = 2_000
# As many new rows, and as large a share of those the planner knows of, mislead it.

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
            self._progress(self.files, None, f"{self.aus:,} AUs")

    def _entries(self, files: Iterable[ReadFile]) -> Iterator[tuple[int, ReadAu]]:
        for file in files:
            self.files += 1
            self.unread += file.unread
            self._digest.update(file.sha256)
            for finding in file.findings:
                self._note(finding)
            for au in file.aus:
                if self._takes(au):
                    yield self._number(au.title), au

    def _number(self, title: ReadTitle) -> int:
        """The number of its block; AUs of one block share the object, and ``blocks`` keeps it alive."""
        number = self._numbers.get(id(title))
        if number is None:
            number = self._numbers[id(title)] = len(self.blocks)
            self.blocks.append(title)
        return number

    def _takes(self, au: ReadAu) -> bool:
        if len(au.auid) > LONGEST_AUID:
            self._refuse(
                au, "auid-too-long", f"its AUID has {len(au.auid):,} characters; {LONGEST_AUID:,} can be kept"
            )
            return False
        slug = slug_of(au.auid)
        if (first := self._places.get(slug)) is not None:
            self._refuse(au, "auid-twice", f"the same AU stands at {first} already; the first one counts")
            return False
        self._places[slug] = au.place
        return True

    def _refuse(self, au: ReadAu, code: str, message: str) -> None:
        self._note(ReadFinding(code, "warning", au.file, message, au.line, entry=au.name))

    def _note(self, finding: ReadFinding) -> None:
        self.finding_count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def _silent(done: int, total: int | None = None, note: str = "") -> None:
    pass


def run_import(
    *, list_import: ListImport, files: Iterable[ReadFile], progress: Progress = _silent
) -> ListImport:
    """Do an import that waits. One that is done already stays as it is: its job was called twice."""
    if list_import.state == ImportState.DONE:
        return list_import
    ListImport.objects.filter(pk=list_import.pk).update(state=ImportState.RUNNING)
    reading = Reading(progress)
    with upsert.open_stage():
        reading.read(files)
        progress(reading.files, None, "writing")
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
            _write(list_import, reading)
    return list_import


def _write(row: ListImport, reading: Reading) -> None:
    catalogue = Catalogue(row)
    upsert.stage_blocks(catalogue.resolve(reading.blocks))
    row.titles_changed = catalogue.finish()
    # What stands in a file that could not be read is not gone.
    whole = reading.files > 0 and not reading.unread
    if row.retire and not whole:
        reading.findings.append(_nothing_retired(reading.unread))
        reading.finding_count += 1
    at = now()
    done = upsert.apply_stage(list_id=row.title_list_id, import_id=row.pk, retire=row.retire and whole, at=at)
    _save_findings(row, reading.findings)
    row.added, row.changed, row.unchanged, row.retired = (
        done.added,
        done.changed,
        done.unchanged,
        done.retired,
    )
    row.files, row.finding_count, row.sha256 = reading.files, reading.finding_count, reading.sha256
    row.state, row.finished_at, row.error = ImportState.DONE, at, ""
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
    why = f"{unread:,} files could not be read whole" if unread else "No file was found"
    return ReadFinding(
        "nothing-retired", "warning", "", f"{why}, so nothing was taken for gone from the list."
    )


def _save_findings(row: ListImport, findings: list[ReadFinding]) -> None:
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
    ListImport.objects.filter(pk=list_import.pk).update(
        state=ImportState.FAILED, error=storable(message), finished_at=now()
    )
