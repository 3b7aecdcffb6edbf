"""One WARC file in a folder, written and read without a database."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from fastwarc import ArchiveIterator

from apps.repository import files
from apps.repository.captures import Capture, Prepared, prepare
from apps.repository.choices import ArtifactState
from apps.repository.names import au_slug, file_name
from apps.repository.values import Place, StoredArtifact
from apps.repository.warc.entries import Entry, entries
from apps.repository.warc.group import Label, write_group, write_warcinfo
from apps.repository.warc.inflate import Window
from tests.repository.factories import AUID

NAME = file_name(au_slug(AUID), 1)


@dataclass
class OneFile:
    """``data`` is the file; ``add`` writes a capture behind the others, ``found`` reads the file."""

    root: Path
    auid: str = AUID
    data: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        files.make_store(self.root)
        files.make_folder((self.root / NAME).parent)
        write_warcinfo(
            self.data.extend, auid=self.auid, name=NAME, serial=1, at="2026-11-21T06:12:30Z", before={}
        )

    def add(self, given: Capture, version: int = 1, auid: str | None = None) -> Prepared:
        prepared = prepare(given)
        assert isinstance(prepared, Prepared), prepared
        self.starts.append(len(self.data))
        label = Label(auid=auid or self.auid, version=version, offset=len(self.data))
        write_group(self.data.extend, prepared, label)
        return prepared

    def save(self, data: bytes | None = None) -> Path:
        (self.root / NAME).write_bytes(bytes(self.data) if data is None else data)
        return self.root / NAME

    def found(self, data: bytes | None = None, offset: int = 0) -> list:
        """Entries and faults of the file."""
        self.save(data)
        with files.reading(self.root, NAME) as descriptor:
            return list(entries(Window(descriptor, 4096), self.auid, offset))

    def artifacts(self, data: bytes | None = None) -> list[StoredArtifact]:
        return [stored(item) for item in self.found(data) if isinstance(item, Entry)]


def stored(entry: Entry) -> StoredArtifact:
    place = Place(NAME, entry.offset, entry.length, entry.body_offset, entry.body_deflated, entry.body_crc32)
    return StoredArtifact(
        auid=entry.auid,
        url=entry.url,
        version=entry.version,
        size=entry.size,
        sha256=entry.sha256,
        content_type=entry.content_type,
        content_encoding=entry.content_encoding,
        status=entry.status,
        collected_at=entry.collected_at,
        confirmed_at=entry.collected_at,
        origin=entry.origin,
        state=ArtifactState(entry.state),
        is_current=True,
        redirected_to=entry.redirected_to,
        place=place,
    )


def warcio_check(*paths: Path) -> str:
    """What ``warcio check`` complains of; empty where it finds nothing wrong."""
    tool = Path(sys.executable).with_name("warcio")
    done = subprocess.run([tool, "check", "-v", *map(os.fspath, paths)], capture_output=True, text=True)
    # Of a revisit there is no payload to check.
    assert "digest present but not checked" not in done.stdout.replace("not checked (revisit)", "")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def fastwarc_reads(path: Path) -> list[tuple[str, str]]:
    """(type, target) of every record, after its block digest was found right."""
    seen = []
    for record in ArchiveIterator(os.fspath(path), parse_http=False):
        assert record.verify_block_digest()
        seen.append((str(record.record_type).rpartition(".")[2], record.headers.get("WARC-Target-URI") or ""))
    return seen
