"""Lists that follow an address: who wants which, when it is asked next, and what came of it.

A list from an address never retires by itself. Of an address one edition waits at most: a newer one takes its place.
"""

import datetime as dt
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common import pace
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.text import storable
from apps.titles.choices import ENDED, UNDER_WAY, Every, ImportState, ListSource
from apps.titles.errors import ListCode, ListError
from apps.titles.fetching import Asked, clean_address
from apps.titles.models import ListAddress, ListImport, PreviewLine
from apps.titles.services.previewing import KIND
from apps.titles.services.starting import FOLDER, clean_name, list_called, new_import

FETCH = "fetch-list"
# Of an import that is still under way when its address is due again.
WAIT = dt.timedelta(minutes=10)
AT_ONCE = 200
# Whoever asks for a list after these wants it read again, although it is the same.
UNWANTED = (ImportState.DISCARDED, ImportState.UNDONE, ImportState.FAILED)


def subscribe(
    *, url: str, list_name: str, every: str, by_itself: bool, user: User, request_key: UUID | None = None
) -> tuple[ListAddress, Job]:
    """Follow an address from now on; the caller wakes the job of the first fetch. One ``request_key``, one address."""
    if (before := _begun(request_key)) is not None:
        return before
    url, name = clean_address(url), clean_name(list_name)
    try:
        with transaction.atomic():
            found, _ = list_called(name, source=ListSource.ADDRESS, location=url)
            if ListAddress.objects.filter(title_list=found).exists():
                raise ListError(
                    ListCode.HAS_ADDRESS,
                    gettext("The list %(name)s follows an address already; change it on its page.")
                    % {"name": name},
                )
            row = ListAddress.objects.create(
                title_list=found,
                url=url,
                every=every,
                by_itself=by_itself,
                user=user,
                next_at=now(),
                month_day=_month_day(every, now()),
                request_key=request_key,
            )
            _record(row, user, "titles.follow", {"url": url, "every": every, "by_itself": by_itself})
            return row, open_job(kind=FETCH, subject=row.job_subject)
    except IntegrityError:
        # The same form, sent twice at the same moment.
        before = _begun(request_key)
        if before is None:
            raise ListError(
                ListCode.HAS_ADDRESS,
                gettext("The list %(name)s follows an address already.") % {"name": name},
            ) from None
        return before


def _month_day(every: str, at: dt.datetime) -> int | None:
    """The day that is meant; a month that is too short for it does not move those that follow."""
    return pace.day_of_month(at) if every == Every.MONTH else None


def _begun(request_key: UUID | None) -> tuple[ListAddress, Job] | None:
    row = ListAddress.objects.filter(request_key=request_key).first() if request_key else None
    return (row, open_job(kind=FETCH, subject=row.job_subject)) if row is not None else None


def change_address(
    *, address: ListAddress, version: int, url: str, every: str, by_itself: bool, user: User
) -> ListAddress:
    """Another address, another pace; one that was stopped is followed again. It is asked at once."""
    url = clean_address(url)
    with transaction.atomic():
        row = _own(address, version)
        before = {"url": row.url, "every": row.every, "by_itself": row.by_itself}
        if url != row.url:
            row.etag = row.last_modified = row.sha256 = ""
        if every != row.every:
            row.month_day = _month_day(every, now())
        row.url, row.every, row.by_itself, row.user = url, every, by_itself, user
        row.next_at, row.failures, row.error = now(), 0, ""
        row.version += 1
        row.save()
        after = {"url": url, "every": every, "by_itself": by_itself}
        _record(row, user, "titles.change-address", after, before)
    return row


def stop_address(*, address: ListAddress, version: int, user: User) -> None:
    """Ask it no more. What it brought stays."""
    with transaction.atomic():
        row = _own(address, version)
        row.next_at = None
        row.version += 1
        row.save(update_fields=["next_at", "version", "updated_at"])
        _record(row, user, "titles.stop-address", {"url": row.url})


def fetch_now(*, address: ListAddress, user: User) -> Job:
    """A person does not want to wait; the caller wakes the job. The schedule stays as it is, also a stopped one."""
    with transaction.atomic():
        row = ListAddress.objects.select_for_update().get(pk=address.pk)
        last = ListImport.objects.filter(pk=row.last_import_id).first()
        if last is not None and last.state in UNWANTED:
            row.etag = row.last_modified = row.sha256 = ""
            row.save(update_fields=["etag", "last_modified", "sha256", "updated_at"])
        _record(row, user, "titles.fetch", {"url": row.url})
        return open_job(kind=FETCH, subject=row.job_subject)


