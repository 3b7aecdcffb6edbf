"""Makes the parts of one AU, each whole and synced before its row says so; what was killed is begun anew."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Protocol, Self

from django.db import transaction
from django.db.models import F

from apps.common.syncing import sync_folder
from apps.exports.choices import ExportFindingCode, FileKind
from apps.exports.making.content import Counts, Filling, Lacking
from apps.exports.making.entries import About, Item
from apps.exports.making.out import Lying, OutFile, Written
from apps.exports.making.trees import MOST_FILES, TreePart
from apps.exports.making.warcs import WarcPart
from apps.exports.models import Export, ExportFile, ExportFinding, ExportUnit
from apps.lockss.packages import ExportOptions, PackageFormat, Stamp, part_name
from apps.repository import services as repository

MIB = 1 << 20
# So many findings stand in the file itself; all of them in the report beside it.
TOLD_INSIDE = 1_000
AT_ONCE = 500
CONTAINED = (PackageFormat.WACZ, PackageFormat.BAGIT)


class OvertakenError(Exception):
    """Another worker has made this part meanwhile."""


class Part(Protocol):
    @property
    def count(self) -> int: ...
    def add(self, item: Item, lying: Lying) -> None: ...
    def finish(self, told: dict[str, object]) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Making:
    """What a worker needs to make the parts of one AU. ``beat`` is told of bytes as they are written."""

    export: Export
    options: ExportOptions
    about: About
    beat: Callable[[int], None]

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.options.prefix, self.about.slug, self.export.created_at, self.options.naming)

    @property
    def algorithms(self) -> tuple[str, ...]:
        return ("sha256", "sha512") if self.options.format is PackageFormat.BAGIT else ("sha256",)

    @property
    def ending(self) -> str:
        kind = self.options.format
        if kind.is_files:
            return "zip" if kind is PackageFormat.ZIP else "tgz"
        return "warc.gz" if self.options.compress else "warc"


def make_part(making: Making, unit: ExportUnit) -> ExportUnit:
    """The next part of the AU; returns its row as it is then."""
    folder = making.export.folder
    path = folder / part_name(making.stamp, unit.serial, making.ending)
    with ExitStack() as stack:
        out = stack.enter_context(OutFile(path, making.algorithms))
        index = stack.enter_context(_Index(path)) if making.options.format is PackageFormat.WACZ else None
        lacking = stack.enter_context(_Lacks(folder))
        part = _part(making, out, unit, index)
        stack.callback(part.close)
        held = stack.enter_context(repository.reader())
        filling = Filling(out, part.add, making.options, held, lacking.add, making.beat)
        rows = repository.all_versions(auid=making.about.auid, after=unit.after or None)
        at_end = filling.fill(rows, _is_full(making, out, part))
        part.finish(_told(making, unit, filling.counts, lacking, at_end=at_end))
        written = out.whole()
        return _enter(
            making, unit, filling.counts, lacking, at_end=at_end, out=out, written=written, index=index
        )


def _part(making: Making, out: OutFile, unit: ExportUnit, index: "_Index | None") -> Part:
    options = making.options
    if options.format.is_files:
        zipped = options.format is PackageFormat.ZIP
        return TreePart(out, making.about, making.export.folder, zipped=zipped, xlate=options.xlate)
    write = index.write if index is not None else None
    return WarcPart(out, making.about, compress=options.compress, serial=unit.serial + 1, index=write)


def _is_full(making: Making, out: OutFile, part: Part) -> Callable[[], bool]:
    most = making.options.max_mib * MIB
    files = MOST_FILES if making.options.format.is_files else 0

    def full() -> bool:
        return bool((most and out.size >= most) or (files and part.count >= files))

    return full


def _told(
    making: Making, unit: ExportUnit, counts: Counts, lacking: "_Lacks", *, at_end: bool
) -> dict[str, object]:
    """What the file itself says of what it holds: an import knows by it whether it has all."""
    return {
        "kind": "lockss-export",
        "version": 1,
        **making.about.told(),
        "part": unit.serial + 1,
        "is_last": at_end,
        "first_url": counts.first,
        "last_url": counts.last,
        "urls": counts.urls,
        "captures": counts.captures,
        "bytes": counts.bytes,
        "folder_pages_left_out": counts.left_out,
        "findings_count": lacking.count,
        "findings": lacking.first,
    }


def _enter(
    making: Making,
    unit: ExportUnit,
    counts: Counts,
    lacking: "_Lacks",
    *,
    at_end: bool,
    out: OutFile,
    written: Written,
    index: "_Index | None",
) -> ExportUnit:
    """The file takes its name and gets its row, or another worker was quicker and it is dropped."""
    contained = making.options.format in CONTAINED
    with transaction.atomic():
        # Locks the row: whoever comes second waits, and finds the number taken.
        taken = ExportUnit.objects.filter(pk=unit.pk, serial=unit.serial, is_read=False).update(
            serial=unit.serial + 1,
            after=counts.last or unit.after,
            is_read=at_end,
            urls=F("urls") + counts.urls,
            captures=F("captures") + counts.captures,
            bytes=F("bytes") + counts.bytes,
            left_out=F("left_out") + counts.left_out,
            findings=F("findings") + lacking.count,
        )
        if not taken:
            raise OvertakenError(written.path.name)
        out.place()
        if index is not None:
            index.place()
        ExportFile.objects.create(
            export=making.export,
            unit=unit,
            kind=FileKind.PART if contained else FileKind.FILE,
            name=written.path.name,
            size=written.size,
            sha256=written.digests["sha256"],
            sha512=written.digests.get("sha512", ""),
            captures=counts.captures,
        )
        for some in lacking.batches():
            ExportFinding.objects.bulk_create(
                ExportFinding(export=making.export, unit=unit, **one) for one in some
            )
        Export.objects.filter(pk=making.export.pk).update(
            done_files=F("done_files") + counts.captures,
            done_bytes=F("done_bytes") + counts.bytes,
            findings=F("findings") + lacking.count,
        )
    unit.refresh_from_db()
    return unit


class _Index:
    """Lines of CDXJ of a part, beside it; under its name once it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.cdxj")
        self._own = path.with_name(f".{path.name}.cdxj.{os.getpid()}")
        self._file = self._own.open("wb")

    def write(self, line: str) -> None:
        self._file.write(line.encode())

    def place(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._own.rename(self._path)
        sync_folder(self._path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._own.unlink(missing_ok=True)


class _Lacks:
    """Findings of a part until it has its row: in a nameless file, for there may be as many as URLs."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self.first: list[dict[str, object]] = []
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed at the end of the block

    def add(self, one: Lacking) -> None:
        told = asdict(one)
        self.count += 1
        if len(self.first) < TOLD_INSIDE:
            self.first.append(told)
        self._file.write(json.dumps(told).encode() + b"\n")

    def batches(self) -> Iterator[list[dict[str, object]]]:
        self._file.seek(0)
        some: list[dict[str, object]] = []
        for line in self._file:
            told = json.loads(line)
            some.append({**told, "code": ExportFindingCode(told["code"])})
            if len(some) == AT_ONCE:
                yield some
                some = []
        if some:
            yield some

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
