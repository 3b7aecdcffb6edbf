"""Takes a zip or tgz of files that an export made: ``captures.jsonl`` says what each file is, and nothing else is believed."""

import datetime as dt
import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from apps.common.text import json_in
from apps.exports.choices import ImportFindingCode as Code
from apps.exports.taking.report import ImportReport
from apps.exports.taking.storing import LARGEST, Store, scratch
from apps.exports.taking.streams import BrokenError, Inflated, Source
from apps.exports.taking.values import NO_URL, can_be_kept, moment_in
from apps.lockss.packages import is_safe
from apps.repository.captures import Capture
from apps.repository.choices import Fact, Origin

CAPTURES, ABOUT = "captures.jsonl", "au.json"
OWN = frozenset({CAPTURES, ABOUT, "index.csv"})
MAX_HEADER = 1 << 20
MAX_GLOBAL = 10_000
# The library asks once or twice more than there is; whoever asks so often looks for what a header claims.
MAX_ENDS = 16
MAX_LINE = 1 << 22
MAX_ABOUT = 64 << 20
PIECE = 1 << 18
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class CarefulInfo(tarfile.TarInfo):
    """A member whose numbers are bounded, wherever its headers say them, and which has no holes."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > MAX_HEADER:
            raise BrokenError(f"an extended header of {_number(self.size)} bytes")
        if len(tar.pax_headers) > MAX_GLOBAL:
            raise BrokenError("its global headers have too many fields")
        if self.type == tarfile.GNUTYPE_SPARSE:
            # The list of its holes is as long as it likes, and would be read into memory.
            raise BrokenError("a member with holes, as old tars wrote them")
        found: tarfile.TarInfo = super()._proc_member(tar)  # type: ignore[misc]
        # The library reads on to where this says that the member ends.
        if not found.issparse() and not 0 <= found.size <= LARGEST:
            raise BrokenError(f"a member that claims {_number(found.size)} bytes")
        return found

    def _proc_gnusparse_00(self, following: tarfile.TarInfo, *_given: object) -> None:
        """Its content would be as many zeros as it claims: it is marked, and nobody reads it."""
        following.sparse = []  # type: ignore[attr-defined]

    _proc_gnusparse_01 = _proc_gnusparse_10 = _proc_gnusparse_00


def _number(size: int) -> str:
    """A header of its own can spell a number of thousands of digits."""
    text = str(size)
    return text if len(text) <= 30 else f"{text[:30]}…"


class _Stream:
    """What tarfile wants of a file that is read once. BrokenError where it is read on and on behind its end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ends = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(size)
        if not piece and size:
            self._ends += 1
            if self._ends > MAX_ENDS:
                raise BrokenError("it ends inside a member of the tar")
        return piece


def _kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "a link"
    return "a device or pipe" if info.isdev() else "a member of a kind that is not known"


