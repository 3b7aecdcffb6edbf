"""What an import reads: a folder of this node, an uploaded file, or an archive of files. Each comes as findings or AUs.

A list is text (``.tdb``) or, as nodes load it, XML or a list of properties; or a KBART file, which names titles and no
AUs. The forms stand in files of one ending, so the content decides. A folder's other files are read only where it holds
no text: beside the text they are made from it, or something else.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from apps.common.archives import ArchiveError, is_zip, members
from apps.lockss.tdb import TdbFile, is_property_list, parse_property_list, parse_tdb, parse_title_db_xml
from apps.titles import tdb_files
from apps.titles.kbart_files import is_kbart, read_kbart
from apps.titles.reading import read_list, unreadable
from apps.titles.staging import ReadFile

TEXT, XML = ".tdb", ".xml"
PLAIN = (".txt", ".tsv", ".csv", ".kbart", ".properties", ".props")
SUFFIXES = (TEXT, XML, *PLAIN)
HEAD = 1 << 16


def read_source(path: Path, name: str) -> Iterator[ReadFile]:
    """The files below a folder, in an archive, or the one file; ``name`` is what people call it. OSError: not there."""
    if path.is_dir():
        for file in _files(path):
            yield _from_file(file, f"{path.resolve().name}/{file.relative_to(path).as_posix()}")
    elif is_zip(path):
        yield from _from_archive(path, name)
    else:
        yield _from_file(path, name)


def count_files(path: Path) -> int | None:
    """None where nobody knows before reading."""
    return len(_files(path)) if path.is_dir() else None


def read_texts(texts: Iterable[tuple[str, bytes]]) -> Iterator[ReadFile]:
    """Pairs of name and content."""
    for name, data in texts:
        yield _read(name, data)


def _read(name: str, data: bytes) -> ReadFile:
    digest = hashlib.sha256(data).hexdigest()
    if not name.lower().endswith((TEXT, XML)) and is_kbart(data):
        return read_kbart(name, digest, data)
    if name.lower().endswith(PLAIN):
        if is_property_list(data):
            return read_list(name, digest, parse_property_list(data))
        message = (
            "expected a KBART file, whose first line names publication_title, or properties org.lockss.title…"
        )
        return unreadable(name, "list-unknown-form", message)
    return read_list(name, digest, _parse(name, data))


def _files(folder: Path) -> list[Path]:
    """The text files in byte order of their path, else the XML files; links out of the folder are left out."""
    found = tdb_files.list_files(folder)
    if found:
        return found
    root = folder.resolve()
    for suffixes in ((XML,), PLAIN):
        every = (p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
        inside = sorted(p for p in every if p.resolve().is_relative_to(root))
        if inside:
            return inside[: tdb_files.MOST_FILES]
    return []


def _from_file(path: Path, name: str) -> ReadFile:
    suffix = path.suffix.lower()
    if suffix == TEXT or (suffix not in SUFFIXES and not _begins_as_kbart(path)):
        file = tdb_files.read_file(path, name)
        return read_list(file.name, file.sha256, file.content)
    try:
        if path.stat().st_size > tdb_files.LARGEST_FILE:
            return unreadable(name, "tdb-too-large", f"over {tdb_files.LARGEST_FILE:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        return unreadable(name, "file-unreadable", f"cannot be read: {error.strerror}")
    return next(read_texts([(name, data)]))


def _begins_as_kbart(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_kbart(file.read(HEAD))
    except OSError:
        # Whoever reads it next says why.
        return False


def _parse(name: str, data: bytes) -> TdbFile:
    return parse_title_db_xml(data) if name.lower().endswith(XML) else parse_tdb(data)


def _from_archive(path: Path, name: str) -> Iterator[ReadFile]:
    found = False
    try:
        for member in members(path, lambda label: label.lower().endswith(SUFFIXES)):
            found = True
            if member.data is None:
                yield unreadable(f"{name}/{member.name}", "archive-member", f"not read: {member.problem}")
            else:
                yield from read_texts([(f"{name}/{member.name}", member.data)])
    except ArchiveError as error:
        yield unreadable(name, "archive", str(error))
        return
    if not found:
        yield unreadable(
            name, "archive-empty", f"it holds no file whose name ends in {' or '.join(SUFFIXES)}"
        )
