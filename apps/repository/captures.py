"""What a writer is given, and what it answers: one capture of one URL, and what became of it."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from isal import isal_zlib

from apps.repository.choices import AddOutcome, Origin
from apps.repository.errors import CaptureCode, CaptureFault
from apps.repository.heads import MAX_HEAD, Head, clean_head, parse_head
from apps.repository.names import MAX_NAME
from apps.repository.values import StoredArtifact
from apps.repository.warc.compress import PROBE, STORED_BLOCK, shrinks

PIECE = 16 * STORED_BLOCK
_FACT = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}", re.ASCII)
MAX_FACTS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One answer, or one file that came another way, about to be stored under ``url``.

    ``body``: the bytes to keep, transfer coding undone, content coding as sent; a binary file is read from its
    start twice and stays the caller's. ``head``: the answer's status line and fields as received; empty for what
    did not come by HTTP, which then needs ``content_type``. ``request``: the request's head as it went out.
    ``content_type`` None: the head's. ``facts``: what else must outlive the database (``choices.Fact``).
    ``sha256``: refuse other bytes than these.
    """

    url: str
    collected_at: dt.datetime
    origin: Origin
    body: bytes | BinaryIO
    head: bytes = b""
    request: bytes = b""
    content_type: str | None = None
    redirected_to: str | None = None
    address: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a capture: the artifact (new, or the equal one that is held), or the fault."""

    outcome: AddOutcome
    artifact: StoredArtifact | None = None
    fault: CaptureFault | None = None


class BodyBrokenError(Exception):
    """The body gave other bytes at the second reading, or could not be read again."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A capture found fit: its head as stored, its body measured."""

    capture: Capture
    head: bytes
    parsed: Head | None
    length: int
    sha256: bytes
    block_sha256: bytes
    crc32: int
    deflate: bool

    def body(self) -> Iterator[bytes]:
        """The body in pieces of whole stored blocks, but for the last; BodyBrokenError where it changed meanwhile."""
        length, crc = 0, 0
        try:
            for piece in _pieces(self.capture.body):
                length += len(piece)
                crc = isal_zlib.crc32(piece, crc)
                yield piece
        except (OSError, ValueError) as error:
            raise BodyBrokenError(str(error)) from error
        if (length, crc) != (self.length, self.crc32):
            raise BodyBrokenError("it changed while it was read")

    @property
    def content_type(self) -> str:
        given = self.capture.content_type
        return one_line(given if given is not None else self._stated("content-type"))

    @property
    def content_encoding(self) -> str:
        return one_line(self._stated("content-encoding"))

    def _stated(self, name: str) -> str:
        return (self.parsed and self.parsed.first(name)) or ""


def prepare(capture: Capture) -> Prepared | CaptureFault:
    """Judge one capture by itself; reads the body once."""
    if fault := name_fault(capture.url) or _field_fault(capture):
        return fault
    head = clean_head(capture.head) if capture.head else b""
    if head is None:
        return CaptureFault(CaptureCode.HEAD_UNUSABLE, "head", "an HTTP status line, then fields")
    if len(head) > MAX_HEAD or len(capture.request) > MAX_HEAD:
        return CaptureFault(CaptureCode.HEAD_TOO_LONG, "head", f"at most {MAX_HEAD} bytes")
    try:
        measured = _measure(head, capture.body)
    except (OSError, ValueError) as error:
        return CaptureFault(CaptureCode.BODY_UNREADABLE, "body", f"a file that can be read twice ({error})")
    prepared = Prepared(capture, head, parse_head(head) if head else None, *measured)
    if capture.sha256 is not None and capture.sha256 != prepared.sha256:
        return CaptureFault(CaptureCode.DIGEST_MISMATCH, "body", f"SHA-256 {capture.sha256.hex()}")
    return prepared


def _measure(head: bytes, body: bytes | BinaryIO) -> tuple[int, bytes, bytes, int, bool]:
    """(length, SHA-256 of the body, of head and body, CRC-32 of the body, whether to deflate it)."""
    payload, block = hashlib.sha256(), hashlib.sha256(head)
    length, crc, deflate = 0, 0, False
    for piece in _pieces(body):
        if not length:
            deflate = shrinks(piece[:PROBE])
        length += len(piece)
        payload.update(piece)
        block.update(piece)
        crc = isal_zlib.crc32(piece, crc)
    return length, payload.digest(), block.digest(), crc, deflate


def _pieces(body: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(body, bytes | bytearray | memoryview):
        yield from (bytes(body[at : at + PIECE]) for at in range(0, len(body), PIECE))
        return
    body.seek(0)
    rest = b""
    while piece := body.read(PIECE - len(rest)):
        rest += piece
        if len(rest) == PIECE:
            yield rest
            rest = b""
    if rest:
        yield rest


def name_fault(url: str) -> CaptureFault | None:
    """Why a text cannot be the name of an artifact; None where it can."""
    if not url:
        return CaptureFault(CaptureCode.NAME_EMPTY, "url", "a name")
    if len(url) > MAX_NAME:
        return CaptureFault(CaptureCode.NAME_TOO_LONG, "url", f"at most {MAX_NAME} characters")
    if "\0" in url:
        return CaptureFault(CaptureCode.NAME_NUL, "url", "no NUL")
    try:
        url.encode()
    except UnicodeEncodeError as error:
        return CaptureFault(
            CaptureCode.NAME_NOT_UNICODE, "url", f"text that UTF-8 can spell ({error.reason})"
        )
    return None


def _field_fault(capture: Capture) -> CaptureFault | None:
    if capture.collected_at.tzinfo is None or not 1 < capture.collected_at.year < 9999:
        return CaptureFault(CaptureCode.DATE_WITHOUT_ZONE, "collected_at", "a date with its zone")
    if capture.request and not clean_request(capture.request):
        return CaptureFault(
            CaptureCode.HEAD_UNUSABLE, "request", "a request line, then fields, then a blank line"
        )
    if capture.address is not None and not _ADDRESS.fullmatch(capture.address):
        return CaptureFault(CaptureCode.FACT_UNUSABLE, "address", "an IP address")
    if capture.redirected_to is not None and (fault := name_fault(capture.redirected_to)):
        return CaptureFault(fault.code, "redirected_to", fault.expected)
    for name, value in capture.facts.items():
        if not _FACT.fullmatch(name) or not _spellable(value) or len(value) > MAX_FACTS:
            return CaptureFault(CaptureCode.FACT_UNUSABLE, f"facts.{name[:64]!a}", "a short name and a text")
    return None


def _spellable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def clean_request(raw: bytes) -> bytes:
    """A request's head as it is stored, empty where it is none."""
    first, _, _ = raw.partition(b"\n")
    if not re.fullmatch(rb"[A-Z]+ \S+ HTTP/1\.[01]\r?", first):
        return b""
    lines = re.split(rb"\r?\n", raw)
    lines = lines[: lines.index(b"")] if b"" in lines else lines
    return b"\r\n".join(lines) + b"\r\n\r\n"


def one_line(text: str) -> str:
    """Without what a database text or a record's field cannot hold."""
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    return text[:1024].strip()