class _Body:
    """Of a member. BrokenError where the tar ends within it."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._source.read(size)
        except tarfile.TarError as error:
            raise BrokenError(f"the tar cannot be read on: {error}") from None


def tar_members(source: Source, report: ImportReport) -> Iterator[tuple[str, tarfile.TarInfo, Source]]:
    """Files of a tar by their safe names; what is no plain file, or leads out, is a finding. BrokenError as it reads."""
    try:
        with tarfile.open(
            fileobj=_Stream(source),  # type: ignore[arg-type]
            mode="r|",
            tarinfo=CarefulInfo,
            errorlevel=2,
        ) as archive:
            for info in archive:
                # The library keeps each member it has seen.
                archive.members = []
                name = info.name
                if info.isdir() and is_safe(name):
                    continue
                if info.issparse():
                    report.note(Code.LINK, name, "a file with holes", "files and folders alone")
                elif info.type not in _FILES:
                    report.note(Code.LINK, name, _kind(info), "files and folders alone")
                elif not is_safe(name):
                    report.note(Code.UNSAFE, name, "a name that leads out of its folder", "a path inside")
                else:
                    body = archive.extractfile(info)
                    if body is not None:
                        yield name, info, _Body(body)
    except RecursionError:
        raise BrokenError("its headers are headers of headers") from None
    except (tarfile.TarError, EOFError, OverflowError, ValueError) as error:
        raise BrokenError(f"the tar cannot be read on: {error}") from None


class Listed:
    """The lines of ``captures.jsonl``, one after the other; kept in a file of their own."""

    def __init__(self, file: IO[bytes], report: ImportReport) -> None:
        self._file = file
        self._report = report
        self._number = 0
        file.seek(0)

    def next(self) -> dict | None:
        """None at the end; what is no line of ours is a finding, and passed over."""
        while line := self._file.readline(MAX_LINE):
            self._number += 1
            try:
                told = json_in(line)
            except ValueError:
                told = None
            if _is_line(told):
                return told
            self._report.note(
                Code.BROKEN,
                f"{CAPTURES}, line {self._number}",
                line[:80].decode("utf-8", "replace").strip(),
                "a version with path and digest",
            )
        return None


def _is_line(told: object) -> bool:
    texts = ("path", "url", "sha256", "collected_at", "head", "request", "content_type")
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in texts):
        return False
    facts = told.get("facts")
    return isinstance(facts, dict) and all(isinstance(x, str) for pair in facts.items() for x in pair)


def auid_in(about: bytes) -> str:
    """Of ``au.json``; empty where it says none."""
    try:
        told = json_in(about)
    except ValueError:
        return ""
    found = told.get("auid") if isinstance(told, dict) else None
    return found if isinstance(found, str) else ""


class TreeTaking:
    """``stem``: the one folder of the package."""

    def __init__(self, store: Store, name: str, payload: IO[bytes]) -> None:
        self._store = store
        self._name = name
        self._payload = payload
        self.count = 0

    def take(self, told: dict, body: Source) -> None:
        """One file with its line. BrokenError, or a fault of the archive's, with any piece."""
        place = f"{self._name}: {told['path']}"
        self._payload.seek(0)
        self._payload.truncate()
        found = hashlib.sha256()
        while piece := body.read(PIECE):
            found.update(piece)
            self._payload.write(piece)
        self.count += 1
        if not can_be_kept(told["url"], is_ours=True):
            self._store.report.note(Code.REFUSED, place, told["url"], NO_URL)
            return
        try:
            sha256 = bytes.fromhex(told["sha256"])
            capture = Capture(
                url=told["url"],
                collected_at=_moment(told["collected_at"]),
                origin=Origin.IMPORT,
                body=self._payload,
                head=told["head"].encode("latin-1"),
                request=told["request"].encode("latin-1"),
                content_type=None if told["head"] else told["content_type"],
                redirected_to=_text(told, "redirected_to"),
                address=_text(told, "address"),
                facts=told["facts"] | {str(Fact.ORIGIN_REF): f"package:{place}"[:500]},
                sha256=sha256,
            )
        except ValueError as error:
            self._store.report.note(Code.BROKEN, place, error, "a line of an export")
            return
        if found.digest() != sha256:
            # Also where the store has the version of that digest already: these bytes are not it.
            self._store.report.compared(equal=False)
            self._store.report.note(Code.DIGEST, place, found.hexdigest(), told["sha256"])
            return
        self._store.report.compared(equal=True)
        self._store.add(capture, sha256, place)


def _text(told: dict, name: str) -> str | None:
    found = told.get(name)
    return found if isinstance(found, str) and found else None


def _moment(text: str) -> dt.datetime:
    found = moment_in(text)
    if found is None:
        raise ValueError(f"date {text[:100]!r}")
    return found


def take_zip_tree(archive: zipfile.ZipFile, root: str, store: Store, name: str) -> None:
    """Files in the order of their lines; members that no line names are findings."""
    report = store.report
    left = {info.filename for info in archive.infolist() if not info.is_dir()}
    left -= {f"{root}{one}" for one in OWN}
    with scratch() as payload, archive.open(f"{root}{CAPTURES}") as lines:
        taking = TreeTaking(store, name, payload)
        with scratch() as kept:
            while piece := lines.read(PIECE):
                kept.write(piece)
            listed = Listed(kept, report)
            while (told := listed.next()) is not None:
                member = f"{root}{told['path']}"
                if not is_safe(told["path"]) or member not in left:
                    report.note(Code.LACKS, f"{name}: {told['path']}", "not there", told["url"])
                    continue
                left.discard(member)
                try:
                    with archive.open(member) as body:
                        taking.take(told, body)
                except ZIP_FAULTS as error:
                    report.note(Code.BROKEN, f"{name}: {told['path']}", error, "a member that can be read")
    for member in sorted(left):
        code = Code.UNLISTED if is_safe(member) else Code.UNSAFE
        report.note(code, f"{name}: {member}", "in no line", CAPTURES)
    store.commit()


def take_tar_tree(again: IO[bytes], kept: IO[bytes], store: Store, name: str) -> None:
    """``kept``: the lines; members of an export's tar have the same order."""
    report = store.report
    again.seek(0)
    listed = Listed(kept, report)
    told = listed.next()
    quiet = ImportReport()
    with scratch() as payload:
        taking = TreeTaking(store, name, payload)
        for member, _info, body in tar_members(Inflated(again), quiet):
            path = member.partition("/")[2]
            if path in OWN:
                continue
            if told is None or path != told["path"]:
                report.note(Code.UNLISTED, f"{name}: {member}", "in no line at this place", CAPTURES)
                continue
            taking.take(told, body)
            told = listed.next()
    while told is not None:
        report.note(Code.LACKS, f"{name}: {told['path']}", "not there", told["url"])
        told = listed.next()
    store.commit()
