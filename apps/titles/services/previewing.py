"""What an import would do, written down without doing it; and the decision of a person about it.

The preview is made by the statements of the import itself in a transaction that is rolled back; what they told is
carried over as a COPY. An import whose outcome is no longer the one that was shown is not applied: it is shown anew.
"""

import hashlib
from tempfile import SpooledTemporaryFile
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.titles.choices import ImportState
from apps.titles.errors import ListCode, ListError
from apps.titles.models import ListImport, PreviewLine
from apps.titles.services import coverage, upsert
from apps.titles.services.catalogue import Catalogue
from apps.titles.services.renaming import whole_titles
from apps.titles.staging import ReadTitle

KIND = "import-titles"
IN_MEMORY = 8 << 20
_COLUMNS = "list_import_id, kind, name, title_name, fields"
_TOLD = """
COPY (
    SELECT {id}, 'added', s.name, t.name, jsonb_build_object('publisher', jsonb_build_array('', p.name),
        'year', jsonb_build_array('', s.year), 'status', jsonb_build_array('', s.status),
        'plugin_id', jsonb_build_array('', s.plugin_id))
    FROM staged s JOIN titles_title t ON t.id = s.title_id JOIN titles_publisher p ON p.id = s.publisher_id
    LEFT JOIN titles_listedau l USING (auid)
    LEFT JOIN titles_listentry e ON e.listed_au_id = l.id AND e.title_list_id = {list} WHERE e.id IS NULL
    UNION ALL
    SELECT {id}, c.kind, coalesce(l.name, own.name), coalesce(t.name, {dates}),
           CASE WHEN was.id IS NULL THEN c.fields
                ELSE c.fields || jsonb_build_object('title_id', jsonb_build_array(was.name, becomes.name)) END
    FROM titles_importchange c LEFT JOIN titles_listedau l ON l.id = c.listed_au_id
    LEFT JOIN titles_title t ON t.id = l.title_id LEFT JOIN titles_title own ON own.id = c.title_id
    LEFT JOIN titles_titlecoverage k ON k.id = c.coverage_id
    LEFT JOIN titles_title was ON was.id = (c.fields->'title_id'->>0)::bigint
    LEFT JOIN titles_title becomes ON becomes.id = (c.fields->'title_id'->>1)::bigint
    WHERE c.list_import_id = {id} AND c.kind IN ('changed', 'returned', 'title')
    UNION ALL
    SELECT {id}, 'retired', l.name, t.name, '{{}}'::jsonb
    FROM titles_listentry e JOIN titles_listedau l ON l.id = e.listed_au_id JOIN titles_title t ON t.id = l.title_id
    WHERE e.title_list_id = {list} AND e.retired_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.auid = l.auid)
    UNION ALL {lines}
) TO STDOUT
"""
_COUNT = """
SELECT count(*) FILTER (WHERE kind = 'added'), count(*) FILTER (WHERE kind IN ('changed', 'returned')),
       count(*) FILTER (WHERE kind = 'retired'), (SELECT count(*) FROM staged_au) + (SELECT count(*) FROM staged_coverage)
FROM titles_previewline WHERE list_import_id = %s
"""


def note_preview(*, row: ListImport, blocks: list[ReadTitle]) -> None:
    """Fill the lines and counts of ``row``; the caller holds the lock, has staged, and saves the row."""
    PreviewLine.objects.filter(list_import=row).delete()
    with SpooledTemporaryFile(max_size=IN_MEMORY) as told:
        both = _tell(row, blocks, told)
        told.seek(0)
        row.preview_sha256, row.previewed_at = _digest(told), now()
        told.seek(0)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY titles_previewline ({_COLUMNS}) FROM STDIN") as copy,
        ):
            while chunk := told.read(1 << 16):
                copy.write(chunk)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [row.pk])
        row.added, row.changed, row.retired, staged = cursor.fetchone()
    row.unchanged = staged - row.added - row.changed + both


def told_sha256(*, row: ListImport, blocks: list[ReadTitle]) -> str:
    """Digest of what the import would do as things are now; the caller holds the lock and has staged."""
    changed = row.titles_changed
    with SpooledTemporaryFile(max_size=IN_MEMORY) as told:
        _tell(row, blocks, told)
        told.seek(0)
        row.titles_changed = changed
        return _digest(told)


def _digest(told: IO[bytes]) -> str:
    """Of all lines, in whatever order the database gave them."""
    total = 0
    for line in told:
        total += int.from_bytes(hashlib.sha256(line).digest())
    return f"{total % (1 << 256):064x}"


def _tell(row: ListImport, blocks: list[ReadTitle], out: IO[bytes]) -> int:
    """How many units are both new in the list and described otherwise by another one."""
    with transaction.atomic():
        catalogue = Catalogue(row, whole_titles)
        upsert.stage_blocks(catalogue.resolve(blocks))
        row.titles_changed = catalogue.finish()
        upsert.tell_changes(list_id=row.title_list_id, import_id=row.pk)
        numbers = {"id": int(row.pk), "list": int(row.title_list_id)}
        parts = {"lines": coverage.TOLD.format(**numbers), "dates": coverage.DATES.format("k")}
        statement = _TOLD.format(**parts, **numbers)
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for chunk in copy:
                    out.write(bytes(chunk))
            _changed, both, _retired = upsert.count_changes(cursor, row.pk)
        transaction.set_rollback(True)
    return both


def apply_import(*, list_import: ListImport, version: int, retire: bool, user: User) -> Job:
    """A person wants what the preview showed; the caller wakes the job."""
    with transaction.atomic():
        row = _waiting_for(list_import, version)
        if reads_nothing(row):
            raise ListError(
                ListCode.WRONG_FILE, gettext("Nothing of it could be read, so there is nothing to apply.")
            )
        row.retire = retire
        row.state, row.user = ImportState.APPLYING, user
        row.version += 1
        row.save(update_fields=["retire", "state", "user", "version", "updated_at"])
        return open_job(kind=KIND, subject=row.job_subject)


def reads_nothing(row: ListImport) -> bool:
    """No unit, line or title was found: whatever it is, it is no title list."""
    return not (row.added or row.changed or row.unchanged or row.titles_changed)


def discard_import(*, list_import: ListImport, version: int, user: User) -> None:
    """A person does not want it: nothing of the catalogue was touched, and its lines go."""
    with transaction.atomic():
        row = _waiting_for(list_import, version)
        PreviewLine.objects.filter(list_import=row).delete()
        row.state, row.finished_at = ImportState.DISCARDED, now()
        row.version += 1
        row.save(update_fields=["state", "finished_at", "version", "updated_at"])
        audit(
            user=user,
            action="titles.discard",
            subject=f"title-list:{row.title_list.name}",
            after={"import": row.pk},
        )


def _waiting_for(list_import: ListImport, version: int) -> ListImport:
    row = (
        ListImport.objects.select_for_update(of=("self",)).select_related("title_list").get(pk=list_import.pk)
    )
    if row.state != ImportState.PREVIEW:
        raise ListError(
            ListCode.WRONG_STATE,
            gettext("Import %(number)s does not wait for a decision: %(state)s.")
            % {"number": row.pk, "state": row.get_state_display()},
        )
    if row.version != version:
        raise ListError(
            ListCode.OLD_FORM, gettext("The preview has changed since that page was made; look at it again.")
        )
    return row
