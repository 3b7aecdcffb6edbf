"""Plugin registries: entered once, read on a schedule, each of their JARs a row with what became of it."""

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.findings import record_finding, resolve_findings
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.text import storable, without_user
from apps.lockss.fetch import parse_target
from apps.plugins.choices import FileState, RegistryState
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.models import PluginJar, PluginRegistry, RegistryFile

KIND = "plugin-registry"
FAILED = "plugin-registry-failed"
LONGEST_URL = 2_000
LONGEST_PAUSE = dt.timedelta(days=7)
BATCH = 50


def add_registry(
    *, url: str, name: str, needs_permission: bool, user: User, request_key: UUID | None = None
) -> tuple[PluginRegistry, Job]:
    """Follow an address; a job reads it, the caller wakes it. One ``request_key``, one registry. PluginError."""
    url = url.strip()
    if len(url) > LONGEST_URL or url != storable(url, LONGEST_URL) or parse_target(url) is None:
        raise PluginError(PluginCode.NO_REGISTRY, "Expected an address that begins with http:// or https://.")
    if "@" in urlsplit(url).netloc:
        raise PluginError(
            PluginCode.NO_REGISTRY,
            "An address with a user name or password is not kept: everybody here could read it.",
        )
    if request_key is not None and (row := PluginRegistry.objects.filter(request_key=request_key).first()):
        return row, open_job(kind=KIND, subject=row.job_subject)
    try:
        with transaction.atomic():
            row = PluginRegistry.objects.filter(url=url).select_for_update().first()
            if row is not None and row.state != RegistryState.ENDED:
                raise PluginError(
                    PluginCode.NO_REGISTRY, f"This address is followed already, as “{row.name}”."
                )
            row = row or PluginRegistry(url=url)
            row.name = without_user(storable(name.strip() or url, 200))
            row.needs_permission, row.user, row.request_key = needs_permission, user, request_key
            row.state, row.next_at, row.failures, row.reason = RegistryState.WAITING, now(), 0, ""
            # Whatever was known of an ended one is asked for whole.
            row.etag = row.last_modified = ""
            row.version += 1
            row.save()
            audit(user=user, action="plugins.add-registry", subject=f"registry:{row.pk}", after={"url": url})
            return row, open_job(kind=KIND, subject=row.job_subject)
    except IntegrityError:
        # The same form, sent twice at once.
        row = PluginRegistry.objects.get(url=url)
        return row, open_job(kind=KIND, subject=row.job_subject)


def end_registry(*, registry: PluginRegistry, version: int, user: User) -> PluginRegistry:
    """It is read no more; what came from it stays loaded. PluginError for an old form."""
    with transaction.atomic():
        row = PluginRegistry.objects.select_for_update().get(pk=registry.pk)
        if row.state == RegistryState.ENDED:
            return row
        if row.version != version:
            raise PluginError(
                PluginCode.OLD_FORM, "This registry was changed since the page was shown. Look again."
            )
        row.state, row.next_at, row.version = RegistryState.ENDED, None, row.version + 1
        row.save()
        resolve_findings(subject=f"registry:{row.pk}", codes=[FAILED])
        audit(user=user, action="plugins.end-registry", subject=f"registry:{row.pk}", before={"url": row.url})
    return row


def read_now(*, registry: PluginRegistry) -> Job:
    """A person does not want to wait. PluginError for one that is no longer followed."""
    if registry.state == RegistryState.ENDED:
        raise PluginError(
            PluginCode.NO_REGISTRY, "This registry is no longer followed. Enter its address again."
        )
    return open_job(kind=KIND, subject=registry.job_subject)


def due_registries() -> list[Job]:
    """Scanner: a job for each that is due."""
    due = PluginRegistry.objects.filter(next_at__lte=now()).order_by("next_at")[:BATCH]
    return [open_job(kind=KIND, subject=row.job_subject) for row in due]


