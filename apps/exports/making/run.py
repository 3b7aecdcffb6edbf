"""Makes an export, AU by AU and part by part: killed at any moment it goes on with the first part that is not whole."""

import csv
import errno
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext

from apps.common import disks
from apps.common.clock import now
from apps.common.disks import DiskLevel
from apps.common.display import size_text
from apps.exports import allowed
from apps.exports.choices import ExportFindingCode, ExportState, FileKind, UnitState
from apps.exports.errors import ExportRefused
from apps.exports.making import containers, evidence
from apps.exports.making.content import StoreAwayError
from apps.exports.making.out import OutFile, Written
from apps.exports.making.parts import CONTAINED, Making, OvertakenError, make_part
from apps.exports.models import Export, ExportFile, ExportFinding, ExportUnit
from apps.lockss.packages import ExportOptions, OptionFault, PackageFormat, container_name, options_of
from apps.repository import services as repository

LOOK_EVERY = 64 << 20
REPORT, SUMS = "report.csv", "SHA256SUMS"
_FULL = (errno.ENOSPC, errno.EDQUOT)
Tell = Callable[[int, int], object]
"""Told of captures and bytes that are done, in all; raises where the work is somebody else's by now."""


class Worker:
    """One attempt to make an export."""

    def __init__(self, export: Export, tell: Tell) -> None:
        self.export = export
        self._tell = tell
        self._done = export.done_bytes
        self._since_look = LOOK_EVERY
        found = options_of(export.options)
        if isinstance(found, OptionFault):
            raise ExportRefused("export-options", f"{found.option}: {found.found}; {found.expected}")
        self.options: ExportOptions = found

    def run(self) -> None:
        """ExportRefused where it cannot be done; OSError where the disk refuses."""
        self.export.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(self.export)
        units = self.export.units.filter(state=UnitState.WAITING).order_by("position")
        for pk in list(units.values_list("pk", flat=True)):
            unit = ExportUnit.objects.select_related("au__title", "au__publisher").get(pk=pk)
            self._unit(unit)
        self._lists()

    def _unit(self, unit: ExportUnit) -> None:
        au = unit.au
        if au is None or not repository.summary(auid=au.auid).versions:
            self._nothing(unit, UnitState.EMPTY, ExportFindingCode.EMPTY)
            return
        if allowed.hidden(self.export, [au.pk]):
            self._nothing(unit, UnitState.HIDDEN, ExportFindingCode.HIDDEN)
            return
        making = Making(self.export, self.options, evidence.about_au(au, self.export), self.beat)
        while not unit.is_read:
            self.look()
            unit = make_part(making, unit)
            self.export.refresh_from_db()
            self._done = self.export.done_bytes
            self.beat(0)
        if self.options.format in CONTAINED:
            self._contain(making, unit)
        ExportUnit.objects.filter(pk=unit.pk).update(state=UnitState.DONE)

    def _nothing(self, unit: ExportUnit, state: UnitState, code: ExportFindingCode) -> None:
        with transaction.atomic():
            if not ExportUnit.objects.filter(pk=unit.pk, state=UnitState.WAITING).update(
                state=state, findings=1
            ):
                raise OvertakenError
            ExportFinding.objects.create(export=self.export, unit=unit, code=code)
            row = Export.objects.select_for_update().get(pk=self.export.pk)
            row.findings += 1
            row.save(update_fields=["findings", "updated_at"])

    def _contain(self, making: Making, unit: ExportUnit) -> None:
        """A WACZ or a bag of the AU's parts, which go once it is whole."""
        if unit.au is None:
            return
        rows = list(unit.files.filter(kind=FileKind.PART).order_by("pk"))
        parts = [
            containers.Part(row.path, row.size, {"sha256": row.sha256, "sha512": row.sha512}, row.index_path)
            for row in rows
        ]
        folder, options = self.export.folder, self.options
        wacz = options.format is PackageFormat.WACZ
        name = container_name(making.stamp, "wacz" if wacz else "tar")
        beat = self._watch
        self.look()
        with OutFile(folder / name) as out:
            if wacz:
                pages = evidence.start_pages(unit.au)
                containers.write_wacz(out, making.about, parts, pages, folder=folder, beat=beat)
            else:
                containers.write_bag(
                    out,
                    making.about,
                    parts,
                    self._tags(making, unit),
                    root=container_name(making.stamp),
                    contact=[("Source-Organization", settings.NODE.name)],
                    folder=folder,
                    beat=beat,
                )
            written = out.whole()
            self._enter(unit, out, written)
        for row in rows:
            row.path.unlink(missing_ok=True)
            row.index_path.unlink(missing_ok=True)

    def _enter(self, unit: ExportUnit, out: OutFile, written: Written) -> None:
        with transaction.atomic():
            locked = ExportUnit.objects.select_for_update().get(pk=unit.pk)
            if locked.state != UnitState.WAITING:
                raise OvertakenError(written.path.name)
            out.place()
            captures = unit.files.filter(kind=FileKind.PART).aggregate(n=Sum("captures"))["n"] or 0
            unit.files.filter(kind=FileKind.PART).delete()
            _add_file(self.export, unit, FileKind.FILE, written, captures)
            locked.state = UnitState.DONE
            locked.save(update_fields=["state"])

    def _tags(self, making: Making, unit: ExportUnit) -> dict[str, bytes]:
        assert unit.au is not None  # noqa: S101 - asked before
        rows = ExportFinding.objects.filter(unit=unit).order_by("pk")
        about = making.about.told() | {
            "urls": unit.urls,
            "captures": unit.captures,
            "bytes": unit.bytes,
            "findings_count": unit.findings,
        }
        return {
            "lockss/au.json": containers.json_file(about),
            "lockss/agreements.json": containers.json_file(evidence.agreements(unit.au)),
            "lockss/report.csv": b"".join(report_lines(rows.iterator())),
        }

    def _lists(self) -> None:
        """The report of what is not in it, the list of digests, and the end."""
        folder, export = self.export.folder, self.export
        rows = ExportFinding.objects.filter(export=export).order_by("pk").select_related("unit__au")
        with OutFile(folder / REPORT) as report:
            for line in report_lines(rows.iterator()):
                report.write(line)
            written = report.whole()
            report.place()
        with transaction.atomic():
            row = Export.objects.select_for_update().get(pk=export.pk)
            if row.state != ExportState.WAITING:
                raise OvertakenError
            row.files.filter(kind=FileKind.LIST).delete()
            _add_file(row, None, FileKind.LIST, written, 0)
            with OutFile(folder / SUMS) as sums:
                for file in row.files.order_by("name"):
                    sums.write(f"{file.sha256}  {file.name}\n".encode())
                listed = sums.whole()
                sums.place()
            _add_file(row, None, FileKind.LIST, listed, 0)
            at = now()
            row.state, row.made_at, row.error = ExportState.DONE, at, ""
            row.expires_at = allowed.expiry(at)
            row.size = row.files.aggregate(n=Sum("size"))["n"] or 0
            row.save()
        sweep(export)

    def beat(self, number: int) -> None:
        """``number`` bytes of content more are written."""
        self._done += number
        self._watch(number)

    def _watch(self, number: int) -> None:
        """The same of bytes that are written a second time: they fill the disk, and are no progress."""
        self._since_look += number
        if self._since_look >= LOOK_EVERY:
            self.look()
        self._tell(self.export.done_files, self._done)

    def look(self) -> None:
        """ExportRefused where the disk or the quota leaves no room."""
        self._since_look = 0
        refuse_without_room(self.export)


