"""Refusals of the store, sorted by who has to mend them."""

from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.errors import ContentError, LocalError


class ContentCode(StrEnum):
    """What is wrong with preserved bytes."""

    DAMAGED = "content-damaged"
    MISSING = "content-missing"
    UNREADABLE = "content-unreadable"


class StoreCode(StrEnum):
    """Why the store as a whole, or a writer, cannot go on."""

    BUSY = "store-busy"
    LOST_LOCK = "store-lock-lost"
    CLOSED = "store-writer-closed"
    NOT_MOUNTED = "store-not-mounted"
    DISK_FULL = "store-disk-full"
    WRITE_FAILED = "store-write-failed"
    READ_ONLY = "store-read-only"
    BAD_AUID = "store-bad-auid"
    NOT_INDEXED = "store-file-not-indexed"


class StoreError(LocalError):
    """The node's: a lock, a disk or a mount. ``permanent`` False means that trying later may help."""

    def __init__(self, code: StoreCode, message: str, *, permanent: bool = False) -> None:
        super().__init__(code, message)
        self.permanent = permanent


class CaptureCode(StrEnum):
    """Why one capture is not stored; the others of its batch are."""

    NAME_EMPTY = "capture-name-empty"
    NAME_NUL = "capture-name-nul"
    NAME_NOT_UNICODE = "capture-name-not-unicode"
    NAME_TOO_LONG = "capture-name-too-long"
    HEAD_UNUSABLE = "capture-head-unusable"
    HEAD_TOO_LONG = "capture-head-too-long"
    DATE_WITHOUT_ZONE = "capture-date-without-zone"
    FACT_UNUSABLE = "capture-fact-unusable"
    BODY_UNREADABLE = "capture-body-unreadable"
    DIGEST_MISMATCH = "capture-digest-mismatch"


@dataclass(frozen=True, slots=True)
class CaptureFault:
    """A finding on one capture: ``field`` is where, ``expected`` what would have been right."""

    code: CaptureCode
    field: str
    expected: str


class RecordCode(StrEnum):
    """What is wrong at one place of a WARC file."""

    CUT = "record-cut"
    DAMAGED = "record-damaged"
    NOT_WARC = "record-not-warc"
    HEAD_TOO_LONG = "record-head-too-long"
    WRONG_LENGTH = "record-wrong-length"
    WRONG_DIGEST = "record-wrong-digest"
    FACTS_LOST = "record-facts-lost"
    CONTENT_LOST = "record-content-lost"
    INCOMPLETE = "record-group-incomplete"
    FOREIGN = "record-of-another-au"
    VERSION_TAKEN = "record-version-taken"
    NAME_LOST = "record-name-lost"


class RecordError(ContentError):
    """One record cannot be read; ``offset`` counts bytes from the start of the file."""

    def __init__(self, code: RecordCode, message: str, offset: int) -> None:
        super().__init__(code, message)
        self.offset = offset


__all__ = [
    "CaptureCode",
    "CaptureFault",
    "ContentCode",
    "ContentError",
    "RecordCode",
    "RecordError",
    "StoreCode",
    "StoreError",
]
