"""The publisher's answer on its way to the reader: fenced like a preserved one, its links exchanged (delivery §2.2, §2.5)."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from apps.delivery.codings import Sent, Way, sent_as
from apps.delivery.headers import Fields, plain, publishers_fields, varying, with_type
from apps.delivery.media import UNKNOWN, essence_of, media_type
from apps.delivery.publisher import CutOffError, Reply, own_name
from apps.delivery.rewriting import Links, charset_of, is_rewritten, type_with
from apps.delivery.rooms import InThread
from apps.delivery.stored import CutError, check_whole, parts_of
from apps.lockss.coding import Decoder, decoder_for
from apps.lockss.rewrite import HEAD, RewriteError, Rewriter, rewriter_for
from apps.repository.heads import Head

CODINGS = "gzip, deflate, br, zstd"
"""What is asked for: what can be undone here."""
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
_RANGE = re.compile(r"bytes (?:\d{1,18}-\d{1,18}|\*)/(?:\d{1,18}|\*)", re.ASCII)
_WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Passed:
    """An answer whose body is still coming. CutError ends it short. ``close`` in every case."""

    status: int
    fields: Fields
    body: AsyncIterator[bytes]
    close: Callable[[], Awaitable[object]]


async def passed(
    reply: Reply,
    url: str,
    given: Mapping[str, str],
    links: Links | None,
    auid: str,
    in_thread: InThread,
    *,
    body: bool,
    held: bool = False,
) -> Passed:
    """``url``: where the answer came from at last. ``links`` None: they stay as they are. ``held``: a copy can stand in
    for a page whose links cannot be read, which is told by CutError; else it is handed over as a file."""
    head = _head(reply)
    fields = publishers_fields(url, head)
    fields.append(("Via", f"1.1 {own_name()}"))
    coding = head.first("content-encoding") or ""
    sent = sent_as(coding, given.get("accept-encoding"))
    rewrites = (
        links is not None and reply.status in (200, 203) and is_rewritten(head.first("content-type") or "")
    )
    if reply.status in _WITHOUT_BODY or not body:
        fields += _validators(head) if not rewrites else []
        return Passed(reply.status, fields, _nothing(), reply.close)
    if rewrites:
        decoder = decoder_for(coding)
        if decoder is not None:
            return await _with_links(reply, url, fields, links, auid, decoder, in_thread)
        if held:
            raise CutError(f"nobody knows the coding {coding!r}")
        # With its links as they are it would lead out of here, so nobody's browser shows it.
        sent = Sent(Way.FILE)
    elif sent.varies:
        fields.append(("Vary", "Accept-Encoding"))
    if sent.decoder is not None:
        return Passed(reply.status, fields, _undone(reply, sent.decoder, in_thread), reply.close)
    if sent.way is Way.CODED:
        fields.append(("Content-Encoding", plain(coding)))
    if sent.way is Way.FILE:
        fields = _of_file(fields)
    fields += _validators(head)
    if reply.length is not None:
        fields.append(("Content-Length", str(reply.length)))
    return Passed(reply.status, fields, _as_it_comes(reply), reply.close)


def _head(reply: Reply) -> Head:
    fields = tuple(
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in reply.fields
    )
    return Head(reply.status, b"", fields)


def _validators(head: Head) -> Fields:
    """What speaks of the very bytes, so only where these are passed on."""
    found = [("ETag", head.first("etag"), _TAG), ("Content-Range", head.first("content-range"), _RANGE)]
    return [(name, value) for name, value, form in found if value and form.fullmatch(value)]


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _as_it_comes(reply: Reply) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.body:
            yield piece
    except CutOffError as error:
        raise CutError(str(error)) from error


def _of_file(fields: Fields) -> Fields:
    rest = [pair for pair in with_type(fields, UNKNOWN) if pair[0] != "Content-Disposition"]
    return [*rest, ("Content-Disposition", "attachment")]


async def _undone(reply: Reply, decoder: Decoder, in_thread: InThread) -> AsyncIterator[bytes]:
    async for piece in _as_it_comes(reply):
        parts = parts_of(decoder, piece)
        while (part := await in_thread(lambda parts=parts: next(parts, None))) is not None:
            yield part
    check_whole(decoder)


async def _with_links(
    reply: Reply,
    url: str,
    fields: Fields,
    links: Links,
    auid: str,
    decoder: Decoder,
    in_thread: InThread,
) -> Passed:
    plain_pieces = _undone(reply, decoder, in_thread)
    held: list[bytes] = []
    async for piece in plain_pieces:
        held.append(piece)
        if sum(map(len, held)) >= HEAD:
            break
    sent = media_type(dict(fields)["Content-Type"])
    charset = charset_of(b"".join(held)[:HEAD], sent)
    rewriter = rewriter_for(essence_of(sent), url, links.make(links.before), charset)
    if rewriter is None:
        raise ValueError(f"{sent} has no links that are known")
    told = with_type(fields, type_with(sent, charset))
    told += [("Accept-Ranges", "none"), ("X-Lockss-Rewritten-For-Auid", plain(auid))]
    line = links.line if essence_of(sent) == "text/html" else b""
    if line:
        told = varying(told, "Accept-Language")
    # The first piece is made here, so that a page that cannot be rewritten from its beginning on is told.
    first = await in_thread(lambda: rewriter.feed(b"".join(held)))
    return Passed(reply.status, told, _rest(first, plain_pieces, rewriter, line, in_thread), reply.close)


async def _rest(
    first: bytes, pieces: AsyncIterator[bytes], rewriter: Rewriter, line: bytes, in_thread: InThread
) -> AsyncIterator[bytes]:
    try:
        if first:
            yield first
        async for piece in pieces:
            if out := await in_thread(lambda piece=piece: rewriter.feed(piece)):
                yield out
        yield await in_thread(rewriter.close) + line
    except RewriteError as error:
        raise CutError(error.message) from error
