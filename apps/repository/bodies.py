"""Reads what lies at an artifact's place: body, HTTP head, request, facts. Never trusts a length in the file.

Everything that can go wrong is a ContentError: *damaged* (other bytes than were stored, or fewer), *missing*
(the file is gone), *unreadable* (the disk or mount cannot be asked, so nothing is known of the bytes).
"""

import hashlib
import os
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from isal import isal_zlib

from apps.repository import files
from apps.repository.errors import ContentCode, ContentError, RecordError
from apps.repository.heads import Head, parse_head
from apps.repository.names import target_uri, unquoted
from apps.repository.values import Place, StoredArtifact
from apps.repository.warc.compress import (
    END,
    GZIP_HEADER,
    STORED_BLOCK,
    STORED_HEADER,
    TRAILER,
    member_crc32,
    stored_length,
    stored_position,
)
from apps.repository.warc.fields import parse_fields, parse_record_head
from apps.repository.warc.group import PREFIX
from apps.repository.warc.inflate import Window
from apps.repository.warc.records import MAX_HTTP_HEAD, MAX_RECORD_HEAD, Record, read_record

PIECE = 1 << 20
_AFTER_CONTENT = ("request", "metadata")


class Verify(StrEnum):
    """What is checked while a whole body streams by: SHA-256, or the far cheaper CRC-32 where many digests
    are taken of the same bytes anyway.
    """

    DIGEST = "digest"
    CRC = "crc"


class Files:
    """Descriptors of the files being read, the last few kept open. For one piece of work, not for a process:
    a file that vanishes meanwhile is still read.
    """

    def __init__(self, root: Path, keep: int = 8) -> None:
        self.root = root
        self._keep = keep
        self._open: OrderedDict[str, int] = OrderedDict()

    def descriptor(self, name: str) -> int:
        """ContentError where the file is not there or cannot be opened."""
        found = self._open.get(name)
        if found is None:
            found = self._open[name] = files.open_read(self.root, name)
            if len(self._open) > self._keep:
                os.close(self._open.popitem(last=False)[1])
        else:
            self._open.move_to_end(name)
        return found

    def close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Body:
    """The stored bytes of one version, piece by piece. A context manager, an iterator, and ``read(n)``.

    Nothing is opened before the first piece is asked for.

    ContentError is raised where the bytes turn out wrong, at the latest with the end: what came before it is
    only good once the end was reached.
    """

    def __init__(self, pieces: Iterator[bytes], size: int, owned: Files | None = None) -> None:
        self.size = size
        self._pieces = _closing(pieces, owned) if owned else pieces
        self._owned = owned
        self._rest = b""

    def __iter__(self) -> Iterator[bytes]:
        if self._rest:
            rest, self._rest = self._rest, b""
            yield rest
        yield from self._pieces

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes, fewer at the end; everything with -1."""
        parts, have = [self._rest], len(self._rest)
        while size < 0 or have < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            parts.append(piece)
            have += len(piece)
        joined = b"".join(parts)
        if size < 0:
            self._rest = b""
            return joined
        self._rest = joined[size:]
        return joined[:size]

    def close(self) -> None:
        if self._owned:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _closing(pieces: Iterator[bytes], owned: Files) -> Iterator[bytes]:
    """Files are given back with the last piece, for callers that forget the ``with``."""
    with owned:
        yield from pieces


def whole_body(held: Files, artifact: StoredArtifact, verify: Verify = Verify.DIGEST) -> Iterator[bytes]:
    """The body in pieces of at most 1 MiB, checked against the index while it streams."""
    return (piece for _raw, piece in lying_body(held, artifact, verify) if piece)


def lying_body(
    held: Files, artifact: StoredArtifact, verify: Verify = Verify.DIGEST
) -> Iterator[tuple[bytes, bytes]]:
    """The same with the deflate bytes of which each piece came before it: (deflated, piece), either may be empty.

    Together the deflated ones are ``place.body_deflated`` bytes, complete but for the final block.
    """
    place = placed(artifact)
    digest, crc, size = hashlib.sha256(), 0, 0
    for raw, piece in _inflated(held.descriptor(place.file), place):
        size += len(piece)
        if size > artifact.size:
            raise damaged(artifact, "more bytes than were stored")
        if verify is Verify.DIGEST:
            digest.update(piece)
        else:
            crc = isal_zlib.crc32(piece, crc)
        yield raw, piece
    if size != artifact.size:
        raise damaged(artifact, f"{size} bytes of {artifact.size}")
    wrong = digest.digest() != artifact.sha256 if verify is Verify.DIGEST else crc != place.body_crc32
    if wrong:
        raise damaged(artifact, "other bytes than were stored")


def part_of_body(held: Files, artifact: StoredArtifact, start: int, stop: int) -> Iterator[bytes]:
    """Bytes ``start`` to ``stop`` (exclusive); what is stored uncompressed is read where it lies."""
    place = placed(artifact)
    stop = min(stop, artifact.size)
    if start >= stop:
        return
    descriptor = held.descriptor(place.file)
    if is_stored(descriptor, artifact):
        pieces, skip = _stored_blocks(descriptor, place, start, stop), 0
    else:
        pieces, skip = (piece for _raw, piece in _inflated(descriptor, place)), start
    left = stop - start
    for whole in pieces:
        piece = whole
        if skip:
            skip, piece = max(0, skip - len(piece)), piece[skip:]
        piece = piece[:left]
        left -= len(piece)
        if piece:
            yield piece
        if not left:
            return
    raise damaged(artifact, "fewer bytes than were stored")


def is_stored(descriptor: int, artifact: StoredArtifact) -> bool:
    """Whether the body lies there uncompressed, in blocks of fixed size."""
    place = placed(artifact)
    if place.body_deflated != stored_length(artifact.size) or not artifact.size:
        return False
    size = min(artifact.size, STORED_BLOCK)
    expected = b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
    return files.read_at(descriptor, STORED_HEADER, place.offset + place.body_offset) == expected


def _stored_blocks(descriptor: int, place: Place, start: int, stop: int) -> Iterator[bytes]:
    base = place.offset + place.body_offset
    while start < stop:
        length = min(stop - start, STORED_BLOCK - start % STORED_BLOCK)
        piece = files.read_at(descriptor, length, base + stored_position(start))
        if len(piece) < length:
            raise ContentError(ContentCode.DAMAGED, f"{place.file} ends inside a body")
        yield piece
        start += length


def _inflated(descriptor: int, place: Place) -> Iterator[tuple[bytes, bytes]]:
    """(deflate bytes, what they inflate to): of what inflates to much the bytes come with the first piece alone."""
    inflate = isal_zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    offset, left = place.offset + place.body_offset, place.body_deflated
    while left > 0:
        given: bytes = files.read_at(descriptor, min(left, PIECE), offset)
        if not given:
            raise ContentError(ContentCode.DAMAGED, f"{place.file} ends inside a body")
        offset += len(given)
        left -= len(given)
        raw, more = given, True
        while more:
            try:
                piece = inflate.decompress(given, PIECE)
            except isal_zlib.error as error:
                raise ContentError(ContentCode.DAMAGED, f"{place.file}: does not inflate: {error}") from None
            if raw or piece:
                yield raw, piece
            raw, given = b"", inflate.unconsumed_tail
            more = bool(given) or len(piece) == PIECE
            if inflate.eof:
                raise ContentError(ContentCode.DAMAGED, f"{place.file}: a body ends too soon")


def read_record_heads(
    held: Files, artifact: StoredArtifact, *, check: bool = False
) -> tuple[dict[str, str], bytes]:
    """(fields of the WARC record, HTTP head as it is stored, empty where there is none).

    ``check``: ContentError where the heads are not those of the record's CRC-32, which is of heads and body.
    """
    place = placed(artifact)
    descriptor = held.descriptor(place.file)
    raw = files.read_at(descriptor, place.body_offset, place.offset)
    inflate = isal_zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        text = inflate.decompress(raw[len(GZIP_HEADER) :], MAX_RECORD_HEAD + MAX_HTTP_HEAD)
    except isal_zlib.error as error:
        raise damaged(artifact, f"the record's head does not inflate: {error}") from None
    if check:
        stated = files.read_at(descriptor, 4, place.offset + place.length - TRAILER)
        if int.from_bytes(stated, "little") != member_crc32(text, place.body_crc32, artifact.size):
            raise damaged(artifact, "the record's head is not the one that was stored")
    warc, mark, http = text.partition(END)
    fields = parse_record_head(warc + b"\r\n") if mark else None
    if fields is None or fields.get("warc-target-uri") != target_uri(artifact.url):
        raise damaged(artifact, "another record lies at its place")
    if fields.get("warc-type") != "response":
        return fields, b""
    if not http.endswith(END) or parse_head(http) is None:
        raise damaged(artifact, "the HTTP head is not whole")
    return fields, http


def read_heads(held: Files, artifact: StoredArtifact) -> tuple[dict[str, str], Head | None]:
    """(fields of the WARC record, HTTP head or None) of an artifact's record."""
    fields, http = read_record_heads(held, artifact)
    return fields, parse_head(http) if http else None


