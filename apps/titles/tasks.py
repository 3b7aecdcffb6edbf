"""What workers run for title lists."""

from pathlib import Path

from apps.common.jobs import Context, JobFailed, job_handler
from apps.common.models import Job
from apps.titles import services
from apps.titles.models import ListImport
from apps.titles.sources import count_files, read_source


@job_handler(services.KIND)
def import_titles(job: Job, ctx: Context) -> dict:
    row = ListImport.objects.select_related("title_list", "user").get(pk=int(job.subject.partition(":")[2]))
    path = Path(row.stored_path)
    total = count_files(path)

    def progress(done: int, known: int | None, note: str) -> None:
        ctx.progress(done, known if known is not None else total, note)

    try:
        done = services.run_import(
            list_import=row, files=read_source(path, Path(row.location).name), progress=progress
        )
    except OSError as error:
        message = f"{row.location} cannot be read: {error.strerror or error}. Nothing was changed."
        services.note_failure(list_import=row, message=message)
        raise JobFailed("list-unreadable", message) from error
    return {"state": done.state, "added": done.added, "changed": done.changed, "retired": done.retired}
