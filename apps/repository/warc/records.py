"""Reads the records of one WARC file in their order, over damage: what is broken is told and skipped."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from isal import isal_zlib

from apps.repository.errors import RecordCode, RecordError
from apps.repository.warc.compress import END
from apps.repository.warc.fields import parse_record_head, quick_field
from apps.repository.warc.inflate import MemberReader, Window

MAX_RECORD_HEAD = 1 << 20
# Blocks of these kinds are kept whole: they are facts, not content.
KEPT = frozenset({"warcinfo", "metadata", "request"})
MAX_KEPT = 1 << 25
MAX_HTTP_HEAD = 1 << 21
PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One intact record. ``offset`` and ``length`` are of its gzip member in the file. ``block`` only for warcinfo,
    metadata and request; else HTTP head, payload length and digests.
    """

    offset: int
    length: int
    kind: str
    head: bytes
    block: bytes = b""
    http_head: bytes = b""
    payload_length: int = 0
    payload_sha256: bytes = b""
    payload_crc32: int = 0

    @property
    def fields(self) -> dict[str, str]:
        """All fields of the record's head, names in lower case."""
        return parse_record_head(self.head) or {}


def records(window: Window, offset: int = 0) -> Iterator[Record | RecordError]:
    """Every record from ``offset`` on; a RecordError where one is broken, then the next that is whole."""
    while offset < window.size:
        try:
            record = read_record(window, offset)
        except RecordError as error:
            yield error
            found = _next_record(window, offset + 1)
            if found is None:
                return
            offset = found
            continue
        yield record
        offset += record.length


def read_record(window: Window, offset: int) -> Record:
    """The record whose gzip member begins at ``offset``; RecordError where it is not one, whole and undamaged."""
    reader = MemberReader(window, offset)
    head, start = _read_head(reader)
    kind = (quick_field(head, b"WARC-Type") or b"").decode("latin-1")
    stated = quick_field(head, b"Content-Length")
    if not kind or not stated or not stated.isdigit():
        raise RecordError(RecordCode.NOT_WARC, "a head without type or length", offset)
    length = int(stated[:20])
    block = _Block(kind, length, offset, is_http=kind == "response")
    piece = start
    while True:
        block.feed(piece)
        piece = reader.read(PIECE)
        if not piece:
            break
    block.finish(quick_field(head, b"WARC-Payload-Digest"))
    assert reader.end is not None  # noqa: S101 - set with the empty piece
    return Record(
        offset=offset,
        length=reader.end - offset,
        kind=kind,
        head=head,
        block=b"".join(block.kept),
        http_head=block.http_head,
        payload_length=block.payload_length,
        payload_sha256=block.sha256.digest(),
        payload_crc32=block.crc32,
    )


def _read_head(reader: MemberReader) -> tuple[bytes, bytes]:
    """(head without its empty line, what was read beyond it)."""
    have = b""
    while True:
        piece = reader.read(65_536)
        if not piece:
            raise RecordError(RecordCode.NOT_WARC, "no end of the record's head", reader.offset)
        have += piece
        end = have.find(END)
        if end >= 0:
            return have[: end + 2], have[end + len(END) :]
        if len(have) > MAX_RECORD_HEAD or not have.startswith(b"WARC/1."[: len(have)]):
            code = RecordCode.HEAD_TOO_LONG if have.startswith(b"WARC/1.") else RecordCode.NOT_WARC
            raise RecordError(code, "no WARC head", reader.offset)


class _Block:
    """Takes a record's block in pieces; knows where the payload begins and that CR LF CR LF must follow."""

    def __init__(self, kind: str, length: int, offset: int, *, is_http: bool) -> None:
        self.kept: list[bytes] = []
        self.http_head = b""
        self.payload_length = 0
        self.sha256 = hashlib.sha256()
        self.crc32 = 0
        self._keep = kind in KEPT
        if self._keep and length > MAX_KEPT:
            raise RecordError(RecordCode.WRONG_LENGTH, f"a {kind} record of {length} bytes", offset)
        self._left = length
        self._tail = b""
        self._offset = offset
        self._head: bytes | None = b"" if is_http else None

    def feed(self, piece: bytes) -> None:
        if len(piece) > self._left:
            self._tail += piece[self._left :]
            if len(self._tail) > len(END):
                raise RecordError(RecordCode.WRONG_LENGTH, "more than its head says", self._offset)
            piece = piece[: self._left]
        self._left -= len(piece)
        if self._head is not None:
            piece = self._take_http_head(piece)
        if not piece:
            return
        self.payload_length += len(piece)
        if self._keep:
            self.kept.append(piece)
            return
        self.sha256.update(piece)
        self.crc32 = isal_zlib.crc32(piece, self.crc32)

    def _take_http_head(self, piece: bytes) -> bytes:
        have = (self._head or b"") + piece
        end = have.find(END)
        if end >= 0:
            self.http_head, self._head = have[: end + len(END)], None
            return have[end + len(END) :]
        if len(have) > MAX_HTTP_HEAD:
            raise RecordError(RecordCode.HEAD_TOO_LONG, "no end of the HTTP head", self._offset)
        self._head = have
        return b""

    def finish(self, digest: bytes | None) -> None:
        """The record has ended; ``digest`` is the payload's as its head names it."""
        if self._left or self._tail != END or self._head is not None:
            self._refuse(RecordCode.WRONG_LENGTH, "the block is not as long as its head says")
        stated = digest if digest and digest.startswith(b"sha256:") and not self._keep else None
        if stated and stated != f"sha256:{self.sha256.hexdigest()}".encode():
            self._refuse(RecordCode.WRONG_DIGEST, "not the bytes its head names")

    def _refuse(self, code: RecordCode, message: str) -> None:
        raise RecordError(code, message, self._offset)


def _next_record(window: Window, offset: int) -> int | None:
    """The next place where a record's head can be read."""
    while (found := window.find_member(offset)) is not None:
        try:
            if MemberReader(window, found).read(16).startswith(b"WARC/1."):
                return found
        except RecordError:
            pass
        offset = found + 1
    return None