def note_page(
    *,
    registry: PluginRegistry,
    links: list[str],
    statement: str,
    etag: str,
    last_modified: str,
    page_sha256: str,
) -> list[RegistryFile]:
    """The page was read: its files are rows, those it no longer names are marked. All files that it names."""
    with transaction.atomic():
        row = PluginRegistry.objects.select_for_update().get(pk=registry.pk)
        row.links, row.statement = links, storable(statement, 1000)
        row.etag, row.last_modified, row.page_sha256 = etag, last_modified, page_sha256
        row.save()
        RegistryFile.objects.bulk_create(
            [RegistryFile(registry=row, url=url) for url in links], ignore_conflicts=True
        )
        # An older version kept links with a password as they stood; each has a row without it now.
        row.files.filter(url__regex=r"^[a-z]+://[^/?#]*@").delete()
        row.files.exclude(url__in=links).exclude(state=FileState.GONE).update(
            state=FileState.GONE, updated_at=now()
        )
        row.files.filter(url__in=links, state=FileState.GONE).update(
            state=FileState.WAITING, etag="", last_modified=""
        )
        return list(row.files.filter(url__in=links).order_by("pk"))


def named_files(*, registry: PluginRegistry) -> list[RegistryFile]:
    """Those that the page names, as it stood when it was read last."""
    return list(registry.files.exclude(state=FileState.GONE).order_by("pk"))


def note_file(
    *,
    file: RegistryFile,
    state: FileState,
    reason: str = "",
    jar: PluginJar | None = None,
    etag: str = "",
    last_modified: str = "",
) -> None:
    """What became of one file. A fetch that failed keeps what was had before."""
    values = {"state": state, "reason": storable(reason, 1000), "updated_at": now()}
    if state != FileState.FAILED:
        values |= {"etag": etag, "last_modified": last_modified, "fetched_at": now(), "jar": jar}
    RegistryFile.objects.filter(pk=file.pk).update(**values)


def note_read(*, registry: PluginRegistry) -> PluginRegistry:
    """All of it was asked for; the next time is an interval away, sooner where something failed."""
    failed = registry.files.filter(state=FileState.FAILED).exists()
    odd = failed or registry.files.filter(state=FileState.REFUSED).exists()

    def change(row: PluginRegistry) -> None:
        row.state = RegistryState.PARTLY if odd else RegistryState.GOOD
        row.reason, row.read_at = "", now()
        row.failures = row.failures + 1 if failed else 0
        row.next_at = now() + (_pause(row.failures) if failed else _interval())

    resolve_findings(subject=f"registry:{registry.pk}", codes=[FAILED])
    return _changed(registry, change)


def note_failure(*, registry: PluginRegistry, reason: str, permitted: bool = True) -> PluginRegistry:
    """It could not be read; what came from it before stays loaded."""

    def change(row: PluginRegistry) -> None:
        row.state = RegistryState.FAILED if permitted else RegistryState.NOT_PERMITTED
        row.reason, row.failures = storable(reason, 1000), row.failures + 1
        row.next_at = now() + _pause(row.failures)

    row = _changed(registry, change)
    if row.state != RegistryState.ENDED:
        record_finding(
            code=FAILED,
            subject=f"registry:{row.pk}",
            message=f"The plugin registry “{row.name}” could not be read: {reason} What it gave before stays loaded.",
            app="plugins",
            place=row.url,
        )
    return row


def _changed(registry: PluginRegistry, change: Callable[[PluginRegistry], None]) -> PluginRegistry:
    with transaction.atomic():
        row = PluginRegistry.objects.select_for_update().get(pk=registry.pk)
        if row.state != RegistryState.ENDED:
            change(row)
            row.save()
    return row


def _interval() -> dt.timedelta:
    return dt.timedelta(seconds=settings.NODE.registry_interval)


def _pause(failures: int) -> dt.timedelta:
    pause = dt.timedelta(seconds=settings.NODE.registry_retry) * 2 ** min(max(failures - 1, 0), 20)
    return min(pause, max(LONGEST_PAUSE, _interval()))
