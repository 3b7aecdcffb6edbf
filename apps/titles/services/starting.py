"""Begins imports: at once, or as a row with a job that a worker takes."""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.common.display import count_text
from apps.common.jobs import open_job
from apps.common.jobs_here import held_here
from apps.common.models import Job
from apps.common.text import storable
from apps.common.uploads import Upload, UploadTooLarge, keep_upload
from apps.titles.choices import ListSource
from apps.titles.errors import ListCode, ListError
from apps.titles.kbart_files import is_kbart, read_kbart
from apps.titles.models import ListImport, TitleList
from apps.titles.services.importing import note_failure, run_import
from apps.titles.services.leftovers import take_over
from apps.titles.services.previewing import KIND
from apps.titles.sources import SUFFIXES, read_source, read_texts
from apps.titles.staging import ReadFile
from apps.titles.tdb_files import LARGEST_FILE

FOLDER = "title-lists"
LONGEST_NAME = 200


def import_tdb_folder(
    *, path: Path, list_name: str | None = None, user: User | None = None, retire: bool = False
) -> ListImport:
    """Import a folder, file or archive now. ListError when there is nothing to read; OSError when it cannot be opened."""
    name = list_name or path.resolve().name
    begun = partial(new_import, name, ListSource.COMMAND, str(path), str(path.resolve()), user, retire=retire)
    return _run_here(begun, read_source(path, path.name))


def import_kbart_file(
    *, path: Path, list_name: str, user: User | None = None, retire: bool = False
) -> ListImport:
    """Import a KBART file now, whatever its name ends in. ListError when it is none; OSError when it cannot be opened."""
    if path.stat().st_size > LARGEST_FILE:
        raise ListError(
            ListCode.TOO_LARGE,
            gettext("%(name)s has more than %(most)s bytes.")
            % {"name": path.name, "most": count_text(LARGEST_FILE)},
        )
    data = path.read_bytes()
    if not is_kbart(data):
        message = gettext(
            "%(name)s is no KBART file: no line at its top names a column publication_title."
        ) % {"name": path.name}
        raise ListError(ListCode.WRONG_FILE, message)
    stored = str(path.resolve())
    begun = partial(new_import, list_name, ListSource.COMMAND, str(path), stored, user, retire=retire)
    file = read_kbart(path.name, hashlib.sha256(data).hexdigest(), data)
    return _run_here(begun, [file])


def import_tdb_files(
    *,
    files: Iterable[tuple[str, bytes]],
    list_name: str,
    user: User | None = None,
    retire: bool = False,
) -> ListImport:
    """Import pairs of (name, TDB text) now, as one list."""
    return _run_here(
        partial(new_import, list_name, ListSource.COMMAND, "", "", user, retire=retire), read_texts(files)
    )


def _run_here(begun: Callable[[], ListImport], files: Iterable[ReadFile]) -> ListImport:
    """In this process. Should it be killed, a worker of the node reads the same path again."""
    with ExitStack() as held:
        with transaction.atomic():
            # Killed between the two, a row without a job would look busy for a day.
            row = begun()
            context = held.enter_context(held_here(kind=KIND, subject=row.job_subject))
        try:
            take_over(row)
            return run_import(list_import=row, files=files, progress=context.progress)
        except BaseException as error:
            note_failure(list_import=row, message=f"{_why(error)} Nothing was changed.")
            raise


