"""What an import reads: a folder of this node, an uploaded file, or an archive of files. Each comes as findings or AUs."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from apps.common.archives import ArchiveError, is_zip, members
from apps.lockss.tdb import parse_tdb
from apps.titles import tdb_files
from apps.titles.reading import read_list, unreadable
from apps.titles.staging import ReadFile

SUFFIXES = (".tdb",)


def read_source(path: Path, name: str) -> Iterator[ReadFile]:
    """The files below a folder, in an archive, or the one file; ``name`` is what people call it. OSError: not there."""
    if path.is_dir():
        for file in tdb_files.read_folder(path):
            yield read_list(file.name, file.sha256, file.content)
    elif is_zip(path):
        yield from _from_archive(path, name)
    else:
        file = tdb_files.read_file(path, name)
        yield read_list(file.name, file.sha256, file.content)


def count_files(path: Path) -> int | None:
    """None where nobody knows before reading."""
    return len(tdb_files.list_files(path)) if path.is_dir() else None


def read_texts(texts: Iterable[tuple[str, bytes]]) -> Iterator[ReadFile]:
    """Pairs of name and content."""
    for name, data in texts:
        yield read_list(name, hashlib.sha256(data).hexdigest(), parse_tdb(data))


def _from_archive(path: Path, name: str) -> Iterator[ReadFile]:
    found = False
    try:
        for member in members(path, lambda label: label.endswith(SUFFIXES)):
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
