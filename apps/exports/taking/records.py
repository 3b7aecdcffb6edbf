"""Reads WARC records from a stream, ours and those of others (WARC 1.0 and 1.1), over any gzip members or none.

A record is its head and the bytes that its head announces, then CR LF CR LF. Where that does not hold, nothing behind it
is believed: the reading ends with what is wrong, and nothing is lost silently.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from apps.exports.taking.streams import MAGIC, BrokenError, Inflated, Peeked, Source
from apps.repository.warc.fields import parse_fields

MAX_HEAD = 1 << 20
MAX_HTTP_HEAD = 1 << 20
MAX_KEPT = 1 << 24
PIECE = 1 << 16
END = b"\r\n\r\n"
# Their blocks are small, and kept.
KEPT = frozenset({"warcinfo", "metadata", "request", "revisit"})
CONTENT = frozenset({"response", "resource", "revisit"})
_ALGORITHMS = {"sha1": 20, "sha256": 32, "sha512": 64, "md5": 16}
_VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.[01])\r?\n")


@dataclass(slots=True)
class TakenRecord:
    """``kind`` and ``fields`` (names in lower case) of its head. ``head``: HTTP head of a response or revisit; the
    payload lies in the file that was given for it, ``size`` bytes with ``sha256``; ``block``: of small records.

    ``at``: where it can be read again from, in bytes of the file; None within a gzip member. ``wrong``: which of the digests that the head names is not that of the bytes; ``checked``: one was compared.
    """

    number: int
    kind: str
    fields: dict[str, str]
    head: bytes = b""
    block: bytes = b""
    size: int = 0
    sha256: bytes = b""
    wrong: str = ""
    checked: bool = False
    at: int | None = None
    digests: dict[str, bytes] = field(default_factory=dict)


def read_records(source: Source, payload: IO[bytes], most: int) -> Iterator[TakenRecord]:
    """``payload`` is overwritten with each record of content. BrokenError where reading ends before the file does;
    ``most``: bytes of one payload."""
    peeked = Peeked(source, 2)
    inflated = Inflated(peeked) if peeked.first == MAGIC else None
    number = 0
    reader = _Reader(inflated or peeked)
    while (head := reader.head()) is not None:
        number += 1
        at = inflated.place_of(reader.at) if inflated else reader.at
        record = _record(reader, number, head, payload, most)
        record.at = at
        yield record


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._have = b""
        self._read = 0
        # Where the last head began.
        self.at = 0

    def head(self) -> bytes | None:
        """Without its empty line; None at the end."""
        while len(self._have) < 16 and self._more():
            pass
        # Some writers leave line ends between records.
        self._have = self._have.lstrip(b"\r\n")
        if not self._have and not self._more():
            return None
        self.at = self._read - len(self._have)
        while END not in self._have:
            if len(self._have) > MAX_HEAD or not self._have[:5].startswith(b"WARC/"[: len(self._have)]):
                raise BrokenError("no WARC record begins here")
            if not self._more():
                raise BrokenError("it ends inside the head of a record")
        head, _end, self._have = self._have.partition(END)
        if _VERSION.match(head) is None:
            raise BrokenError("no WARC record of a version that is known begins here")
        return head

    def block(self, length: int) -> Iterator[bytes]:
        while length:
            if not self._have and not self._more():
                raise BrokenError("it ends inside a record")
            piece, self._have = self._have[:length], self._have[length:]
            length -= len(piece)
            yield piece

    def end(self) -> None:
        while len(self._have) < len(END) and self._more():
            pass
        if not self._have.startswith(END):
            raise BrokenError("a record is not as long as its head says")
        self._have = self._have[len(END) :]

    def _more(self) -> bool:
        piece = self._source.read(PIECE)
        self._have += piece
        self._read += len(piece)
        return bool(piece)


def _record(reader: _Reader, number: int, head: bytes, payload: IO[bytes], most: int) -> TakenRecord:
    fields = parse_fields(
        re.sub(rb"\r?\n[ \t]+", b" ", head)
        .partition(b"\n")[2]
        .replace(b"\r\n", b"\n")
        .replace(b"\n", b"\r\n")
    )
    length = fields.get("content-length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise BrokenError(f"record {number} has no length")
    record = TakenRecord(number, fields.get("warc-type", "").lower(), fields)
    wanted = (
        named_digest(fields.get("warc-block-digest", "")),
        named_digest(fields.get("warc-payload-digest", "")),
    )
    block, body = _hashes(wanted[0]), _hashes(wanted[1])
    if record.kind in KEPT:
        if int(length) > MAX_KEPT:
            raise BrokenError(f"a {record.kind} record of {length} bytes")
        record.block = b"".join(reader.block(int(length)))
        for one in block.values():
            one.update(record.block)
        if record.kind == "revisit":
            record.head = record.block
    else:
        _content(reader, record, int(length), payload, most, block, body)
    reader.end()
    record.digests = {name: one.digest() for name, one in body.items()}
    if wanted[0] and block and block[wanted[0][0]].digest() != wanted[0][1]:
        record.wrong = "block"
    # Of a revisit the digest is that of bytes that are elsewhere.
    checks_payload = record.kind in ("response", "resource")
    if checks_payload and wanted[1] and body and record.digests[wanted[1][0]] != wanted[1][1]:
        record.wrong = record.wrong or "payload"
    record.checked = bool((wanted[0] and block) or (checks_payload and wanted[1] and body))
    return record


def _content(
    reader: _Reader,
    record: TakenRecord,
    length: int,
    payload: IO[bytes],
    most: int,
    block: "dict[str, hashlib._Hash]",
    body: "dict[str, hashlib._Hash]",
) -> None:
    payload.seek(0)
    payload.truncate()
    is_http = record.kind == "response" and "http" in record.fields.get("content-type", "").lower()
    head: bytes | None = b"" if is_http else None
    sha256 = hashlib.sha256()
    for piece in reader.block(length):
        for one in block.values():
            one.update(piece)
        if head is not None:
            head += piece
            found = re.search(rb"\r?\n\r?\n", head)
            if found is None:
                if len(head) > MAX_HTTP_HEAD:
                    raise BrokenError(f"record {record.number}: no end of its HTTP head")
                continue
            record.head, rest, head = head[: found.end()], head[found.end() :], None
        else:
            rest = piece
        record.size += len(rest)
        if record.size > most:
            raise BrokenError(f"record {record.number} is larger than what is taken")
        sha256.update(rest)
        for one in body.values():
            one.update(rest)
        payload.write(rest)
    if head is not None:
        # An answer without a body may lack the empty line.
        record.head = head
    record.sha256 = sha256.digest()


def _hashes(named: tuple[str, bytes] | None) -> "dict[str, hashlib._Hash]":
    return {named[0]: hashlib.new(named[0], usedforsecurity=False)} if named else {}


def named_digest(text: str) -> tuple[str, bytes] | None:
    """(algorithm, digest) of ``sha1:BASE32`` or ``sha256:hex``; None for what is not known."""
    name, colon, value = text.strip().partition(":")
    name = name.lower().replace("-", "")
    size = _ALGORITHMS.get(name)
    if not colon or size is None:
        return None
    try:
        found = (
            bytes.fromhex(value)
            if len(value) == 2 * size
            else base64.b32decode(value.upper() + "=" * (-len(value) % 8))
        )
    except (ValueError, binascii.Error):
        return None
    return (name, found) if len(found) == size else None
