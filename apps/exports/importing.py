"""The only writer of imports: packages found, asked for, taken by a job, paused, stopped, tried again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.models import Au
from apps.common import jobs
from apps.common.choices import OPEN
from apps.common.clock import now
from apps.common.models import Job
from apps.common.stored import in_english
from apps.common.text import storable
from apps.exports import held_jobs
from apps.exports.choices import ImportState
from apps.exports.errors import ImportRefused
from apps.exports.models import Package, PackageFinding, PackageImport
from apps.exports.taking import folder
from apps.exports.taking.packages import take_package
from apps.exports.taking.report import ImportReport
from apps.exports.tally import Tally

KIND = "import-package"
# Two into one AU wait for each other, and a large one takes hours.
ATTEMPTS = 30
Tell = Callable[[int, int], None]


def look() -> int:
    """Rows of what lies in the folder now; how many other things lie there. OSError where it cannot be read."""
    found, others = folder.packages()
    there = {one.name: one for one in found}
    with transaction.atomic():
        known = {row.name: row for row in Package.objects.select_for_update()}
        Package.objects.filter(name__in=set(known) - set(there)).delete()
        changed = [
            one
            for one in found
            if one.name not in known
            or (known[one.name].size, known[one.name].modified_at) != (one.size, one.modified_at)
        ]
        Package.objects.bulk_create(
            (Package(name=one.name, size=one.size, modified_at=one.modified_at) for one in changed),
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["size", "modified_at"],
            batch_size=1_000,
        )
    return others


def ask_import(
    *, packages: Sequence[Package], user: User | None, into: str = "", request_key: UUID | None = None
) -> list[tuple[PackageImport, Job]]:
    """An import and its job for each package, which the caller wakes. One ``request_key``, one import of each.

    ``into``: AUID to take it as, whatever it says of itself. ImportRefused where this node has no such AU. A package
    whose import is not over yet is not taken a second time: that import is the answer, or ImportRefused where it goes
    into another AU than ``into``.
    """
    au = Au.objects.filter(auid=into).first() if into else None
    if into and au is None:
        raise ImportRefused(
            "package-au-unknown", gettext("This node has no archival unit of this AUID: select it first.")
        )
    return [_ask(package, user, au, request_key) for package in packages]


def _ask(package: Package, user: User | None, au: Au | None, key: UUID | None) -> tuple[PackageImport, Job]:
    try:
        with transaction.atomic():
            # Of two who ask at the same moment the second finds the import of the first.
            Package.objects.select_for_update().filter(pk=package.pk).first()
            row = _before(package, key)
            if row is None:
                into = au.auid if au else ""
                row = PackageImport.objects.create(
                    name=package.name, size=package.size, user=user, into=into, au=au, request_key=key
                )
                told = {"file": row.name, "size": row.size, "into": into}
                audit(user=user, action="exports.import-ask", subject=row.job_subject, after=told)
            elif au is not None and row.into != au.auid:
                raise ImportRefused("package-being-taken", _already(row))
            return row, _job(row)
    except IntegrityError:
        row = PackageImport.objects.get(request_key=key, name=package.name)
        return row, _job(row)


def _already(row: PackageImport) -> str:
    if row.au is None:
        return gettext("The package is already being taken into the archival unit that it names.")
    return gettext("The package is already being taken into %s.") % row.au.name


def _before(package: Package, key: UUID | None) -> PackageImport | None:
    same = PackageImport.objects.filter(name=package.name)
    sent = same.filter(request_key=key).first() if key else None
    return sent or same.filter(state=ImportState.WAITING).order_by("-pk").first()


def _job(row: PackageImport) -> Job:
    found = job_of(row)
    if found is not None and (row.state != ImportState.WAITING or found.state in OPEN):
        return found
    return jobs.open_job(kind=KIND, subject=row.job_subject, total=row.size, max_attempts=ATTEMPTS)


def job_of(row: PackageImport) -> Job | None:
    return held_jobs.newest_job(KIND, row)


def take(*, import_id: int, tell: Tell) -> PackageImport:
    """Job: takes the package, from its beginning; what an attempt before has stored is here and not stored again.

    ``tell`` hears how many bytes were read, and of how many. ImportRefused where nothing of it can be taken.
    """
    row = PackageImport.objects.get(pk=import_id)
    if row.state == ImportState.DONE:
        return row
    tally = Tally(row)
    at = now()
    PackageImport.objects.filter(pk=row.pk).update(
        state=ImportState.WAITING, error="", begun_at=row.begun_at or at, updated_at=at
    )
    with in_english():
        report = take_package(
            row.name,
            lambda: folder.opened(row.name, tell),
            au=row.into or None,
            known=_is_known,
            kept=tally.kept,
        )
    with transaction.atomic():
        locked = PackageImport.objects.select_for_update().get(pk=row.pk)
        if locked.state != ImportState.WAITING:
            # Somebody stopped it, or another worker was faster.
            raise jobs.LeaseLost
        _finish(locked, report, tally.before)
    return locked


def _finish(row: PackageImport, report: ImportReport, before: int) -> None:
    row.finding_rows.all().delete()
    PackageFinding.objects.bulk_create(
        (
            PackageFinding(
                taking=row,
                code=one.code,
                place=storable(one.place),
                found=storable(one.found),
                expected=storable(one.expected),
            )
            for one in report.findings
        ),
        batch_size=1_000,
    )
    row.au = Au.objects.get(auid=report.auid)
    # Those that an attempt before has stored were found to be here by this one.
    row.held = max(0, report.held - before)
    row.urls, row.equal, row.unequal, row.findings = report.urls, report.equal, report.unequal, report.count
    row.state, row.taken_at = ImportState.DONE, now()
    row.save()
    numbers = {"new": row.new, "held": row.held, "findings": row.findings}
    _note(row.user, row.name, row.au, **numbers, **{"import": row.pk})


def import_package(*, path: Path, user: User | None, au: str | None = None) -> ImportReport:
    """Take a package of this or another node into the store. ``au``: as this AUID, whatever it says of itself.

    ImportRefused where nothing of it can be taken. What was stored before a fault stays; taken again, it is held.
    """
    report = take_package(path.name, lambda: path.open("rb"), au=au, known=_is_known)
    unit = Au.objects.get(auid=report.auid)
    with transaction.atomic():
        _note(user, path.name, unit, new=report.new, held=report.held, findings=report.count)
    return report


def _is_known(auid: str) -> bool:
    return Au.objects.filter(auid=auid).exists()


def _note(user: User | None, name: str, au: Au, **numbers: int) -> None:
    audit(user=user, action="exports.import", subject=f"au:{au.pk}", after={"file": name, **numbers})


def note_failure(*, row: PackageImport, message: str) -> None:
    """Nothing more is done to it until somebody has it tried again."""
    PackageImport.objects.filter(pk=row.pk, state=ImportState.WAITING).update(
        state=ImportState.FAILED, error=storable(message), updated_at=now()
    )


def pause(*, row: PackageImport, user: User) -> bool:
    return _held(row, user, "jobs.pause", lambda job: jobs.pause(job=job))


def resume(*, row: PackageImport, user: User) -> bool:
    return _held(row, user, "jobs.resume", lambda job: jobs.resume(job=job))


def stop(*, row: PackageImport, user: User) -> bool:
    """What it has stored stays."""
    done = _held(row, user, "jobs.cancel", lambda job: jobs.cancel(job=job))
    if done:
        note_failure(row=row, message="")
    return done


def _held(row: PackageImport, user: User, action: str, act: Callable[[Job], bool]) -> bool:
    return held_jobs.act_on(KIND, row, user, action, act)


def retry(*, row: PackageImport, user: User | None) -> Job | None:
    """Goes through the package again; the caller wakes the job. None where there is nothing to do."""
    with transaction.atomic():
        locked = PackageImport.objects.select_for_update().get(pk=row.pk)
        if locked.state != ImportState.FAILED:
            return None
        locked.state, locked.error = ImportState.WAITING, ""
        locked.save(update_fields=["state", "error", "updated_at"])
        audit(user=user, action="exports.import-retry", subject=locked.job_subject)
        return _job(locked)


def close_lost() -> None:
    """Scanner, and whoever looks at them: imports whose job came to nothing say so."""
    for row, error in held_jobs.lost(KIND, PackageImport.objects.filter(state=ImportState.WAITING)):
        note_failure(row=row, message=error)
