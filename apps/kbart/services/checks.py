"""Files that somebody has judged: kept, judged line by line into rows, and forgotten after some weeks."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.common.choices import OPEN
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.text import storable
from apps.common.uploads import Upload, UploadTooLarge, keep_upload
from apps.kbart.choices import CheckState
from apps.kbart.errors import ActError
from apps.kbart.models import FOLDER, Check, CheckFinding
from apps.lockss.kbart import KbartFinding, check_file, read_table

KIND = "kbart-check"
PLACE = f"{FOLDER}/checks"
# So small a file is judged while somebody waits for the page.
AT_ONCE_BYTES = 512 * 1024
WRITTEN_AT_ONCE = 500
KEPT = dt.timedelta(days=30)
SCANNED = 200


def start_check(*, upload: Upload, user: User, request_key: UUID | None = None) -> tuple[Check, Job | None]:
    """Keep the file; a small one is judged here, of another the caller wakes the job. One ``request_key``, one check."""
    before = Check.objects.filter(request_key=request_key).first() if request_key else None
    if before is not None:
        return before, None
    try:
        kept = keep_upload(upload, PLACE)
    except UploadTooLarge as error:
        raise ActError(str(error)) from None
    try:
        with transaction.atomic():
            row = Check.objects.create(
                user=user,
                request_key=request_key,
                file_name=storable(Path(upload.name or "").name, 200) or "list.txt",
                stored_path=str(kept.path),
                sha256=kept.sha256,
                size=kept.size,
            )
            job = open_job(kind=KIND, subject=row.job_subject) if kept.size > AT_ONCE_BYTES else None
    except IntegrityError:
        # The same form, sent twice at the same moment.
        kept.path.unlink(missing_ok=True)
        return Check.objects.get(request_key=request_key), None
    if job is None:
        row = run_check(check_id=row.pk)
    return row, job


def run_check(*, check_id: int) -> Check:
    """Judge the file into findings; run again it replaces what an earlier run left."""
    row = Check.objects.get(pk=check_id)
    if row.state == CheckState.DONE:
        return row
    path = Path(row.stored_path)
    try:
        data = path.read_bytes()
    except OSError as error:
        note_failure(check=row, message=gettext("The file cannot be read: %s.") % error.strerror)
        raise ActError(row.error) from error
    lenient = check_file(data, name=row.file_name)
    strict = check_file(data, name=row.file_name, strict=True)
    lines = len(read_table(data, mend=False).rows)
    with transaction.atomic():
        locked = Check.objects.select_for_update().get(pk=check_id)
        if locked.state == CheckState.DONE:
            return locked
        locked.findings.all().delete()
        pairs = zip(lenient, strict, strict=True)
        for some in _some([_finding(locked, one, hard=other.grave) for one, other in pairs]):
            CheckFinding.objects.bulk_create(some)
        locked.lines = lines
        locked.errors = sum(one.grave for one in lenient)
        locked.warnings = len(lenient) - locked.errors
        locked.state, locked.error, locked.stored_path = CheckState.DONE, "", ""
        locked.save()
    path.unlink(missing_ok=True)
    return locked


def _some(rows: list[CheckFinding]) -> list[list[CheckFinding]]:
    return [rows[at : at + WRITTEN_AT_ONCE] for at in range(0, len(rows), WRITTEN_AT_ONCE)]


def _finding(row: Check, one: KbartFinding, *, hard: bool) -> CheckFinding:
    return CheckFinding(
        file=row,
        line=one.line or 0,
        field=storable(one.field, 200),
        code=one.code.value,
        lenient=one.grave,
        strict=hard,
        found=storable(one.found, 400),
        expected=storable(one.expected, 400),
        entry=storable(one.entry, 400),
    )


def note_failure(*, check: Check, message: str) -> None:
    check.state, check.error = CheckState.FAILED, storable(message)
    Check.objects.filter(pk=check.pk, state=CheckState.WAITING).update(
        state=check.state, error=check.error, updated_at=now()
    )


def close_lost() -> None:
    """Scanner: files whose job came to nothing say so; and what is weeks old is forgotten."""
    for row in Check.objects.filter(state=CheckState.WAITING).order_by("pk")[:SCANNED]:
        job = Job.objects.filter(kind=KIND, subject=row.job_subject).order_by("-pk").first()
        # One without a job is judged in the request; after an hour that request is gone.
        lost = job.state not in OPEN if job else row.created_at < now() - dt.timedelta(hours=1)
        if lost:
            message = (
                job.error
                if job and job.error
                else gettext("The judging was broken off; upload the file again.")
            )
            note_failure(check=row, message=message)
    for row in Check.objects.filter(created_at__lt=now() - KEPT).order_by("pk")[:SCANNED]:
        if row.stored_path:
            Path(row.stored_path).unlink(missing_ok=True)
        row.delete()
