"""A stored page as a reader's browser can use it: codings undone, links exchanged, piece by piece (delivery §3).

What differs between readers, the pass in front of an address, stands in no kept body: links are made with a word
that nobody can guess in its place, and the pass is put in on the way out.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from apps.delivery.bodies import (
    Answer,
    CutError,
    as_file,
    mislabelled,
    streamed,
    undone,
)
from apps.delivery.conditions import date_of, unchanged
from apps.delivery.headers import Fields, fields_of, modified_of, varying, with_type
from apps.delivery.heads import head_of
from apps.delivery.media import essence_of, media_type
from apps.delivery.rewritten import Kept, RewrittenBodies
from apps.lockss.coding import decoder_for
from apps.lockss.errors import LocalError
from apps.lockss.rewrite import HEAD, MEDIA_TYPES, REVISION, LinkMap, RewriteError, body_charset, rewriter_for
from apps.lockss.rewrite.charset import BodyCharset
from apps.repository import services as repository
from apps.repository.values import StoredArtifact

PLACE = f"/{secrets.token_hex(16)}"
"""Stands in front of every link that was made until what belongs there is put in; another one in every process."""
# Up to here a body is rewritten before its first byte leaves: then it has a length, and what is wrong is told.
BUFFERED = 1 << 20
# Seconds of work on one body; waiting for a slow reader is none.
LONGEST_WORK = 30.0
kept_bodies = RewrittenBodies()


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of a page lead. ``make(before)`` gives the map whose links begin with ``before``.

    ``key`` tells maps apart that make other links; ``before`` is what this reader's links begin with: nothing, or
    ``/t/<pass>``. ``line``: ASCII markup put behind a page, which tells the reader what it is.
    """

    key: tuple[str, ...]
    make: Callable[[str], LinkMap]
    before: str = ""
    line: bytes = b""


@dataclass(frozen=True, slots=True)
class Unrewritable:
    """The body cannot be rewritten with certainty; ``code`` is the rewriter's."""

    code: str


def is_rewritten(content_type: str) -> bool:
    """Whether bodies of this stored type have links that are exchanged."""
    return essence_of(media_type(content_type)) in MEDIA_TYPES


def rewritten(
    artifact: StoredArtifact, given: Mapping[str, str], links: Links, *, body: bool
) -> Answer | Unrewritable:
    """The answer for an artifact whose type ``is_rewritten``; ContentError where it is damaged or cannot be read."""
    tag = rewritten_tag(artifact)
    key = (artifact.auid, artifact.url, artifact.version, artifact.sha256, links.key, REVISION)
    kept = kept_bodies.get(key)
    if kept is not None:
        return _whole(kept, given, tag, links, body=body)
    head = head_of(artifact)
    fields = fields_of(artifact, head)
    if unchanged(given, tag.removeprefix("W/"), modified_of(head)):
        return Answer(304, _told(fields, tag, links))
    opened = repository.open_body(artifact)
    try:
        plain = _plain(artifact, iter(opened))
        making = Making(plain, artifact.content_type, artifact.url, links.make(PLACE))
        whole = making.whole()
        fields = with_type(fields, making.content_type)
        if whole is not None:
            kept = Kept(fields, whole)
            kept_bodies.put(key, kept)
            return _whole(kept, given, tag, links, body=body)
        told = _told(fields, tag, links)
        if not body:
            return Answer(200, told)
        pieces = with_before(making.rest(), links.before)
        answer = streamed(artifact, 200, told, _and_line(pieces, fields, links.line), opened.close)
        opened = None
        return answer
    except (RewriteError, LocalError) as error:
        # LocalError: no browser would ask for the page's own URL.
        return Unrewritable(error.code)
    except CutError:
        return as_file(artifact, fields, body=body)
    finally:
        if opened is not None:
            opened.close()


def rewritten_tag(artifact: StoredArtifact) -> str:
    """Weak: what stands for the same stored bytes is equal in meaning, not in every byte (delivery §2.5)."""
    return f'W/"v{artifact.version}-{artifact.sha256.hex()}-r{REVISION}"'


def _whole(kept: Kept, given: Mapping[str, str], tag: str, links: Links, *, body: bool) -> Answer:
    fields = _told(kept.fields, tag, links)
    if unchanged(given, tag.removeprefix("W/"), date_of(dict(kept.fields).get("Last-Modified"))):
        return Answer(304, fields)
    text = kept.body.replace(PLACE.encode(), links.before.encode())
    if _is_page(kept.fields):
        text += links.line
    fields.append(("Content-Length", str(len(text))))
    return Answer(200, fields, text) if body else Answer(200, fields)


