"""What workers run for title lists."""

from pathlib import Path

from celery import shared_task

from apps.common.jobs import Context, JobFailed, job_handler, wake
from apps.common.models import Job
from apps.titles import services
from apps.titles.choices import ImportState, ListSource
from apps.titles.errors import ListError
from apps.titles.fetching import fetch_list, shown_name
from apps.titles.models import ListAddress, ListImport
from apps.titles.services import addresses
from apps.titles.sources import count_files, read_source


def _row(job: Job) -> ListImport:
    rows = ListImport.objects.select_related("title_list", "user")
    row = rows.filter(pk=int(job.subject.partition(":")[2])).first()
    if row is None:
        raise JobFailed("import-gone", "This import is not there any more.")
    return row


@job_handler(services.KIND)
def import_titles(job: Job, ctx: Context) -> dict:
    row = _row(job)
    if services.is_overtaken(row):
        return {"state": ImportState.FAILED}
    path = Path(row.stored_path)
    total = count_files(path)

    def progress(done: int, known: int | None, note: str) -> None:
        ctx.progress(done, known if known is not None else total, note)

    try:
        if not row.stored_path:
            raise FileNotFoundError(None, "What was read has not been kept")
        done = services.run_import(list_import=row, files=read_source(path, _name(row)), progress=progress)
    except OSError as error:
        message = f"{row.location} cannot be read: {error.strerror or error}. Nothing was changed."
        services.note_failure(list_import=row, message=message)
        raise JobFailed("list-unreadable", message) from error
    return {"state": done.state, "added": done.added, "changed": done.changed, "retired": done.retired}


def _name(row: ListImport) -> str:
    if row.source == ListSource.ADDRESS:
        return shown_name(row.location, row.stored_path)
    return Path(row.location).name


@job_handler(services.UNDO)
def undo_import(job: Job, ctx: Context) -> dict:
    row = _row(job)
    ctx.progress(0, None, services.undo_note(row))
    try:
        done = services.run_undo(list_import=row)
    except ListError as error:
        raise JobFailed(error.code, str(error)) from error
    return {"state": done.state}


@job_handler(addresses.FETCH)
def fetch_address(job: Job, ctx: Context) -> dict:
    """A fetch that fails is no failed job: it is tried again by its own plan, and its page says so."""
    row = ListAddress.objects.filter(pk=int(job.subject.partition(":")[2])).first()
    if row is None:
        return {"fetched": False}
    if addresses.is_busy(row):
        addresses.put_off(address=row)
        return {"fetched": False, "why": "the last edition is still being read"}
    ctx.progress(0, None, row.url)
    etag, last_modified = addresses.conditions(row)
    try:
        asked = fetch_list(
            url=row.url,
            etag=etag,
            last_modified=last_modified,
            folder=addresses.folder(),
            name=addresses.file_name(row),
        )
    except (ListError, OSError) as error:
        why = str(error) if isinstance(error, ListError) else f"The list could not be kept: {error.strerror}."
        addresses.note_unreached(address=row, message=why)
        return {"fetched": False, "why": why}
    begun = addresses.note_reached(address=row, asked=asked)
    addresses.sweep_files(address=row)
    if begun is not None:
        wake(begun)
    return {"fetched": True, "new": begun is not None}


@shared_task
def scan_lists() -> None:
    for job in addresses.due_addresses():
        wake(job)
    services.close_lost()
