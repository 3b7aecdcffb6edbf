"""From an address to an answer: which stored version, in which representation, or what is said instead.

Everything here asks the database or the disk and runs in a thread. Nothing is written but what a reader ran into.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import DatabaseError

from apps.aus.models import Au
from apps.delivery.addresses import Asked
from apps.delivery.conditions import NoSuchBytesError, Span, unchanged, understands, wanted_span
from apps.delivery.headers import Fields, fields_of, modified_of, tag_of
from apps.delivery.media import UNKNOWN
from apps.lockss.coding import Decoder, decoder_for
from apps.lockss.urls import UrlRefusal, normalize
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from apps.repository.errors import ContentCode, ContentError
from apps.repository.heads import Head
from apps.repository.models import Artifact
from apps.repository.values import StoredArtifact

logger = logging.getLogger(__name__)
# Up to here a body is read and checked before the first byte leaves, so that damage is told and not sent.
CHECKED_FIRST = 1 << 20
PROBE = 4096
MAX_HOPS = 10
# More than a reader wants to see; a coded body may swell a thousandfold.
MOST_DECODED = 1 << 30


class CutError(Exception):
    """A body that is being sent turns out wrong: the connection has to end before its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    fields: Fields
    body: Iterator[bytes] = field(default_factory=lambda: iter(()))
    close: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Moved:
    """The URL led to another one that is held too."""

    url: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The AU, or the URL in it, is not here."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Every version that was asked for is damaged, missing or cannot be read just now."""

    url: str
    version: int
    state: ArtifactState
    # A newer version that is good; 0: there is none.
    newer: int = 0


Outcome = Answer | Moved | Absent | Broken
_STATES = {ContentCode.MISSING: ArtifactState.MISSING, ContentCode.UNREADABLE: ArtifactState.UNREADABLE}


def serve(asked: Asked, given: Mapping[str, str], *, body: bool) -> Outcome:
    """The answer to a GET, or without ``body`` to a HEAD. ``given``: the request's fields, names in lower case."""
    auid = _auid(asked.slug)
    artifact = _find(auid, asked) if auid else None
    if auid is None or artifact is None:
        return Absent()
    if artifact.suspect:
        return _broken(auid, artifact, artifact.state)
    if asked.version is None and (target := _target(auid, artifact)):
        return Moved(target)
    try:
        return _answer(artifact, given, body=body)
    except ContentError as error:
        _note(artifact, error)
        state = _STATES.get(error.code, ArtifactState.DAMAGED)
        return _broken(auid, artifact, state)


def _broken(auid: str, artifact: StoredArtifact, state: ArtifactState) -> Broken:
    best = repository.find_best(auid=auid, url=artifact.url)
    newer = best.version if best is not None and best.version > artifact.version else 0
    return Broken(artifact.url, artifact.version, state, newer)


def _auid(slug: str) -> str | None:
    """Which AU an address means never changes; whether it is there may."""
    try:
        return _known_auid(slug)
    except Au.DoesNotExist:
        return None


@lru_cache(maxsize=10_000)
def _known_auid(slug: str) -> str:
    return Au.objects.values_list("auid", flat=True).get(slug=slug)


def _find(auid: str, asked: Asked) -> StoredArtifact | None:
    url = asked.url or _url_of(auid, asked.digest)
    if not url:
        return None
    if asked.version is not None:
        return repository.find(auid=auid, url=url, version=asked.version)
    for name in readings(url):
        versions = repository.history(auid=auid, url=name)
        if versions:
            return next((one for one in versions if not one.suspect), versions[0])
    return None


def _url_of(auid: str, digest: str) -> str | None:
    rows = Artifact.objects.filter(au_key__auid=auid, url_digest=bytes.fromhex(digest), is_current=True)
    return rows.values_list("url", flat=True).first()


def readings(url: str) -> list[str]:
    """Names that a URL may be stored under: itself, then what a browser made of a link turned back (collecting §1)."""
    found = [url]
    for text in (url, _unescaped(url)):
        name = normalize(text)
        found += [text] if isinstance(name, UrlRefusal) else [text, name]
    return list(dict.fromkeys(found))


