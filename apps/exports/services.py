"""The only writers of exports: asked for, made by a job, paused, stopped, tried again, deleted when they are old."""

import shutil
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.models import Au
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.common.text import storable
from apps.exports import allowed, held_jobs
from apps.exports.choices import ExportState, UnitState
from apps.exports.errors import ExportRefused
from apps.exports.making.containers import PartChangedError
from apps.exports.making.content import StoreAwayError
from apps.exports.making.run import OvertakenError, Tell, Worker, is_full, refuse_without_room
from apps.exports.models import Export, ExportUnit
from apps.lockss.packages import ExportOptions, Naming
from apps.repository.models import AuSummary

KIND = "export"
MOST_AUS = 10_000
AT_ONCE = 100


def ask_export(
    *,
    aus: Sequence[Au],
    what: str,
    options: ExportOptions,
    user: User | None,
    request_key: UUID | None = None,
) -> tuple[Export, Job]:
    """An export and its job, which the caller wakes. One ``request_key``, one export; ExportRefused says why not.

    What the person may not have is left out and told among the findings; where that is all, it is refused.
    """
    if request_key and (before := Export.objects.filter(request_key=request_key).first()) is not None:
        return before, job_of(before) or jobs.open_job(kind=KIND, subject=before.job_subject)
    keys = [au.pk for au in aus]
    _refuse(aus, options)
    auditor = allowed.is_auditor(user)
    hidden = allowed.hidden_from(user, keys, auditor=auditor)
    if len(hidden) == len(keys):
        raise ExportRefused(
            "export-hidden", gettext("What the node may not show you cannot be exported, either.")
        )
    stored = AuSummary.objects.filter(au_key__in=set(keys) - hidden)
    totals = stored.aggregate(
        files=Sum("versions"), bytes=Sum("size"), newest=Sum("current_size"), urls=Sum("urls")
    )
    one_each = options.format.is_files or options.max_versions == 1
    size = totals["newest" if one_each else "bytes"] or 0
    refuse_without_room(more=size)
    try:
        with transaction.atomic():
            row = Export.objects.create(
                what=storable(what, 500),
                options=options.told(),
                user=user,
                is_audit=auditor,
                request_key=request_key,
                total_aus=len(keys),
                total_files=totals["urls" if one_each else "files"] or 0,
                total_bytes=size,
            )
            ExportUnit.objects.bulk_create(
                (ExportUnit(export=row, au=au, position=number) for number, au in enumerate(aus)),
                batch_size=1_000,
            )
            told = {"what": row.what, "options": row.options, "aus": [au.auid for au in aus[:50]]}
            audit(user=user, action="exports.ask", subject=row.job_subject, after={**told, "count": len(aus)})
            return row, jobs.open_job(kind=KIND, subject=row.job_subject, total=size)
    except IntegrityError:
        # The same form, sent twice at the same moment.
        before = Export.objects.get(request_key=request_key)
        return before, job_of(before) or jobs.open_job(kind=KIND, subject=before.job_subject)


def _refuse(aus: Sequence[Au], options: ExportOptions) -> None:
    if not aus:
        raise ExportRefused("export-nothing", gettext("Nothing was chosen to export."))
    if len(aus) > MOST_AUS:
        said = gettext("One export is of at most %(most)d archival units.")
        raise ExportRefused("export-too-many", said % {"most": MOST_AUS})
    if options.naming is Naming.LOCKSS_1 and len(aus) > 1:
        raise ExportRefused(
            "export-naming",
            gettext("Names as LOCKSS 1.x gives them do not tell archival units apart: export one at a time."),
        )


def job_of(export: Export) -> Job | None:
    return held_jobs.newest_job(KIND, export)


def make_export(*, export_id: int, tell: Tell) -> Export:
    """Job: makes what is not whole yet. ExportRefused where it cannot be done now."""
    row = Export.objects.get(pk=export_id)
    if row.state in (ExportState.DONE, ExportState.DROPPED):
        return row
    at = now()
    Export.objects.filter(pk=row.pk).update(
        state=ExportState.WAITING,
        error="",
        expires_at=None,
        begun_at=at,
        begun_bytes=row.done_bytes,
        updated_at=at,
    )
    row.refresh_from_db()
    try:
        Worker(row, tell).run()
    except StoreAwayError as error:
        raise ExportRefused("export-store-away", str(error)) from error
    except PartChangedError as error:
        _begin_anew(row)
        raise ExportRefused("export-part-changed", str(error)) from error
    except OSError as error:
        if not is_full(error):
            raise
        raise ExportRefused("export-disk-full", gettext("The disk of the exports is full.")) from error
    except OvertakenError as error:
        raise jobs.LeaseLost from error
    row.refresh_from_db()
    return row