def _own(address: ListAddress, version: int) -> ListAddress:
    row = ListAddress.objects.select_for_update(of=("self",)).select_related("title_list").get(pk=address.pk)
    if row.version != version:
        raise ListError(
            ListCode.OLD_FORM,
            gettext("The address has been changed since that page was made; look at it again."),
        )
    return row


def _record(row: ListAddress, user: User, action: str, after: dict, before: dict | None = None) -> None:
    audit(user=user, action=action, subject=f"title-list:{row.title_list.name}", after=after, before=before)


def due_addresses() -> list[Job]:
    """Scanner: a job for every address whose time has come; the caller wakes them."""
    rows = ListAddress.objects.filter(next_at__lte=now()).order_by("next_at", "pk")[:AT_ONCE]
    return [open_job(kind=FETCH, subject=row.job_subject) for row in rows]


def is_busy(address: ListAddress) -> bool:
    """What it brought last is still being read or applied: the next edition waits for that."""
    return ListImport.objects.filter(pk=address.last_import_id, state__in=UNDER_WAY).exists()


def conditions(address: ListAddress) -> tuple[str, str]:
    """ETag and date to ask with; none where the edition that they mean came to nothing."""
    last = ListImport.objects.filter(pk=address.last_import_id).first()
    if last is None or last.state == ImportState.FAILED:
        return "", ""
    return address.etag, address.last_modified


def put_off(*, address: ListAddress) -> None:
    _planned(address).update(next_at=now() + WAIT)


def note_unreached(*, address: ListAddress, message: str) -> None:
    """It failed: when it is tried again, ever later but never later than planned anyway."""
    failures = address.failures + 1
    pause = dt.timedelta(seconds=settings.NODE.list_retry_interval) * 2 ** min(failures - 1, 20)
    at = now()
    _rows(address).update(failures=failures, error=storable(message), asked_at=at, updated_at=at)
    planned = pace.after(address.every, at, at, month_day=address.month_day)
    _planned(address).update(next_at=min(at + pause, planned))


def note_reached(*, address: ListAddress, asked: Asked) -> Job | None:
    """An answer: the job of the import that it begins, which the caller wakes; None where nothing is new."""
    at = now()
    with transaction.atomic():
        row = (
            ListAddress.objects.select_for_update(of=("self",))
            .select_related("title_list", "user")
            .get(pk=address.pk)
        )
        row.failures, row.error, row.asked_at, row.reached_at = 0, "", at, at
        if row.next_at is not None:
            # One that was followed before its day was kept means the day for which it is planned.
            row.month_day = row.month_day or _month_day(row.every, row.next_at)
            row.next_at = pace.after(row.every, at, at, month_day=row.month_day)
        job = None
        if row.url == address.url and asked.path is not None:
            row.etag, row.last_modified = asked.etag, asked.last_modified
            last = ListImport.objects.filter(pk=row.last_import_id).first()
            if row.sha256 != asked.sha256 or last is None or last.state == ImportState.FAILED:
                job = _begin(row, last, asked)
        row.save()
    return job


def _begin(row: ListAddress, last: ListImport | None, asked: Asked) -> Job:
    if last is not None:
        _replace(last)
    made = new_import(
        row.title_list.name, ListSource.ADDRESS, row.url, str(asked.path), row.user, ask=not row.by_itself
    )
    row.last_import, row.sha256 = made, asked.sha256
    return open_job(kind=KIND, subject=made.job_subject)


def _replace(last: ListImport) -> None:
    """An edition that nobody has decided about gives way to the newer one."""
    at = now()
    given_up = ListImport.objects.filter(pk=last.pk, state=ImportState.PREVIEW).update(
        state=ImportState.DISCARDED,
        finished_at=at,
        updated_at=at,
        version=last.version + 1,
        error="A newer edition of the list was fetched before anybody decided about this one.",
    )
    if given_up:
        PreviewLine.objects.filter(list_import=last).delete()


def _rows(address: ListAddress):
    return ListAddress.objects.filter(pk=address.pk)


def _planned(address: ListAddress):
    """Not the one that a person has stopped meanwhile."""
    return _rows(address).filter(next_at__isnull=False)


def folder() -> Path:
    return Path(settings.NODE.media_dir) / FOLDER


def file_name(address: ListAddress) -> str:
    return f"address-{address.pk}"


def sweep_files(*, address: ListAddress) -> None:
    """Files of editions that were read to their end, or never begun, are not needed again."""
    needed = set(
        ListImport.objects.filter(~Q(state__in=ENDED), source=ListSource.ADDRESS).values_list(
            "stored_path", flat=True
        )
    )
    for path in folder().glob(f"{file_name(address)}-*"):
        if str(path) not in needed:
            path.unlink(missing_ok=True)
