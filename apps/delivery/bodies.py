"""From a stored version to an answer as it was collected: codings, conditions, ranges, damage found on the way.

Everything here asks the disk and runs in a thread. Nothing is written but what a reader ran into.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.db import DatabaseError

from apps.common.clock import now
from apps.delivery.codings import Sent, Way, first_decoded, sent_as
from apps.delivery.conditions import Condition, NoSuchBytesError, Span, judged, wanted_span
from apps.delivery.headers import Fields, fields_of, modified_of, tag_of
from apps.delivery.heads import head_of
from apps.delivery.media import UNKNOWN
from apps.delivery.services import kept
from apps.delivery.values import Copy
from apps.lockss.coding import Decoder, decoder_for
from apps.lockss.delivery.page_kind import LOOKED_AT
from apps.lockss.http_dates import format_date
from apps.repository import services as repository
from apps.repository.bodies import Files
from apps.repository.errors import ContentError
from apps.repository.heads import Head
from apps.repository.values import StoredArtifact

logger = logging.getLogger(__name__)
# Up to here a body is read and checked before the first byte leaves, so that damage is told and not sent.
CHECKED_FIRST = 1 << 20
PROBE = 4096
# More than a reader wants to see; a coded body may swell a thousandfold.
MOST_DECODED = 1 << 30


class CutError(Exception):
    """A body that is being sent turns out wrong: the connection has to end before its end."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """What an answer is of that would be the same for the next who asks. ``personal``: from the same address, whose pass
    stands in its links."""

    copy: Copy
    artifact: StoredArtifact
    personal: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Of stored bytes; ``body`` is all of it at hand, or reads the disk, which runs in threads. ``close`` in every
    case but the first. ``of``: of which version, where the caller does not know it. ``lasting``: it may be given again
    (``at_once``)."""

    status: int
    fields: Fields
    body: bytes | Iterator[bytes] = b""
    close: Callable[[], object] = lambda: None
    of: StoredArtifact | None = None
    lasting: Lasting | None = None


def answer_of(artifact: StoredArtifact, given: Mapping[str, str], *, body: bool) -> Answer:
    """The stored bytes. ContentError where they are damaged, missing or cannot be read."""
    head = head_of(artifact)
    fields = fields_of(artifact, head)
    sent = sending(artifact, given)
    if sent.varies:
        fields.append(("Vary", "Accept-Encoding"))
    if sent.decoder is not None:
        return _decoded(artifact, head, fields, given, sent.decoder if body else None)
    tag = tag_of(artifact)
    if sent.way is Way.FILE:
        told = [*fields, ("ETag", tag)]
        early = _by_condition(given, tag, modified_of(head), told)
        return early or as_file(artifact, fields, body=body)
    if sent.way is Way.CODED:
        fields.append(("Content-Encoding", artifact.content_encoding or ""))
    fields += [("ETag", tag), ("Accept-Ranges", "bytes")]
    modified = modified_of(head)
    if (early := _by_condition(given, tag, modified, fields)) is not None:
        return early
    try:
        span = wanted_span(given, artifact.size, tag, modified)
    except NoSuchBytesError:
        return Answer(416, [*fields, ("Content-Range", f"bytes */{artifact.size}"), ("Content-Length", "0")])
    if span is not None:
        return _part(artifact, span, fields, body=body)
    fields.append(("Content-Length", str(artifact.size)))
    return _whole(artifact, 200, fields) if body else Answer(200, fields)


def _by_condition(
    given: Mapping[str, str], tag: str, modified: dt.datetime | None, fields: Fields
) -> Answer | None:
    match judged(given, tag, modified and format_date(modified), now()):
        case Condition.FAILED:
            return Answer(412, [*fields, ("Content-Length", "0")])
        case Condition.UNCHANGED:
            return Answer(304, fields)
        case Condition.MET:
            return None


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


def _whole(artifact: StoredArtifact, status: int, fields: Fields) -> Answer:
    opened = repository.open_body(artifact)
    if artifact.size <= CHECKED_FIRST:
        with opened:
            return Answer(status, fields, opened.read())
    return streamed(artifact, status, fields, iter(opened), opened.close)


def _part(artifact: StoredArtifact, span: Span, fields: Fields, *, body: bool) -> Answer:
    fields += [
        ("Content-Range", f"bytes {span.start}-{span.stop - 1}/{artifact.size}"),
        ("Content-Length", str(span.stop - span.start)),
    ]
    if not body:
        return Answer(206, fields)
    if (span.start, span.stop) == (0, artifact.size):
        return _whole(artifact, 206, fields)
    opened = repository.open_range(artifact, span.start, span.stop)
    return streamed(artifact, 206, fields, iter(opened), opened.close)


def _decoded(
    artifact: StoredArtifact,
    head: Head | None,
    fields: Fields,
    given: Mapping[str, str],
    decoder: Decoder | None,
) -> Answer:
    """For readers that do not understand the coding; without ``decoder`` the fields alone."""
    tag = tag_of(artifact, decoded=True)
    told = [*fields, ("ETag", tag)]
    if (early := _by_condition(given, tag, modified_of(head), told)) is not None:
        return early
    if decoder is None:
        return Answer(200, told)
    try:
        return Answer(200, told, *decoded_body(artifact, decoder))
    except CutError:
        return as_file(artifact, fields, body=True)


def decoded_body(artifact: StoredArtifact, decoder: Decoder) -> tuple[Iterator[bytes], Callable[[], object]]:
    """The pieces and what closes them. CutError where it cannot be decoded from the beginning."""
    opened = repository.open_body(artifact)
    return begun(artifact, undone(iter(opened), decoder), opened.close), opened.close


def as_file(artifact: StoredArtifact, fields: Fields, *, body: bool) -> Answer:
    """What cannot be decoded is handed over as it lies, to be saved, never guessed at (delivery-rulings, C16)."""
    raw = [(name, value) for name, value in fields if name not in ("Content-Type", "Content-Disposition")]
    raw += [("Content-Type", UNKNOWN), ("Content-Disposition", "attachment"), ("ETag", tag_of(artifact))]
    raw.append(("Content-Length", str(artifact.size)))
    return _whole(artifact, 200, raw) if body else Answer(200, raw)


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


def streamed(
    artifact: StoredArtifact,
    status: int,
    fields: Fields,
    pieces: Iterator[bytes],
    close: Callable[[], object],
) -> Answer:
    return Answer(status, fields, begun(artifact, pieces, close), close)


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
