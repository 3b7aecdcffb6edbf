"""Knows a package by its bytes and takes it: WARC, WACZ, BagIt, zip and tgz of an export, WARC of others."""

import hashlib
import struct
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import IO

from apps.common.text import is_storable, json_in
from apps.exports.choices import ImportFindingCode as Code
from apps.exports.errors import ImportRefused
from apps.exports.taking import trees
from apps.exports.taking.bags import take_bag
from apps.exports.taking.folder import Watched
from apps.exports.taking.report import ImportReport
from apps.exports.taking.storing import scratch, storing
from apps.exports.taking.streams import (
    FREE_BYTES,
    MAGIC,
    MOST_RATIO,
    BombError,
    BrokenError,
    Inflated,
    Peeked,
)
from apps.exports.taking.warcs import WarcTaking, whose
from apps.lockss.packages import is_safe

MAX_DIRECTORY = 512 << 20
MAX_JSON = 64 << 20
PIECE = 1 << 18
_END, _LOCATOR = b"PK\5\6", b"PK\6\7"
Known = Callable[[str], bool]


def take_package(
    name: str,
    opened: Callable[[], IO[bytes]],
    *,
    au: str | None = None,
    known: Known,
    kept: Callable[[ImportReport], None] = lambda _report: None,
) -> ImportReport:
    """Takes what is whole; the rest are findings of the report. ``au``: take it as this AU, whatever it says of itself.

    ``opened`` opens the file, from its beginning; ``known`` says whether an AUID is one of this node's; ``kept`` is
    called with the report as it stands in the transaction of each batch that is stored. ImportRefused where nothing of
    it can be taken; OSError where the file or the store cannot be used.
    """
    with opened() as file:
        first = file.read(512)
        file.seek(0)
        try:
            return _take(file, name, first, _Aim(au, known, kept, opened))
        except BrokenError as error:
            raise ImportRefused("package-broken", str(error)) from error


class _Aim:
    """Which AU a package goes into, and who hears of it."""

    def __init__(
        self,
        au: str | None,
        known: Known,
        kept: Callable[[ImportReport], None],
        opened: Callable[[], IO[bytes]],
    ) -> None:
        self.forced = au
        self.opened = opened
        self._known = known
        self._kept = kept

    def report(self, says: str) -> ImportReport:
        auid = self.forced or says
        if not auid:
            raise ImportRefused(
                "package-of-no-au", "the package does not say which archival unit it is of: name one"
            )
        if not is_storable(auid):
            raise ImportRefused("package-auid-malformed", "its AUID has characters that none can have")
        if not self._known(auid):
            raise ImportRefused(
                "package-au-unknown", f"this node has no archival unit {auid}: select it first"
            )
        return ImportReport(auid=auid, kept=self._kept)


def _is_read_twice(file: IO[bytes]) -> None:
    """First for its digests or its list, then for its content."""
    if isinstance(raw := getattr(file, "raw", None), Watched):
        raw.passes = 2


def _take(file: IO[bytes], name: str, first: bytes, aim: _Aim) -> ImportReport:
    if first.startswith((b"PK\3\4", _END)):
        return _take_zip(file, name, aim)
    if first.startswith(b"WARC/"):
        return _take_warc(file, name, aim)
    if first.startswith(MAGIC):
        inside = Peeked(Inflated(file), 512).first
        file.seek(0)
        if inside.startswith(b"WARC/"):
            return _take_warc(file, name, aim)
        if _is_tar(inside):
            return _take_tgz(file, name, aim)
    elif _is_tar(first):
        _is_read_twice(file)
        return take_bag(file, name, aim.report, any_au=aim.forced is not None)
    raise ImportRefused("package-not-known", f"{name} is no WARC, WACZ, BagIt tar, zip or tgz")


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"


def _take_warc(file: IO[bytes], name: str, aim: _Aim) -> ImportReport:
    report = aim.report(aim.forced or whose(file))
    file.seek(0)
    with storing(report) as store, scratch() as payload:
        WarcTaking(store, name, any_au=aim.forced is not None, payload=payload, again=aim.opened).take(file)
    return report


def _take_tgz(file: IO[bytes], name: str, aim: _Aim) -> ImportReport:
    _is_read_twice(file)
    with scratch() as kept:
        about = b""
        early = ImportReport()
        for member, info, body in trees.tar_members(Inflated(file), early):
            inside = member.partition("/")[2]
            if inside == trees.CAPTURES:
                while piece := body.read(PIECE):
                    kept.write(piece)
            elif inside == trees.ABOUT and info.size <= trees.MAX_ABOUT:
                about = body.read()
        if not kept.tell():
            raise ImportRefused("package-not-known", f"{name} is a tar without {trees.CAPTURES}")
        report = aim.report(aim.forced or trees.auid_in(about))
        report.follows(early)
        with storing(report) as store:
            trees.take_tar_tree(file, kept, store, name)
    return report


