"""The bytes of one stored version that a poll hashes: decoded, then filtered (lcap-v3 §5.4).

What deployed nodes do with broken codings decides whether we agree with them, so the corners follow
java.util.zip: a gzip header that cannot be read means the stored bytes themselves, a fault further on is an
error of that version, and what follows the last member is ignored (RFC 1952, RFC 1950).
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from isal import isal_zlib

from apps.lockss.lcap.errors import StreamCode, StreamError

Filter = Callable[[Iterable[bytes]], Iterable[bytes]]

DEFAULT_CHARSET = "ISO-8859-1"
_PIECE = 65_536
# Compressed bytes looked at together: what is left over of them is copied once per member or piece, so a
# large stretch would make many small members cost its square.
_STRETCH = 16_384
_GZIP = frozenset({"gzip", "x-gzip"})
_MAGIC = b"\x1f\x8b\x08"
_FIXED_HEADER = 10
_TRAILER = 8
_MAX_HEADER = 65_536
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """``max_decoded`` bytes may come out of one stored version, whatever its coding promises."""

    max_decoded: int = 8 << 30


DEFAULT_STREAM_LIMITS = StreamLimits()


def hash_stream(
    raw: Iterable[bytes],
    content_encoding: str | None = None,
    content_filter: Filter | None = None,
    limits: StreamLimits = DEFAULT_STREAM_LIMITS,
) -> Iterable[bytes]:
    """The hash stream of stored bytes ``raw`` with stored property ``content-encoding``.

    ``content_filter`` is the platform's hash filter for the media type, bound to AU and charset, or None.
    StreamError is raised while iterating, at the place where a Java node's stream would break.
    """
    stream = decoded(raw, content_encoding, limits)
    return stream if content_filter is None else content_filter(stream)


def decoded(
    raw: Iterable[bytes], content_encoding: str | None, limits: StreamLimits = DEFAULT_STREAM_LIMITS
) -> Iterator[bytes]:
    """Stored bytes without their content coding; unknown codings are left as they are."""
    coding = (content_encoding or "").strip().lower()
    if coding in _GZIP:
        return _bounded(_gunzip(_Source(raw)), limits)
    if coding == "deflate":
        return _bounded(_inflate_zlib(_Source(raw)), limits)
    return iter(raw)


def media_type(content_type: str | None) -> str:
    """``Text/HTML; charset=x`` is ``text/html``; "" where there is none."""
    return (content_type or "").split(";", 1)[0].strip().lower()


def charset_of(content_type: str | None, default: str = DEFAULT_CHARSET) -> str:
    """The charset parameter of a content type, without quotes."""
    for parameter in (content_type or "").split(";")[1:]:
        name, equals, value = parameter.partition("=")
        if equals and name.strip().lower() == "charset":
            return value.strip().strip("\"'") or default
    return default


class _Source:
    """Chunks with a look ahead."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = _stretches(chunks)
        self.ahead = b""

    def more(self) -> bool:
        """Join another chunk to what is ahead; False at the end."""
        chunk = next(self._chunks, b"")
        self.ahead += chunk
        return bool(chunk)

    def rest(self) -> Iterator[bytes]:
        if self.ahead:
            yield self.ahead
        yield from self._chunks


def _stretches(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _STRETCH):
            yield chunk[start : start + _STRETCH]


class _NoHeaderError(Exception):
    """No gzip member begins here."""


def _gunzip(source: _Source) -> Iterator[bytes]:
    first = True
    while True:
        try:
            _skip_header(source)
        except _NoHeaderError:
            if first:
                yield from source.rest()
            return
        first = False
        check, size = 0, 0
        for piece in _inflate(source, -zlib.MAX_WBITS):
            check = isal_zlib.crc32(piece, check)
            size += len(piece)
            yield piece
        while len(source.ahead) < _TRAILER:
            if not source.more():
                raise StreamError(StreamCode.TRUNCATED, "the gzip member ends in its trailer")
        trailer, source.ahead = source.ahead[:_TRAILER], source.ahead[_TRAILER:]
        if trailer != check.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"):
            raise StreamError(StreamCode.DAMAGED, "the gzip member is not what its trailer says")
        if not source.ahead and not source.more():
            return


def _skip_header(source: _Source) -> None:
    """Move past a gzip member header; _NoHeaderError, and nothing moved, when there is none."""
    while (length := _header_length(source.ahead)) is None:
        if len(source.ahead) > _MAX_HEADER or not source.more():
            raise _NoHeaderError
    source.ahead = source.ahead[length:]


def _header_length(data: bytes) -> int | None:
    """Bytes of the member header (RFC 1952 §2.3); None while it is not all there."""
    if not _MAGIC.startswith(data[:3]) and data[:3] != _MAGIC:
        raise _NoHeaderError
    if len(data) < _FIXED_HEADER:
        return None
    flags, end = data[3], _FIXED_HEADER
    if flags & _FEXTRA:
        end += 2 + int.from_bytes(data[end : end + 2], "little")
        if len(data) < end:
            return None
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            zero = data.find(0, end)
            if zero < 0:
                return None
            end = zero + 1
    if flags & _FHCRC:
        stated = data[end : end + 2]
        end += 2
        if len(data) < end:
            return None
        if (zlib.crc32(data[: end - 2]) & 0xFFFF).to_bytes(2, "little") != stated:
            raise _NoHeaderError
    return end


def _inflate_zlib(source: _Source) -> Iterator[bytes]:
    """Content coding ``deflate`` is the zlib format; bare deflate data is a fault, as in Java."""
    return _inflate(source, zlib.MAX_WBITS)


def _inflate(source: _Source, window_bits: int) -> Iterator[bytes]:
    """Pieces of bounded size; leaves what follows the compressed data ahead in ``source``."""
    inflater = isal_zlib.decompressobj(wbits=window_bits)
    while not inflater.eof:
        if not source.ahead and not source.more():
            raise StreamError(StreamCode.TRUNCATED, "the compressed data break off")
        given, source.ahead = source.ahead, b""
        while True:
            try:
                piece = inflater.decompress(given, _PIECE)
            except isal_zlib.error as error:  # type: ignore[misc] # the stub has an instance there
                raise StreamError(StreamCode.DAMAGED, f"the compressed data are damaged: {error}") from None
            if piece:
                yield piece
            given = inflater.unconsumed_tail
            if inflater.eof or (not given and len(piece) < _PIECE):
                break
    source.ahead = inflater.unused_data


def _bounded(stream: Iterable[bytes], limits: StreamLimits) -> Iterator[bytes]:
    left = limits.max_decoded
    for piece in stream:
        left -= len(piece)
        if left < 0:
            raise StreamError(StreamCode.TOO_LONG, f"more than {limits.max_decoded} bytes decoded")
        yield piece
