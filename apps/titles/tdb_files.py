"""Reads title lists from a folder: which files, in which order, and the table that the original tool prints.

Needs no database: ``import_tdb --dry-run`` rests on it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from apps.lockss.tdb import Severity, TdbCode, TdbFile, TdbFinding, parse_tdb, tsv_line
from apps.titles.reading import read_list

LARGEST_FILE = 256 << 20
MOST_FILES = 20_000


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file: its name as lists print it (the folder's own name, ``/``, the path in it), digest and content."""

    name: str
    sha256: str
    content: TdbFile


@dataclass(slots=True)
class Counts:
    """What was read, over all files."""

    files: int = 0
    publishers: int = 0
    titles: int = 0
    aus: int = 0
    findings: list[tuple[str, TdbFinding]] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(finding.severity is Severity.ERROR for _, finding in self.findings)

    def add(self, read: ReadFile) -> None:
        self.files += 1
        self.publishers += len(read.content.publishers)
        self.titles += len(read.content.titles)
        self.aus += len(read.content.aus)
        self.findings += [(read.name, finding) for finding in read.content.findings]
        self.findings += [(read.name, finding) for finding in _judged(read)]

    def as_data(self) -> dict[str, object]:
        """For programs; columns from 1, as in the findings of an import."""
        counts = {name: getattr(self, name) for name in ("files", "publishers", "titles", "aus")}
        findings = [
            {
                "code": found.code,
                "severity": found.severity,
                "file": name,
                "line": found.line or None,
                "column": found.column + 1,
                "entry": found.entry,
                "message": found.message,
            }
            for name, found in self.findings
        ]
        return {**counts, "finding_count": len(findings), "findings": findings}


def _judged(read: ReadFile) -> Iterator[TdbFinding]:
    """What an import finds beyond the syntax: numbers and years that cannot be right."""
    found = read_list(read.name, read.sha256, read.content).findings
    for one in found[len(read.content.findings) :]:
        severity, place = Severity(one.severity), ((one.line or 0), (one.column or 1) - 1)
        yield TdbFinding(one.code, severity, *place, one.message, one.entry)


def list_files(path: Path) -> list[Path]:
    """The ``.tdb`` files below a folder in byte order of their path, or the one file; links out of it are left out."""
    if path.is_file():
        return [path]
    root = path.resolve()
    found = [p for p in path.rglob("*.tdb") if p.is_file() and p.resolve().is_relative_to(root)]
    return sorted(found, key=lambda p: str(p).encode("utf-8", "surrogateescape"))[:MOST_FILES]


def read_folder(path: Path) -> Iterator[ReadFile]:
    """Every file of a folder, read one at a time. A file that cannot be read is a finding."""
    for file in list_files(path):
        name = file.name if path.is_file() else f"{path.resolve().name}/{file.relative_to(path).as_posix()}"
        yield read_file(file, name)


def read_file(file: Path, name: str) -> ReadFile:
    try:
        if file.stat().st_size > LARGEST_FILE:
            return _unread(name, TdbCode.TOO_LARGE, f"over {LARGEST_FILE} bytes")
        data = file.read_bytes()
    except OSError as error:
        return _unread(name, TdbCode.ENCODING, f"cannot be read: {error.strerror}")
    return ReadFile(name, hashlib.sha256(data).hexdigest(), parse_tdb(data))


def _unread(name: str, code: TdbCode, message: str) -> ReadFile:
    finding = TdbFinding(code, Severity.ERROR, 1, 0, message)
    return ReadFile(name, "", TdbFile((), (), (), (finding,)))


def write_tsv(files: Iterable[ReadFile], out: TextIO | None) -> Counts:
    """Print the table, if ``out`` is given: no header, one line an AU, a final newline; returns the counts."""
    counts = Counts()
    for read in files:
        counts.add(read)
        if out is not None:
            out.writelines(f"{tsv_line(au, read.name)}\n" for au in read.content.aus)
    return counts