def _told(fields: Fields, tag: str, links: Links) -> Fields:
    told = [*fields, ("ETag", tag), ("Accept-Ranges", "none")]
    # The line speaks the reader's language.
    return varying(told, "Accept-Language") if links.line and _is_page(fields) else told


def _plain(artifact: StoredArtifact, pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = decoder_for(artifact.content_encoding)
    if decoder is None:
        raise CutError(f"nobody knows the coding {artifact.content_encoding!r}")
    return pieces if decoder.identity or mislabelled(artifact) else undone(pieces, decoder)


@dataclass(slots=True)
class Making:
    """One body on its way. ``whole`` gives it where it is short; else ``rest`` gives all of it, piece by piece.

    ``pieces``: without codings. ``content_type`` afterwards says which charset was really used. RewriteError and
    what ``pieces`` raise end it.
    """

    pieces: Iterator[bytes]
    content_type: str
    url: str
    links: LinkMap
    _done: list[bytes] = field(default_factory=list)
    _spent: float = 0.0
    _going: Iterator[bytes] | None = None

    def whole(self) -> bytes | None:
        self._going = self._made()
        size = 0
        for piece in self._going:
            self._done.append(piece)
            size += len(piece)
            if size > BUFFERED:
                return None
        return b"".join(self._done)

    def rest(self) -> Iterator[bytes]:
        done, self._done = self._done, []
        try:
            yield from done
            if self._going is not None:
                yield from self._going
        except RewriteError as error:
            raise CutError(error.message) from error

    def _made(self) -> Iterator[bytes]:
        sent = media_type(self.content_type)
        head, rest = _head_of(self.pieces)
        charset = charset_of(head, sent)
        self.content_type = type_with(sent, charset)
        rewriter = rewriter_for(essence_of(sent), self.url, self.links, charset)
        if rewriter is None:
            raise ValueError(f"{sent} has no links that are known")
        for piece in rest:
            if out := self._timed(lambda piece=piece: rewriter.feed(piece)):
                yield out
        yield self._timed(rewriter.close)

    def _timed(self, work: Callable[[], bytes]) -> bytes:
        begun = time.perf_counter()
        out = work()
        self._spent += time.perf_counter() - begun
        if self._spent > LONGEST_WORK:
            raise CutError(f"rewriting took more than {LONGEST_WORK:g} s")
        return out


def _head_of(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes to look at, and all bytes again."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= HEAD:
            break
    first = b"".join(held)

    def again() -> Iterator[bytes]:
        yield first
        yield from pieces

    return first[:HEAD], again()


def charset_of(head: bytes, sent: str) -> BodyCharset:
    """What the body says of itself, else UTF-8 where it can be nothing else, else what browsers take it for."""
    is_sheet = essence_of(sent) == "text/css"
    return body_charset(head, sent, "utf-8" if is_sheet or _is_utf8(head) else "windows-1252")


def _is_utf8(head: bytes) -> bool:
    if head.isascii():
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The last character may be cut.
        return error.reason == "unexpected end of data"
    return True


def type_with(sent: str, charset: BodyCharset) -> str:
    """A sheet that says nothing is read in its page's charset, so nothing is said for it, unless it was decoded."""
    essence = essence_of(sent)
    if essence == "text/css" and charset.decoded_from is None:
        return sent
    return f"{essence}; charset={charset.label}"


def with_before(pieces: Iterator[bytes], before: str) -> Iterator[bytes]:
    """``PLACE`` replaced in a body that comes in pieces, wherever they were cut."""
    place, new, held = PLACE.encode(), before.encode(), b""
    for piece in pieces:
        whole = held + piece
        done = whole.rfind(place) + len(place) if place in whole else 0
        done = max(done, len(whole) - len(place) + 1)
        held = whole[done:]
        if out := whole[:done].replace(place, new):
            yield out
    if held:
        yield held


def _and_line(pieces: Iterator[bytes], fields: Fields, line: bytes) -> Iterator[bytes]:
    yield from pieces
    if line and _is_page(fields):
        yield line


def _is_page(fields: Fields) -> bool:
    return essence_of(dict(fields)["Content-Type"]) == "text/html"