def read_companion(held: Files, artifact: StoredArtifact, kind: str) -> Record | None:
    """The request or metadata record of the same capture, None where there is none."""
    return next((record for record in _companions(held, artifact) if record.kind == kind), None)


def _companions(held: Files, artifact: StoredArtifact) -> Iterator[Record]:
    place = placed(artifact)
    window = Window(held.descriptor(place.file), 16_384)
    offset = place.offset + place.length
    for _ in _AFTER_CONTENT:
        if offset >= window.size:
            return
        try:
            record = read_record(window, offset)
        except RecordError as error:
            raise ContentError(ContentCode.DAMAGED, f"{place.file}: {error}") from None
        except OSError as error:
            raise ContentError(ContentCode.UNREADABLE, f"{place.file}: {error.strerror}") from None
        if record.kind not in _AFTER_CONTENT:
            return
        yield record
        offset += record.length


def read_facts(held: Files, artifact: StoredArtifact) -> dict[str, str]:
    """The facts stored with a capture by name, as they were given."""
    return _facts(artifact, read_companion(held, artifact, "metadata"))


def read_beside(held: Files, artifact: StoredArtifact) -> tuple[bytes, dict[str, str]]:
    """(the request's head, facts), both in one reading."""
    found = {record.kind: record for record in _companions(held, artifact)}
    request = found.get("request")
    return request.block if request else b"", _facts(artifact, found.get("metadata"))


def _facts(artifact: StoredArtifact, record: Record | None) -> dict[str, str]:
    told = parse_fields(record.block) if record else {}
    facts = {n.removeprefix(PREFIX): v for n, v in told.items() if n.startswith(PREFIX)}
    try:
        return {name: unquoted(value) for name, value in facts.items()}
    except ValueError as error:
        raise damaged(artifact, f"its facts cannot be read: {error}") from None


def placed(artifact: StoredArtifact) -> Place:
    if artifact.place is None:
        raise ContentError(ContentCode.UNREADABLE, f"{artifact.url} does not lie in a file")
    return artifact.place


def damaged(artifact: StoredArtifact, what: str) -> ContentError:
    where = f"{artifact.place.file} at {artifact.place.offset}" if artifact.place else "memory"
    return ContentError(
        ContentCode.DAMAGED, f"{artifact.url[:200]} version {artifact.version} ({where}): {what}"
    )
