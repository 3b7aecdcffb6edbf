"""Does an undone import once more: at once where nothing else came meanwhile, else as a preview of now."""

import os
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.titles.choices import ImportState
from apps.titles.errors import ListCode, ListError
from apps.titles.models import ListAddress, ListImport
from apps.titles.services.previewing import KIND

# Such an import came to nothing, so that another may take its place.
_NOTHING = (ImportState.FAILED, ImportState.DISCARDED, ImportState.UNDONE)
# What a person agreed to, and the import compares itself with before it writes.
_SHOWN = ("sha256", "files", "added", "changed", "unchanged", "retired", "lines", "titles_changed")
_SAME = ("title_list", "source", "location", "stored_path", "retire")


class Repeat(StrEnum):
    APPLY = "apply"
    READ = "read"
    GONE = "gone"


def repeats_how(row: ListImport) -> Repeat | None:
    """APPLY: its outcome is still the one that stood; READ: another import came meanwhile, so it is shown first;
    GONE: what it read is not kept. None where it was not undone, or was done once more already.
    """
    if row.state != ImportState.UNDONE or repeated_by(row) is not None:
        return None
    if not (row.stored_path and os.path.exists(row.stored_path)):
        return Repeat.GONE
    since = Q(finished_at__gt=row.finished_at) | Q(undone_at__gt=row.finished_at)
    others = ListImport.objects.filter(since, state__in=(ImportState.DONE, ImportState.UNDONE))
    return Repeat.READ if others.exclude(pk=row.pk).exists() else Repeat.APPLY


def repeated_by(row: ListImport) -> ListImport | None:
    """The import that does it once more, unless that came to nothing."""
    return row.repeated.exclude(state__in=_NOTHING).order_by("-pk").first()


def repeat_import(*, list_import: ListImport, version: int, user: User) -> tuple[ListImport, Job | None]:
    """The import that does an undone one again, and its job, which the caller wakes; of a form that was sent twice
    the one that is there, without a job. ListError where it was not undone, the form is an old one, or its file is gone.
    """
    with transaction.atomic():
        rows = ListImport.objects.select_for_update(of=("self",)).select_related("title_list")
        row = rows.get(pk=list_import.pk)
        before = repeated_by(row)
        if row.state == ImportState.UNDONE and before is not None:
            return before, None
        how = repeats_how(row)
        if how is None:
            said = gettext("Import %(number)s cannot be done again: %(state)s.")
            raise ListError(ListCode.WRONG_STATE, said % {"number": row.pk, "state": row.get_state_display()})
        if row.version != version:
            raise ListError(
                ListCode.OLD_FORM,
                gettext("The import has changed since that page was made; look at it again."),
            )
        if how is Repeat.GONE:
            raise ListError(ListCode.WRONG_FILE, gone_text(row))
        return _begin(row, how, user)


def gone_text(row: ListImport) -> str:
    if row.stored_path:
        return gettext("Its file is no longer kept here: bring the list in once more.")
    return gettext("What it read was never kept here: bring the list in once more.")


def _begin(row: ListImport, how: Repeat, user: User) -> tuple[ListImport, Job]:
    given = {name: getattr(row, name) for name in _SAME}
    if how is Repeat.APPLY:
        given |= {name: getattr(row, name) for name in _SHOWN}
        given |= {"state": ImportState.APPLYING, "previewed_at": now()}
    made = ListImport.objects.create(**given, ask=True, user=user, repeats=row)
    # The next edition of an address waits for it.
    ListAddress.objects.filter(last_import=row).update(last_import=made)
    return made, open_job(kind=KIND, subject=made.job_subject)