def _why(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "It was stopped by hand."
    return f"It cannot be read: {getattr(error, 'strerror', None) or error}."


def start_upload(
    *, upload: Upload, list_name: str, user: User, retire: bool = False, request_key: UUID | None = None
) -> tuple[ListImport, Job]:
    """Keep an uploaded list and open a job for its preview; the caller wakes the job. One ``request_key``, one import."""
    if (before := _begun(request_key)) is not None:
        return before
    name = Path(upload.name or "").name
    if not name.lower().endswith((*SUFFIXES, ".zip")):
        raise ListError(
            ListCode.WRONG_FILE,
            gettext("%(name)s: expected a file ending in %(endings)s, or a .zip of them")
            % {"name": name[:80], "endings": ", ".join(SUFFIXES)},
        )
    try:
        stored = keep_upload(upload, FOLDER, f".{name.rpartition('.')[2].lower()}").path
    except UploadTooLarge as error:
        raise ListError(ListCode.TOO_LARGE, str(error)) from None
    return _start(
        list_name, ListSource.UPLOAD, name, str(stored), user, retire=retire, request_key=request_key
    )


def start_folder(
    *, path: Path, list_name: str, user: User, retire: bool = False, request_key: UUID | None = None
) -> tuple[ListImport, Job]:
    """Open a job that previews a folder of this node; the caller wakes it. ListError when it is none."""
    if (before := _begun(request_key)) is not None:
        return before
    if not path.is_absolute() or not _is_folder(path):
        raise ListError(
            ListCode.NO_FOLDER, gettext("There is no folder %(path)s on this node.") % {"path": path}
        )
    location = str(path)
    return _start(
        list_name, ListSource.FOLDER, location, location, user, retire=retire, request_key=request_key
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # A name that is too long for the system, say.
        return False


def start_again(*, title_list: TitleList, user: User, retire: bool = False) -> tuple[ListImport, Job]:
    """Read the list's folder once more."""
    last = title_list.imports.filter(source=ListSource.FOLDER).order_by("-pk").first()
    if last is None:
        raise ListError(ListCode.NO_FOLDER, gettext("This list did not come from a folder of this node."))
    return start_folder(path=Path(last.stored_path), list_name=title_list.name, user=user, retire=retire)


def _begun(request_key: UUID | None) -> tuple[ListImport, Job] | None:
    """What this form began when it was sent before."""
    row = ListImport.objects.filter(request_key=request_key).first() if request_key else None
    return (row, open_job(kind=KIND, subject=row.job_subject)) if row is not None else None


def _start(
    name: str,
    source: ListSource,
    location: str,
    stored: str,
    user: User,
    *,
    retire: bool,
    request_key: UUID | None,
) -> tuple[ListImport, Job]:
    try:
        with transaction.atomic():
            row = new_import(
                name, source, location, stored, user, retire=retire, ask=True, request_key=request_key
            )
            return row, open_job(kind=KIND, subject=row.job_subject)
    except IntegrityError:
        # The same form, sent twice at the same moment.
        before = _begun(request_key)
        if before is None:
            raise
        return before


def new_import(
    name: str, source: ListSource, location: str, stored: str, user: User | None, **given: object
) -> ListImport:
    """The row of an import that begins, and its list where there is none of that name."""
    name = clean_name(name)
    location = storable(location)
    with transaction.atomic():
        found, made = list_called(name, source=source, location=location)
        if not made and (found.source, found.location) != (source, location):
            found.source, found.location = source, location
            found.save(update_fields=["source", "location", "updated_at"])
        return ListImport.objects.create(
            title_list=found, source=source, location=location, stored_path=stored, user=user, **given
        )


def list_called(name: str, **defaults: object) -> tuple[TitleList, bool]:
    """The list of that name, and whether it was made now. ListError as ``check_name`` says."""
    check_name(name)
    return TitleList.objects.get_or_create(name=name, defaults=defaults)


def check_name(name: str, *, own: int | None = None) -> None:
    """ListError where another list has the name in other letters: two names that nobody tells apart are none.

    ``own``: number of the list that gets the name. One that is called just so already is meant by it.
    """
    others = TitleList.objects.exclude(pk=own).values_list("name", flat=True)
    alike = [other for other in others if other.casefold() == name.casefold()]
    if alike and name not in alike:
        raise ListError(
            ListCode.NAME_TAKEN,
            gettext(
                "A list is called “%(name)s”, which differs only in capital letters. Write it just so for that list, "
                "or choose another name."
            )
            % {"name": alike[0]},
        )


def clean_name(name: str) -> str:
    """As lists are named. ListError for nothing at all."""
    name = " ".join(storable(name, LONGEST_NAME).split())
    if not name:
        raise ListError(ListCode.NO_NAME, gettext("The list needs a name."))
    return name
