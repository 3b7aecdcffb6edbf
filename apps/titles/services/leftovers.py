"""What a stopped program left: imports that say they are being read, and nobody reads them."""

import datetime as dt

from django.db.models import F

from apps.common.choices import OPEN, JobState
from apps.common.clock import now
from apps.common.jobs_here import cancel_silent
from apps.common.models import Job
from apps.common.text import storable
from apps.titles.choices import UNDER_WAY, ImportState, ListSource
from apps.titles.models import ListImport
from apps.titles.services.importing import note_failure

ABANDONED = dt.timedelta(days=1)
STOPPED = "The program that read it was stopped before its end."
BY_HAND = "It was stopped by hand."


def close_lost() -> int:
    """Scanner: imports whose work nobody does any more get their end and its reason; how many there were."""
    closed = 0
    for row in ListImport.objects.filter(state__in=(*UNDER_WAY, ImportState.UNDOING)).order_by("pk")[:500]:
        job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first()
        if job is None:
            # Read by a program that kept no job; it may still be at it.
            if row.updated_at > now() - ABANDONED:
                continue
        elif job.state in OPEN or job.state == JobState.DONE:
            continue
        by_hand = job is not None and job.state == JobState.CANCELLED
        why = (job.error if job else "") or (BY_HAND if by_hand else STOPPED)
        if row.state == ImportState.UNDOING:
            closed += ListImport.objects.filter(pk=row.pk, state=ImportState.UNDOING).update(
                state=ImportState.DONE, error=f"It was not undone: {storable(why)}", version=F("version") + 1
            )
        else:
            note_failure(list_import=row, message=f"{why} Nothing was changed.")
            closed += 1
    return closed


def take_over(list_import: ListImport) -> None:
    """A command reads a list: what killed commands left of the same list gets its end, and no worker goes on with it."""
    left = ListImport.objects.filter(
        title_list_id=list_import.title_list_id,
        source=ListSource.COMMAND,
        state__in=UNDER_WAY,
        pk__lt=list_import.pk,
    )
    for row in left:
        if cancel_silent(subject=row.job_subject):
            message = f"{STOPPED} Import {list_import.pk} read the list instead. Nothing was changed."
            note_failure(list_import=row, message=message)


def is_overtaken(list_import: ListImport) -> bool:
    """A later command has read the list since this one was killed: going on would bring back what is older."""
    if list_import.source != ListSource.COMMAND or list_import.state not in UNDER_WAY:
        return False
    later = ListImport.objects.filter(
        title_list_id=list_import.title_list_id, state=ImportState.DONE, pk__gt=list_import.pk
    )
    other = later.order_by("pk").first()
    if other is None:
        return False
    message = f"{STOPPED} Import {other.pk} read the list later. Nothing was changed."
    note_failure(list_import=list_import, message=message)
    return True
