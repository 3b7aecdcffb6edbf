"""Our copy as a proxy gives it, in the publisher's own origin (delivery §4.6, §4.7; rulings C8, C9).

Everything here asks the disk and runs in a thread. Of the stored fields go out as they are only those that say what the
body is; the rest is told under other names. A stored cookie, policy or worker never reaches the publisher's origin.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apps.common.clock import now
from apps.delivery.codings import Sent, Way
from apps.delivery.conditions import Condition, judged
from apps.delivery.headers import ORIGINAL
from apps.delivery.heads import head_of
from apps.delivery.media import UNKNOWN, for_any_origin, media_type
from apps.delivery.proxy.values import Wanted
from apps.delivery.stored import CutError, decoded_body, note, ranged, sending, whole_body
from apps.lockss.coding import Decoder
from apps.repository import services as repository
from apps.repository.errors import ContentCode, ContentError
from apps.repository.heads import Head
from apps.repository.values import StoredArtifact

MAX_HOPS = 10
_KEPT = frozenset({"content-language", "content-disposition", "last-modified"})
_NEVER = frozenset({"set-cookie", "set-cookie2", "content-length", "content-range", "content-encoding"})
# Told under the names that the field's old programs know.
_OURS = frozenset({"date", "server", "etag"})
LOCKSS = "X-Lockss-Orig-"


class UnservableError(Exception):
    """The copy is damaged, missing, or cannot be read just now (``away``)."""

    def __init__(self, *, away: bool) -> None:
        super().__init__("away" if away else "damaged")
        self.away = away


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    fields: list[tuple[str, str]]
    length: int | None = 0
    body: bytes | Iterator[bytes] = b""
    close: Callable[[], object] = lambda: None


def answer(
    artifact: StoredArtifact, wanted: Wanted, more: list[tuple[str, str]], *, never_stored: bool
) -> KeptAnswer:
    """The answer to a GET or HEAD. ``more``: who gives it and where it comes from; ``never_stored``: it depends on more
    than its address, so that no cache may keep it. Raises UnservableError."""
    try:
        return _answer(artifact, wanted, more, never_stored=never_stored)
    except ContentError as error:
        note(artifact, error)
        raise UnservableError(away=error.code is ContentCode.UNREADABLE) from error


def _answer(
    artifact: StoredArtifact, wanted: Wanted, more: list[tuple[str, str]], *, never_stored: bool
) -> KeptAnswer:
    head = head_of(artifact)
    moved = redirect_of(artifact)
    fields = [*_about(artifact, head), *more]
    if moved is not None:
        # A redirect of yesterday must not outlive the outage in the reader's browser.
        fields += [("Location", moved), ("Cache-Control", "private, no-store")]
        status = head.status if head is not None and 300 < head.status < 400 and head.status != 304 else 301
        return KeptAnswer(status, fields)
    fields += [
        ("Content-Type", media_type(artifact.content_type)),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, no-store" if never_stored else "private, no-cache"),
    ]
    sent = sending(artifact, wanted.given)
    if sent.varies:
        fields.append(("Vary", "Accept-Encoding"))
    if sent.way is Way.CODED:
        fields.append(("Content-Encoding", artifact.content_encoding or ""))
    return _conditional(artifact, head, wanted, fields, sent)


def _conditional(
    artifact: StoredArtifact,
    head: Head | None,
    wanted: Wanted,
    fields: list[tuple[str, str]],
    sent: Sent,
) -> KeptAnswer:
    modified, decoder = head.first("last-modified") if head else None, sent.decoder
    tag = f'"{artifact.sha256.hex()}{"" if decoder is None else "-decoded"}"'
    in_parts = decoder is None and sent.way is not Way.FILE
    told = [*fields, ("ETag", tag), ("Accept-Ranges", "bytes" if in_parts else "none")]
    match judged(wanted.given, tag, modified, now()):
        case Condition.FAILED:
            return KeptAnswer(412, told)
        case Condition.UNCHANGED:
            return KeptAnswer(304, told)
    if decoder is not None:
        return _decoded(artifact, told, decoder) if wanted.body else KeptAnswer(200, told, None)
    if sent.way is Way.FILE:
        return _as_file(artifact, told, body=wanted.body)
    kind = next(value for name, value in fields if name == "Content-Type")
    part = ranged(artifact, wanted.given, tag, modified, kind) if wanted.body else None
    if part is None:
        return _whole(artifact, told, body=wanted.body)
    replaced = {name for name, _value in part.fields}
    told = [pair for pair in told if pair[0] not in replaced]
    return KeptAnswer(part.status, [*told, *part.fields], part.length, part.body, part.close)


def redirect_of(artifact: StoredArtifact) -> str | None:
    """Where the URL led; None for one that led nowhere, or in a circle: then its body is given."""
    seen, current = {artifact.url}, artifact
    for _ in range(MAX_HOPS):
        if not current.redirected_to:
            break
        if current.redirected_to in seen:
            return None
        seen.add(current.redirected_to)
        found = repository.find_best(auid=artifact.auid, url=current.redirected_to)
        if found is None:
            break
        current = found
    target = artifact.redirected_to
    return target if target and target.lower().startswith(("http://", "https://")) else None


def _about(artifact: StoredArtifact, head: Head | None) -> list[tuple[str, str]]:
    """The stored fields: some as they are, the others to be read and not obeyed."""
    fields: list[tuple[str, str]] = []
    open_to_others = False
    for raw, value in head.fields if head else ():
        name, small = raw.decode("latin-1"), raw.decode("latin-1").lower()
        text = value.decode("latin-1")
        if small in _KEPT:
            fields.append((name, text))
        elif small in _OURS:
            fields.append((LOCKSS + name, text))
        elif small not in _NEVER and not small.startswith(("proxy-", "x-lockss", ORIGINAL.lower())):
            fields.append((ORIGINAL + name, text))
        open_to_others = open_to_others or small == "access-control-allow-origin"
    if open_to_others and for_any_origin(media_type(artifact.content_type)):
        # The publisher's fonts and scripts come from hosts of their own; nobody's name goes with such a request.
        fields.append(("Access-Control-Allow-Origin", "*"))
    return fields


def _whole(artifact: StoredArtifact, fields: list[tuple[str, str]], *, body: bool) -> KeptAnswer:
    if not body:
        return KeptAnswer(200, fields, artifact.size)
    return KeptAnswer(200, fields, artifact.size, *whole_body(artifact))


def _decoded(artifact: StoredArtifact, fields: list[tuple[str, str]], decoder: Decoder) -> KeptAnswer:
    """For readers that do not understand the coding."""
    try:
        pieces, close = decoded_body(artifact, decoder)
    except CutError:
        return _as_file(artifact, fields, body=True)
    return KeptAnswer(200, fields, None, pieces, close)


def _as_file(artifact: StoredArtifact, fields: list[tuple[str, str]], *, body: bool) -> KeptAnswer:
    """What cannot be decoded is handed over as a file, never guessed at (rulings C16)."""
    dropped = ("content-type", "content-disposition", "etag", "accept-ranges")
    raw = [(name, value) for name, value in fields if name.lower() not in dropped]
    raw += [("Content-Type", UNKNOWN), ("Content-Disposition", "attachment")]
    raw.append(("ETag", f'"{artifact.sha256.hex()}"'))
    return _whole(artifact, raw, body=body)
