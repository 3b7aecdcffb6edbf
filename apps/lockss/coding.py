"""Undoing a content coding while the bytes pass by, and saying whether the coding ended properly.

RFC 9110 §8.4: gzip (RFC 1952, any number of members), deflate (RFC 1950, and the bare RFC 1951 form that
some servers send under the same name), br, zstd. A decoder hands out pieces of at most 64 KiB, so that the
caller can stop a bomb at its own limit; it never holds more than one such piece.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import brotli
import zstandard

PIECE = 65_536
_MAX_LAYERS = 4
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_STEP = 64
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Enough to see that what claims a zlib wrapper has none; see _Deflate.
_RETRY_ROOM = 32_768


class CodingFault(StrEnum):
    """Why a coded body is not whole."""

    CORRUPT = "coding-corrupt"
    TRUNCATED = "coding-truncated"


@dataclass(frozen=True, slots=True)
class CodingError:
    """What was wrong, and how many decoded bytes had come out before."""

    fault: CodingFault
    detail: str
    decoded: int


class _Layer(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded pieces; raises one of _ERRORS on corrupt input."""

    def whole(self) -> bool:
        """Whether the stream may end here."""

    begun: bool
    """Whether the first bytes looked like this coding at all, or something came out."""


_ERRORS = (zlib.error, brotli.error, zstandard.ZstdError)


class _Gzip:
    """Members one after another; what follows the last and is no member is ignored, as gunzip does."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(31)
        self._started = False
        self._members = 0
        self._between = b""
        self._trailing = False
        self._lead = b""
        self.begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if len(self._lead) < len(_GZIP_MAGIC):
            self._lead += data[: len(_GZIP_MAGIC)]
            self.begun = self._lead.startswith(_GZIP_MAGIC)
        while data and not self._trailing:
            if not self._started and self._members:
                self._between += data
                if len(self._between) < len(_GZIP_MAGIC):
                    return
                data, self._between = self._between, b""
                if not data.startswith(_GZIP_MAGIC):
                    self._trailing = True
                    return
                self._inflate = zlib.decompressobj(31)
            self._started = True
            yield from _pump(self._inflate, data)
            if not self._inflate.eof:
                return
            self._members += 1
            self._started = False
            data = self._inflate.unused_data

    def whole(self) -> bool:
        return not self._started


class _Deflate:
    """With the zlib wrapper if the first two bytes are one and what follows agrees; else without."""

    def __init__(self) -> None:
        self._head = b""
        self._inflate: zlib._Decompress | None = None
        self._seen = b""
        self._wrapped = False
        self._out = False
        self.begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            self._wrapped = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
            self.begun = self._wrapped
            self._inflate = zlib.decompressobj(15 if self._wrapped else -15)
        if self._wrapped and not self._out:
            self._seen = (self._seen + data)[:_RETRY_ROOM]
        try:
            for piece in _pump(self._inflate, data):
                self.begun = self._out = True
                yield piece
        except zlib.error:
            if not self._wrapped or self._out or len(self._seen) >= _RETRY_ROOM:
                raise
            self._wrapped = False
            self._inflate = zlib.decompressobj(-15)
            for piece in _pump(self._inflate, self._seen):
                self.begun = True
                yield piece

    def whole(self) -> bool:
        if self._inflate is None:
            return not self._head
        return self._inflate.eof


class _Brotli:
    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()
        self._fed = False
        self.begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._fed = True
        piece = self._decoder.process(data, output_buffer_limit=PIECE)
        # Output that is still waiting shows only in that a further call gives some.
        while piece or not self._decoder.can_accept_more_data():
            if piece:
                self.begun = True
                yield piece
            piece = self._decoder.process(b"", output_buffer_limit=PIECE)

    def whole(self) -> bool:
        return not self._fed or bool(self._decoder.is_finished())


class _Zstd:
    """Frames one after another. Each small input may still swell; the window is bounded by the library."""

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        self._frame = self._decoder.decompressobj(write_size=PIECE)
        self._started = False
        self._lead = b""
        self.begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if len(self._lead) < len(_ZSTD_MAGIC):
            self._lead += data[: len(_ZSTD_MAGIC)]
            self.begun = self._lead.startswith(_ZSTD_MAGIC)
        # Four bytes may stand for a block of 128 KiB, and a call returns all that its input stands for.
        for start in range(0, len(data), _ZSTD_STEP):
            rest = data[start : start + _ZSTD_STEP]
            while rest:
                if self._frame.eof:
                    self._frame = self._decoder.decompressobj(write_size=PIECE)
                self._started = True
                if piece := self._frame.decompress(rest):
                    yield piece
                rest = self._frame.unused_data if self._frame.eof else b""

    def whole(self) -> bool:
        return not self._started or bool(self._frame.eof)


def _pump(inflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    while data and not inflate.eof:
        piece = inflate.decompress(data, PIECE)
        data = inflate.unconsumed_tail
        if piece:
            yield piece
        elif not data:
            return
    # What did not fit into the last piece.
    while not inflate.eof and (piece := inflate.decompress(b"", PIECE)):
        yield piece


_LAYERS: Mapping[str, Callable[[], _Layer]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


class Decoder:
    """One body's codings undone in turn. After an error it gives nothing more and keeps the error."""

    def __init__(self, layers: tuple[_Layer, ...] = ()) -> None:
        self._layers = layers
        self.decoded = 0
        self.error: CodingError | None = None

    @property
    def identity(self) -> bool:
        return not self._layers

    @property
    def never_began(self) -> bool:
        """Corrupt from the first byte on: the label was wrong, not the content."""
        return self.error is not None and bool(self._layers) and not self._layers[0].begun

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded pieces of this input; the generator must be exhausted or the decoder dropped."""
        if self.error is not None or not data:
            return
        try:
            for piece in _through(self._layers, data):
                self.decoded += len(piece)
                yield piece
        except _ERRORS as error:
            self.error = CodingError(CodingFault.CORRUPT, str(error), self.decoded)

    def close(self) -> CodingError | None:
        """No more bytes: the fault, or None when every layer ended where it may end."""
        if self.error is None and not all(layer.whole() for layer in self._layers):
            self.error = CodingError(CodingFault.TRUNCATED, "ends inside the coded stream", self.decoded)
        return self.error


def _through(layers: tuple[_Layer, ...], data: bytes) -> Iterator[bytes]:
    if not layers:
        yield data
        return
    for piece in layers[0].feed(data):
        yield from _through(layers[1:], piece)


def decoder_for(content_encoding: str | None) -> Decoder | None:
    """A decoder for the header's value; None where a coding is unknown: then the raw bytes are used (lcap-v3 §5.4)."""
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    wanted = [name for name in names if name not in {"", "identity"}]
    if len(wanted) > _MAX_LAYERS or any(name not in _LAYERS for name in wanted):
        return None
    # The header lists codings in the order in which they were applied.
    return Decoder(tuple(_LAYERS[name]() for name in reversed(wanted)))