def refuse_without_room(export: Export | None = None, more: int = 0) -> None:
    """ExportRefused. ``more`` bytes are about to be written."""
    if disks.export_level() >= DiskLevel.NO_CRAWLS:
        raise ExportRefused("export-disk-full", gettext("The disk of the exports is nearly full."))
    quota = settings.NODE.export_quota_bytes
    if not quota:
        return
    taken = taken_bytes() + more
    if taken > quota:
        raise ExportRefused(
            "export-quota",
            gettext("Exports may take %(quota)s together, and would take %(taken)s.")
            % {"quota": size_text(quota), "taken": size_text(taken)},
        )


def taken_bytes() -> int:
    """What lies in the folder of exports, files that are being made too."""
    found = 0
    for folder, _folders, names in os.walk(settings.NODE.export_dir):
        for name in names:
            try:
                found += (Path(folder) / name).stat().st_size
            except OSError:
                continue
    return found


def is_full(error: OSError) -> bool:
    return error.errno in _FULL


def sweep(export: Export) -> None:
    """What a killed worker left: files that have no row."""
    names = set(export.files.values_list("name", flat=True))
    for path in export.folder.iterdir():
        if path.name.removesuffix(".cdxj") not in names and not _is_of_living(path):
            path.unlink(missing_ok=True)


def _is_of_living(path: Path) -> bool:
    """A file under the own name of a process that runs: of a worker that lost its lease and does not know yet, say."""
    owner = path.name.rpartition(".")[2]
    if not path.name.startswith(".") or not owner.isdigit() or int(owner) == os.getpid():
        return False
    try:
        os.kill(int(owner), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _add_file(
    export: Export, unit: ExportUnit | None, kind: FileKind, written: Written, captures: int
) -> None:
    ExportFile.objects.create(
        export=export,
        unit=unit,
        kind=kind,
        name=written.path.name,
        size=written.size,
        sha256=written.digests["sha256"],
        captures=captures,
    )


def report_lines(rows: Iterator[ExportFinding]) -> Iterator[bytes]:
    yield _csv(["code", "au", "auid", "url", "version", "exported_instead", "message"])
    for row in rows:
        au = row.unit.au
        values = [row.code, au.slug if au else "", au.auid if au else "", row.url, row.version, row.instead]
        yield _csv([*("" if one is None else str(one) for one in values), row.message])


def _csv(values: list[str]) -> bytes:
    out = io.StringIO()
    safe = [f"'{one}" if one.startswith(("=", "+", "-", "@", "\t", "\r")) else one for one in values]
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue().encode("utf-8", "replace")


__all__ = ["REPORT", "SUMS", "OvertakenError", "StoreAwayError", "Worker", "is_full", "refuse_without_room"]
