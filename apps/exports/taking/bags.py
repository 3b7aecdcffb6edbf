"""Takes a BagIt bag (RFC 8493) that holds WARC files, as a tar. It is judged as a whole before anything is taken."""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import IO

from apps.exports.choices import ImportFindingCode as Code
from apps.exports.errors import ImportRefused
from apps.exports.taking.report import ImportReport
from apps.exports.taking.storing import scratch, storing
from apps.exports.taking.streams import BrokenError, Window
from apps.exports.taking.trees import tar_members
from apps.exports.taking.warcs import WarcTaking, whose
from apps.lockss.packages import BagFault, parse_manifest_line

MAX_TAGS = 256 << 20
PIECE = 1 << 18
_MANIFEST = re.compile(r"(tag)?manifest-(md5|sha1|sha256|sha512)\.txt")
_OXUM = re.compile(r"^Payload-Oxum:\s*(\d{1,18})\.(\d{1,12})\s*$", re.MULTILINE | re.IGNORECASE)
_STRONG = ("sha256", "sha512")


@dataclass(frozen=True, slots=True)
class _File:
    start: int
    size: int
    digests: dict[str, str]


@dataclass(slots=True)
class _Bag:
    """``files`` by path below the bag's folder; ``tags``: texts of those that are none of the payload."""

    root: str = ""
    files: dict[str, _File] = field(default_factory=dict)
    tags: dict[str, bytes] = field(default_factory=dict)


def take_bag(
    file: IO[bytes], name: str, report_for: Callable[[str], ImportReport], *, any_au: bool
) -> ImportReport:
    """``report_for`` gives the report of the AU that the bag says it is of."""
    early = ImportReport()
    bag = _read(file, name, early)
    if "bagit.txt" not in bag.tags:
        raise ImportRefused("package-not-known", f"{name} is a tar without bagit.txt")
    good = _judged(bag, name, early)
    warcs = [path for path in good if path.endswith((".warc", ".warc.gz"))]
    says = ""
    for path in warcs:
        one = bag.files[path]
        says = says or whose(Window(file, one.start, one.size))
    report = report_for(says)
    report.follows(early)
    with storing(report) as store, scratch() as payload:
        for path in warcs:
            one = bag.files[path]
            place = f"{name}: {path}"

            def opened(one: _File = one) -> AbstractContextManager[Window]:
                return nullcontext(Window(file, one.start, one.size))

            taking = WarcTaking(store, place, any_au=any_au, payload=payload, again=opened)
            taking.take(Window(file, one.start, one.size))
    return report


def _read(file: IO[bytes], name: str, report: ImportReport) -> _Bag:
    bag, kept = _Bag(), 0
    for member, info, body in tar_members(file, report):
        root, _slash, path = member.partition("/")
        bag.root = bag.root or root
        if root != bag.root or not path:
            report.note(Code.UNLISTED, f"{name}: {member}", "beside the bag", f"all below {bag.root}/")
            continue
        if path in bag.files:
            report.note(Code.UNLISTED, f"{name}: {member}", "there more than once", "one file of a name")
            continue
        digests = {one: hashlib.new(one, usedforsecurity=False) for one in (*_STRONG, "sha1", "md5")}
        pieces = []
        while piece := body.read(PIECE):
            for digest in digests.values():
                digest.update(piece)
            if not path.startswith("data/"):
                kept += len(piece)
                if kept > MAX_TAGS:
                    raise BrokenError(f"its tag files have more than {MAX_TAGS} bytes")
                pieces.append(piece)
        told = {one: digest.hexdigest() for one, digest in digests.items()}
        bag.files[path] = _File(info.offset_data, info.size, told)
        if not path.startswith("data/"):
            bag.tags[path] = b"".join(pieces)
    return bag


def _judged(bag: _Bag, name: str, report: ImportReport) -> list[str]:
    """Payload files that every manifest lists with their digest; all else that is wrong is a finding."""
    bad: set[str] = set()
    lists: list[set[str]] = []
    for tag, data in bag.tags.items():
        found = _MANIFEST.fullmatch(tag)
        if found is None:
            continue
        named = _manifest(data, tag, found[2], bag, name, report, bad)
        if not found[1]:
            lists.append(named)
    payload = {path for path in bag.files if path.startswith("data/")}
    if not lists:
        raise ImportRefused("package-broken", f"{name} is a bag without a manifest")
    for path in sorted(payload):
        if not all(path in named for named in lists):
            report.note(Code.UNLISTED, f"{name}: {path}", "not in every manifest", "listed with its digest")
            bad.add(path)
    if "fetch.txt" in bag.tags:
        report.note(
            Code.LACKS, f"{name}: fetch.txt", "files that are elsewhere", "a bag that holds all its files"
        )
    _check_oxum(bag, payload, name, report)
    return sorted(payload - bad)


def _manifest(
    data: bytes, tag: str, algorithm: str, bag: _Bag, name: str, report: ImportReport, bad: set[str]
) -> set[str]:
    named: set[str] = set()
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        place = f"{name}: {tag}, line {number}"
        told = parse_manifest_line(line, algorithm)
        if isinstance(told, BagFault):
            report.note(Code.BROKEN, place, told.found, told.expected)
            continue
        digest, path = told
        file = bag.files.get(path)
        if path in named:
            report.note(Code.UNLISTED, place, "listed twice", path)
            bad.add(path)
        elif file is None:
            report.note(Code.LACKS, place, "not there", path)
        elif file.digests[algorithm] == digest:
            report.compared(equal=True)
        else:
            report.compared(equal=False)
            report.note(
                Code.DIGEST,
                f"{name}: {path}",
                f"{algorithm}:{file.digests[algorithm]}",
                f"{algorithm}:{digest}",
            )
            bad.add(path)
        named.add(path)
    return named


def _check_oxum(bag: _Bag, payload: set[str], name: str, report: ImportReport) -> None:
    found = _OXUM.search(bag.tags.get("bag-info.txt", b"").decode("utf-8", "replace"))
    if found is None:
        return
    there = sum(bag.files[path].size for path in payload), len(payload)
    if (int(found[1]), int(found[2])) != there:
        report.note(
            Code.INCOMPLETE,
            f"{name}: bag-info.txt",
            f"{there[0]}.{there[1]}",
            f"Payload-Oxum {found[1]}.{found[2]}",
        )
