"""A stored version's bytes on their way to a reader: whole, decoded, in parts, with damage found as they go.

Everything here asks the disk and runs in a thread. Nothing is written but what a reader ran into.
"""

import logging
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.db import DatabaseError

from apps.common.clock import now
from apps.delivery.codings import Sent, Way, first_decoded, sent_as
from apps.delivery.conditions import Span, spans
from apps.delivery.headers import Fields
from apps.delivery.services import kept
from apps.lockss.coding import Decoder, decoder_for
from apps.lockss.delivery.page_kind import LOOKED_AT
from apps.repository import services as repository
from apps.repository.bodies import Files
from apps.repository.errors import ContentError
from apps.repository.values import StoredArtifact

logger = logging.getLogger(__name__)
# Up to here a body is read and checked before the first byte leaves, so that damage is told and not sent.
CHECKED_FIRST = 1 << 20
PROBE = 4096
# More than a reader wants to see; a coded body may swell a thousandfold.
MOST_DECODED = 1 << 30
# Bytes that may be passed over for the sake of several parts: to the beginning of each an inflated body is read anew.
MOST_PASSED_OVER = 64 << 20

Pieces = tuple[bytes | Iterator[bytes], Callable[[], object]]
"""What is at hand, or reads the disk; and what closes it."""


class CutError(Exception):
    """A body that is being sent turns out wrong: the connection has to end before its end."""


def sending(artifact: StoredArtifact, given: Mapping[str, str]) -> Sent:
    """How a copy goes out to who sent these fields; a wrong label counts as none."""
    sent = sent_as(artifact.content_encoding, given.get("accept-encoding"))
    return Sent(Way.PLAIN) if sent.varies and mislabelled(artifact) else sent


def mislabelled(artifact: StoredArtifact) -> bool:
    """Some servers label plain files as coded; the store keeps both as they came (collecting §4)."""
    decoder = decoder_for(artifact.content_encoding)
    if decoder is None or decoder.identity or not artifact.size:
        return False
    with repository.open_range(artifact, 0, PROBE) as opened:
        for _piece in decoder.feed(opened.read()):
            break
    return decoder.never_began


def whole_body(artifact: StoredArtifact) -> Pieces:
    """Of what is short all of it, checked; of the rest the beginning has been read."""
    opened = repository.open_body(artifact)
    if artifact.size <= CHECKED_FIRST:
        with opened:
            return opened.read(), _nothing
    return begun(artifact, iter(opened), opened.close), opened.close


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ranged:
    """The answer to a request for ranges: 206, or 416 without a body where none of them is there (RFC 9110 §14).
    ``fields``: what is told of it; a Content-Type takes the place of the body's own."""

    status: int
    fields: Fields
    length: int = 0
    body: bytes | Iterator[bytes] = b""
    close: Callable[[], object] = _nothing


def ranged(
    artifact: StoredArtifact, given: Mapping[str, str], tag: str, modified: str | None, content_type: str
) -> Ranged | None:
    """None where the whole is to be sent. Only for GET: of a HEAD there is no range. ``tag`` and ``modified`` are those
    of the bytes as they lie."""
    found = spans(given, artifact.size, tag, modified, now())
    if found is None or _too_far(artifact, found):
        return None
    if not found:
        return Ranged(416, [("Content-Range", f"bytes */{artifact.size}")])
    if len(found) > 1:
        return _parts(artifact, found, content_type)
    (span,) = found
    fields = [("Content-Range", _place(span, artifact))]
    if (span.start, span.stop) == (0, artifact.size):
        return Ranged(206, fields, artifact.size, *whole_body(artifact))
    opened = repository.open_range(artifact, span.start, span.stop)
    pieces = begun(artifact, iter(opened), opened.close)
    return Ranged(206, fields, span.stop - span.start, pieces, opened.close)


def _place(span: Span, artifact: StoredArtifact) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{artifact.size}"


