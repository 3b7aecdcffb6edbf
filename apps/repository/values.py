"""What the store tells of what it holds. Frozen; read from rows or from WARC files, equal either way."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from apps.repository.choices import SUSPECT, ArtifactState, CheckOutcome, Origin


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version lies: its record in a WARC file, and its body in the record, in bytes.

    ``body_offset`` counts from the record's start; ``body_deflated`` bytes there are raw deflate data, complete
    but for the final block, of a body with CRC-32 ``body_crc32``.
    """

    file: str
    offset: int
    length: int
    body_offset: int
    body_deflated: int
    body_crc32: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArtifact:
    """One version of one URL of one AU. Versions count from 1; ``size`` and ``sha256`` are of the stored bytes.

    ``status`` None: did not come by HTTP. ``confirmed_at``: when its source last gave these very bytes.
    ``place`` None: held in memory.
    """

    auid: str
    url: str
    version: int
    size: int
    sha256: bytes
    content_type: str
    content_encoding: str
    status: int | None
    collected_at: dt.datetime
    confirmed_at: dt.datetime
    origin: Origin
    state: ArtifactState
    is_current: bool
    redirected_to: str | None
    last_good_check: dt.datetime | None = None
    place: Place | None = None

    @property
    def suspect(self) -> bool:
        """Not to be voted on, served to peers or counted as held (lcap-v3 §5.1)."""
        return self.state in SUSPECT


@dataclass(frozen=True, slots=True)
class GzipSlice:
    """``length`` bytes of a file that are deflate data but for the final block: sent behind a gzip header and before
    ``0300``, ``crc32`` and ``size`` (little endian), they are a gzip file (performance.md §2).
    """

    path: Path
    offset: int
    length: int
    crc32: int
    size: int

    def frame(self) -> tuple[bytes, bytes]:
        """What goes before and after those bytes."""
        end = b"\x03\x00" + self.crc32.to_bytes(4, "little") + (self.size & 0xFFFFFFFF).to_bytes(4, "little")
        return bytes.fromhex("1f8b08000000000000ff"), end


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What lies around a version's body: ``head`` the HTTP head byte for byte (empty: did not come by HTTP), ``fields``
    those of its WARC record with names in lower case, ``request`` the head that was sent, ``facts`` by name."""

    head: bytes
    fields: Mapping[str, str]
    request: bytes = b""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UrlVersions:
    """A URL with its newest versions that are not suspect, newest first; none where all are suspect."""

    url: str
    versions: tuple[StoredArtifact, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """An AU that holds a URL, and the newest version there."""

    auid: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of one AU. ``size`` is of all versions, ``current_size`` of the newest of each URL, in bytes;
    ``damaged`` … count URLs by the state of their newest version, ``suspect_versions`` versions of any age.
    """

    auid: str
    urls: int = 0
    versions: int = 0
    size: int = 0
    current_size: int = 0
    disk_size: int = 0
    damaged: int = 0
    missing: int = 0
    unreadable: int = 0
    suspect_versions: int = 0
    last_write_at: dt.datetime | None = None
    last_check_at: dt.datetime | None = None
    last_good_check_at: dt.datetime | None = None
    last_damage_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of a volume: what may still be written, and all of it."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found: ``place`` is a file with an offset, or a URL with a version."""

    code: str
    place: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Outcome and counts of versions of one check; ``not_checkable`` is a failure of the check, not of the bytes."""

    auid: str
    outcome: CheckOutcome
    good: int = 0
    damaged: int = 0
    missing: int = 0
    not_checkable: int = 0
    findings: tuple[Finding, ...] = ()