def _unescaped(url: str) -> str:
    """Beyond ASCII browsers escape what names hold as it is; the escape of an apostrophe is theirs too."""
    head, *rest = url.split("%")
    raw = head.encode()
    for part in rest:
        byte = int(part[:2], 16) if len(part) > 1 and set(part[:2]) <= set("0123456789abcdefABCDEF") else 0
        raw += bytes([byte]) + part[2:].encode() if byte >= 0x80 or byte == 0x27 else b"%" + part.encode()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return url


def _target(auid: str, artifact: StoredArtifact) -> str | None:
    """Where the URL led, as far as that is held and good; None for itself, and where the way leads back."""
    seen, current = [artifact.url], artifact
    while current.redirected_to and len(seen) <= MAX_HOPS:
        if current.redirected_to in seen:
            return None
        found = repository.find_best(auid=auid, url=current.redirected_to)
        if found is None:
            break
        seen.append(found.url)
        current = found
    return seen[-1] if len(seen) > 1 else None


def _answer(artifact: StoredArtifact, given: Mapping[str, str], *, body: bool) -> Answer:
    head = repository.head(artifact)
    fields = fields_of(artifact, head)
    coding = artifact.content_encoding
    if coding and not _mislabelled(artifact):
        fields.append(("Vary", "Accept-Encoding"))
        decoder = decoder_for(coding)
        if decoder is not None and not understands(given.get("accept-encoding"), coding):
            return _decoded(artifact, head, fields, given, decoder if body else None)
        fields.append(("Content-Encoding", coding))
    tag = tag_of(artifact)
    fields += [("ETag", tag), ("Accept-Ranges", "bytes")]
    if unchanged(given, tag, modified_of(head)):
        return Answer(304, fields)
    try:
        span = wanted_span(given, artifact.size, tag)
    except NoSuchBytesError:
        return Answer(416, [*fields, ("Content-Range", f"bytes */{artifact.size}"), ("Content-Length", "0")])
    if span is not None:
        return _part(artifact, span, fields, body=body)
    fields.append(("Content-Length", str(artifact.size)))
    return _whole(artifact, 200, fields) if body else Answer(200, fields)


def _mislabelled(artifact: StoredArtifact) -> bool:
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
            return Answer(status, fields, iter((opened.read(),)))
    return _streamed(artifact, status, fields, iter(opened), opened.close)


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
    return _streamed(artifact, 206, fields, iter(opened), opened.close)


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
    if unchanged(given, tag, modified_of(head)):
        return Answer(304, told)
    if decoder is None:
        return Answer(200, told)
    opened = repository.open_body(artifact)
    try:
        return _streamed(artifact, 200, told, _undone(iter(opened), decoder), opened.close)
    except CutError:
        # What cannot be decoded is handed over as a file, never guessed at (delivery-rulings, C16).
        raw = [(name, value) for name, value in fields if name not in ("Content-Type", "Content-Disposition")]
        raw += [("Content-Type", UNKNOWN), ("Content-Disposition", "attachment"), ("ETag", tag_of(artifact))]
        return _whole(artifact, 200, [*raw, ("Content-Length", str(artifact.size))])


def _undone(pieces: Iterator[bytes], decoder: Decoder) -> Iterator[bytes]:
    for piece in pieces:
        yield from decoder.feed(piece)
        if decoder.error is not None or decoder.decoded > MOST_DECODED:
            raise CutError(decoder.error.detail if decoder.error else f"over {MOST_DECODED} bytes")
    if (error := decoder.close()) is not None:
        raise CutError(error.detail)


def _streamed(
    artifact: StoredArtifact,
    status: int,
    fields: Fields,
    pieces: Iterator[bytes],
    close: Callable[[], object],
) -> Answer:
    """The first piece is read here, so that what is wrong from the beginning is told."""
    try:
        first = next(pieces, b"")
    except BaseException:
        close()
        raise
    return Answer(status, fields, _watched(artifact, first, pieces), close)


def _watched(artifact: StoredArtifact, held: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """One piece is always held back: the last one leaves when all have been found right."""
    try:
        for piece in pieces:
            yield held
            held = piece
    except ContentError as error:
        _note(artifact, error)
        raise CutError(error.message) from error
    yield held


def _note(artifact: StoredArtifact, error: ContentError) -> None:
    """What a reader ran into becomes a row, so that a check follows; if that cannot be, a line of the log."""
    try:
        repository.report(artifact, error)
    except DatabaseError:
        logger.exception("%s could not be noted", error.message)