def _begin_anew(row: Export) -> None:
    """A part rotted before it was put into its container: the AU's parts are made again."""
    with transaction.atomic():
        for unit in row.units.select_for_update().filter(state=UnitState.WAITING):
            unit.files.all().delete()
            row.done_bytes -= unit.bytes
            row.done_files -= unit.captures
            row.findings -= unit.findings
            ExportUnit.objects.filter(pk=unit.pk).update(
                after="", is_read=False, serial=0, urls=0, captures=0, bytes=0, left_out=0, findings=0
            )
            unit.finding_rows.all().delete()
        row.save(update_fields=["done_bytes", "done_files", "findings", "updated_at"])


def note_failure(*, export: Export, message: str) -> None:
    """Nothing more is done to it. Its parts stay for as long as a whole export would: tried again, it goes on there."""
    at = now()
    Export.objects.filter(pk=export.pk, state=ExportState.WAITING).update(
        state=ExportState.FAILED, error=storable(message), expires_at=allowed.expiry(at), updated_at=at
    )


def pause(*, export: Export, user: User) -> bool:
    return _held(export, user, "jobs.pause", lambda job: jobs.pause(job=job))


def resume(*, export: Export, user: User) -> bool:
    return _held(export, user, "jobs.resume", lambda job: jobs.resume(job=job))


def stop(*, export: Export, user: User) -> bool:
    """Its files that are whole stay until it is deleted."""
    done = _held(export, user, "jobs.cancel", lambda job: jobs.cancel(job=job))
    if done:
        note_failure(export=export, message="")
    return done


def due_now(job: Job) -> None:
    """Somebody waits for it: the pause before its next attempt is cut short."""
    Job.objects.filter(pk=job.pk, state=JobState.WAITING, paused_at=None).update(run_after=now())


def retry(*, export: Export, user: User | None) -> Job | None:
    """Goes on with the first part that is not whole; the caller wakes the job. None where there is nothing to do."""
    with transaction.atomic():
        row = Export.objects.select_for_update().get(pk=export.pk)
        if row.state != ExportState.FAILED:
            return None
        row.state, row.error, row.expires_at = ExportState.WAITING, "", None
        row.save(update_fields=["state", "error", "expires_at", "updated_at"])
        job = jobs.open_job(kind=KIND, subject=row.job_subject, total=row.total_bytes)
        audit(user=user, action="exports.retry", subject=row.job_subject)
        return job


def drop(*, export: Export, user: User) -> bool:
    """A person wants its files gone now; False while it is being made."""
    with transaction.atomic():
        row = Export.objects.select_for_update().get(pk=export.pk)
        if row.state not in (ExportState.DONE, ExportState.FAILED):
            return False
        _drop(row)
        audit(user=user, action="exports.drop", subject=row.job_subject)
    shutil.rmtree(export.folder, ignore_errors=True)
    return True


def _drop(row: Export) -> None:
    # Rows first, so that none names a file that is gone; the scanner takes the folder where a kill left it.
    row.state, row.expires_at = ExportState.DROPPED, None
    row.save(update_fields=["state", "expires_at", "updated_at"])


def _held(export: Export, user: User, action: str, act: Callable[[Job], bool]) -> bool:
    return held_jobs.act_on(KIND, export, user, action, act)


def close_lost() -> None:
    """Scanner, and whoever looks at them: exports whose job came to nothing say so."""
    for row, error in held_jobs.lost(KIND, Export.objects.filter(state=ExportState.WAITING)):
        note_failure(export=row, message=error)


def drop_old() -> int:
    """Scanner: files of exports whose time is over, and folders that nobody knows."""
    dropped = 0
    for row in Export.objects.filter(expires_at__lte=now()).order_by("expires_at")[:AT_ONCE]:
        with transaction.atomic():
            locked = Export.objects.select_for_update().get(pk=row.pk)
            if locked.expires_at is None or locked.expires_at > now():
                continue
            _drop(locked)
        dropped += 1
    for row in Export.objects.filter(state=ExportState.DROPPED).order_by("-pk")[:AT_ONCE]:
        shutil.rmtree(row.folder, ignore_errors=True)
    return dropped