def _take_zip(file: IO[bytes], name: str, aim: _Aim) -> ImportReport:
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except (*trees.ZIP_FAULTS, struct.error) as error:
        raise BrokenError(f"it is no zip that can be read ({error})") from None
    with archive:
        _check_members(archive, file)
        names = archive.namelist()
        if "datapackage.json" in names:
            _is_read_twice(file)
            return _take_wacz(archive, name, aim)
        roots = [
            one.removesuffix(trees.CAPTURES) for one in names if one.rpartition("/")[2] == trees.CAPTURES
        ]
        root = min(roots, key=len, default=None)
        if root is None or (root and not is_safe(root)):
            raise ImportRefused(
                "package-not-known", f"{name} is a zip without {trees.CAPTURES} or datapackage.json"
            )
        about = _member(archive, f"{root}{trees.ABOUT}") if f"{root}{trees.ABOUT}" in names else b""
        report = aim.report(aim.forced or trees.auid_in(about))
        with storing(report) as store:
            trees.take_zip_tree(archive, root, store, name)
    return report


def _check_directory(file: IO[bytes]) -> None:
    """Before the library makes an object of every member it speaks of."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise BrokenError("it is no zip, or its end is missing")
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    locator = tail.rfind(_LOCATOR, 0, at)
    if directory == 0xFFFFFFFF and locator >= 0 and len(tail) - locator >= 20:
        (where,) = struct.unpack_from("<Q", tail, locator + 8)
        file.seek(min(where, size))
        record = file.read(56)
        directory = struct.unpack_from("<Q", record, 40)[0] if len(record) == 56 else size
    if directory > MAX_DIRECTORY:
        raise BrokenError(f"its list of members has {directory} bytes")
    file.seek(0)


def _check_members(archive: zipfile.ZipFile, file: IO[bytes]) -> None:
    """A bomb is one by its own numbers, which bound what the library inflates."""
    size = file.seek(0, 2)
    packed = sum(info.compress_size for info in archive.infolist())
    if packed > size:
        raise BrokenError(f"its members overlap: {packed} bytes of them in a file of {size}")
    for info in archive.infolist():
        if info.file_size > FREE_BYTES and info.file_size > MOST_RATIO * max(1, info.compress_size):
            raise BombError(f"{info.filename[:200]}: {info.compress_size} bytes inflate to {info.file_size}")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as body:
            found = body.read(MAX_JSON + 1)
    except (*trees.ZIP_FAULTS, KeyError) as error:
        raise BrokenError(f"{name}: {error}") from None
    if len(found) > MAX_JSON:
        raise BrokenError(f"{name} has more than {MAX_JSON} bytes")
    return found


def _take_wacz(archive: zipfile.ZipFile, name: str, aim: _Aim) -> ImportReport:
    listed = _listed(_member(archive, "datapackage.json"))
    early = ImportReport()
    good = _good_members(archive, name, listed, early)
    warcs = [one for one in good if one.startswith("archive/") and one.endswith((".warc", ".warc.gz"))]
    says = ""
    for one in warcs:
        with archive.open(one) as body:
            says = says or whose(body)
    report = aim.report(aim.forced or says)
    report.follows(early)
    with storing(report) as store, scratch() as payload:
        for one in warcs:
            _take_member(
                archive,
                one,
                WarcTaking(
                    store,
                    f"{name}: {one}",
                    any_au=aim.forced is not None,
                    payload=payload,
                    again=partial(archive.open, one),
                ),
            )
    return report


def _take_member(archive: zipfile.ZipFile, member: str, taking: WarcTaking) -> None:
    try:
        with archive.open(member) as body:
            taking.take(body)
    except trees.ZIP_FAULTS as error:
        taking.report.note(Code.BROKEN, member, error, "a member that can be read")


def _listed(data: bytes) -> dict[str, str]:
    """Digests by path; BrokenError where there are none."""
    try:
        told = json_in(data)
        rows = {str(one["path"]): str(one["hash"]) for one in told["resources"]}
    except (KeyError, TypeError):
        raise BrokenError("datapackage.json does not list its members with path and hash") from None
    except ValueError as error:
        raise BrokenError(f"datapackage.json does not list its members ({error})") from None
    return rows


def _good_members(
    archive: zipfile.ZipFile, name: str, listed: dict[str, str], report: ImportReport
) -> list[str]:
    """Members that are listed and have the digest that is listed; all others are findings."""
    names = Counter(info.filename for info in archive.infolist() if not info.is_dir())
    good = []
    for path, number in names.items():
        place = f"{name}: {path}"
        if not is_safe(path):
            report.note(Code.UNSAFE, place, "a name that leads out of its folder", "a path inside")
        elif path in ("datapackage.json", "datapackage-digest.json"):
            continue
        elif path not in listed:
            report.note(Code.UNLISTED, place, "not in datapackage.json", "listed with its digest")
        elif number > 1:
            report.note(Code.UNLISTED, place, "there more than once", "one member of a name")
        elif (found := _digest(archive, path, listed[path])) != listed[path].lower():
            report.compared(equal=False)
            report.note(Code.DIGEST, place, found, listed[path])
        else:
            report.compared(equal=True)
            good.append(path)
    for path in sorted(set(listed) - set(names)):
        report.note(Code.LACKS, f"{name}: {path}", "not there", "listed in datapackage.json")
    return good


def _digest(archive: zipfile.ZipFile, path: str, listed: str) -> str:
    algorithm = listed.partition(":")[0].lower()
    if algorithm not in ("sha256", "sha512"):
        return "sha256 or sha512 is known"
    digest = hashlib.new(algorithm)
    try:
        with archive.open(path) as body:
            while piece := body.read(PIECE):
                digest.update(piece)
    except trees.ZIP_FAULTS as error:
        return str(error)
    return f"{algorithm}:{digest.hexdigest()}"