def _too_far(artifact: StoredArtifact, found: list[Span]) -> bool:
    """Whether several parts cost more than the whole body would."""
    return len(found) > 1 and sum(span.stop for span in found) > artifact.size + MOST_PASSED_OVER


def _parts(artifact: StoredArtifact, found: list[Span], content_type: str) -> Ranged:
    """One part each. The boundary is made by chance and is no byte sequence that anybody could know."""
    boundary = secrets.token_hex(20)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n"
        f"Content-Range: {_place(span, artifact)}\r\n\r\n".encode("latin-1")
        for span in found
    ]
    end = f"\r\n--{boundary}--\r\n".encode()
    length = sum(map(len, heads)) + sum(span.stop - span.start for span in found) + len(end)
    fields = [("Content-Type", f"multipart/byteranges; boundary={boundary}")]
    pieces = _each(artifact, found, heads, end)

    def close() -> None:
        # A thread may still be reading; what it holds goes with it.
        with suppress(ValueError):
            pieces.close()

    return Ranged(206, fields, length, begun(artifact, pieces, close), close)


def _each(
    artifact: StoredArtifact, found: list[Span], heads: list[bytes], end: bytes
) -> Generator[bytes, None, None]:
    for span, head in zip(found, heads, strict=True):
        with repository.open_range(artifact, span.start, span.stop) as opened:
            yield head
            yield from opened
    yield end


def decoded_body(artifact: StoredArtifact, decoder: Decoder) -> tuple[Iterator[bytes], Callable[[], object]]:
    """The pieces and what closes them. CutError where it cannot be decoded from the beginning."""
    opened = repository.open_body(artifact)
    return begun(artifact, undone(iter(opened), decoder), opened.close), opened.close


def beginning(artifact: StoredArtifact, most: int = LOOKED_AT, *, held: Files | None = None) -> bytes:
    """The decoded beginning of a copy, to be looked at: at least ``most`` bytes where there are so many; nothing of what
    cannot be read or decoded. What only is labelled as coded is given as it lies."""
    try:
        with repository.open_range(artifact, 0, min(max(most, PROBE), artifact.size), held=held) as opened:
            raw = opened.read()
    except ContentError as error:
        note(artifact, error)
        return b""
    found = first_decoded([raw], artifact.content_encoding, most)
    return raw if found is None else found


def undone(pieces: Iterator[bytes], decoder: Decoder) -> Iterator[bytes]:
    for piece in pieces:
        yield from parts_of(decoder, piece)
    check_whole(decoder)


def parts_of(decoder: Decoder, piece: bytes) -> Iterator[bytes]:
    """What comes out of one piece; CutError where it is wrong or too much."""
    yield from decoder.feed(piece)
    if decoder.error is not None or decoder.decoded > MOST_DECODED:
        raise CutError(decoder.error.detail if decoder.error else f"over {MOST_DECODED} bytes")


def check_whole(decoder: Decoder) -> None:
    """CutError where the body ended inside its coding."""
    if (error := decoder.close()) is not None:
        raise CutError(error.detail)


def begun(artifact: StoredArtifact, pieces: Iterator[bytes], close: Callable[[], object]) -> Iterator[bytes]:
    """The first piece is read here, so that what is wrong from the beginning is told."""
    try:
        first = next(pieces, b"")
    except BaseException:
        close()
        raise
    return _watched(artifact, first, pieces)


def _watched(artifact: StoredArtifact, held: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """One piece is always held back: the last one leaves when all have been found right."""
    try:
        for piece in pieces:
            yield held
            held = piece
    except ContentError as error:
        note(artifact, error)
        raise CutError(error.message) from error
    yield held


def note(artifact: StoredArtifact, error: ContentError) -> None:
    """What a reader ran into becomes a row, so that a check follows; if that cannot be, a line of the log."""
    try:
        repository.report(artifact, error)
    except DatabaseError:
        logger.exception("%s could not be noted", error.message)
    # The next reader is not led to the same bytes.
    kept.forget()
