"""From a stored version to an answer as it was collected: codings, conditions, ranges.

Everything here asks the disk and runs in a thread. Nothing is written but what a reader ran into.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from apps.common.clock import now
from apps.delivery.codings import Way
from apps.delivery.conditions import Condition, judged
from apps.delivery.headers import Fields, fields_of, modified_of, tag_of, with_type
from apps.delivery.heads import head_of
from apps.delivery.media import UNKNOWN
from apps.delivery.stored import (
    CutError,
    beginning,
    begun,
    decoded_body,
    mislabelled,
    note,
    ranged,
    sending,
    undone,
    whole_body,
)
from apps.delivery.values import Copy
from apps.lockss.coding import Decoder
from apps.lockss.http_dates import format_date
from apps.repository.heads import Head
from apps.repository.values import StoredArtifact

__all__ = [
    "Answer",
    "CutError",
    "Lasting",
    "answer_of",
    "as_file",
    "beginning",
    "mislabelled",
    "note",
    "streamed",
    "undone",
]


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
    kind = dict(fields)["Content-Type"]
    dated = modified and format_date(modified)
    part = ranged(artifact, given, tag, dated, kind) if body else None
    if part is not None:
        told = with_type(fields, dict(part.fields).get("Content-Type", kind))
        told += [pair for pair in part.fields if pair[0] != "Content-Type"]
        return Answer(part.status, [*told, ("Content-Length", str(part.length))], part.body, part.close)
    fields.append(("Content-Length", str(artifact.size)))
    return Answer(200, fields, *whole_body(artifact)) if body else Answer(200, fields)


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


def as_file(artifact: StoredArtifact, fields: Fields, *, body: bool) -> Answer:
    """What cannot be decoded is handed over as it lies, to be saved, never guessed at (delivery-rulings, C16)."""
    raw = [(name, value) for name, value in fields if name not in ("Content-Type", "Content-Disposition")]
    raw += [("Content-Type", UNKNOWN), ("Content-Disposition", "attachment"), ("ETag", tag_of(artifact))]
    raw.append(("Content-Length", str(artifact.size)))
    return Answer(200, raw, *whole_body(artifact)) if body else Answer(200, raw)


def streamed(
    artifact: StoredArtifact,
    status: int,
    fields: Fields,
    pieces: Iterator[bytes],
    close: Callable[[], object],
) -> Answer:
    return Answer(status, fields, begun(artifact, pieces, close), close)
