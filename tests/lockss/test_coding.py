"""Content codings undone piece by piece, and told from cut ones."""

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.coding import PIECE, CodingFault, decoder_for

DATA = bytes(range(256)) * 500


def bare(data: bytes, level: int = 6) -> bytes:
    squeeze = zlib.compressobj(level, wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:9], mtime=0) + gzip.compress(data[9:], mtime=0),
    "deflate": zlib.compress,
    "Deflate": bare,
    "br": brotli.compress,
    "zstd": zstd,
    "identity": bytes,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data, mtime=0)),
    " , GZIP ,": gzip.compress,
}


def decode(coding: str, wire: bytes, step: int | None = None) -> tuple[bytes, CodingFault | None]:
    decoder = decoder_for(coding)
    assert decoder is not None
    out = b""
    for start in range(0, len(wire), step or len(wire) or 1):
        for piece in decoder.feed(wire[start : start + (step or len(wire))]):
            assert piece
            out += piece
    error = decoder.close()
    assert decoder.decoded == len(out)
    return out, None if error is None else error.fault


@pytest.mark.parametrize("coding", ENCODERS)
@pytest.mark.parametrize("data", [b"x", DATA, bytes(3_000_000)], ids=["one", "mixed", "zeros"])
def test_whole(coding: str, data: bytes) -> None:
    assert decode(coding, ENCODERS[coding](data)) == (data, None)


@pytest.mark.parametrize("coding", ENCODERS)
def test_byte_by_byte(coding: str) -> None:
    wire = ENCODERS[coding](DATA[:20_000])
    assert decode(coding, wire, step=1) == (DATA[:20_000], None)


@pytest.mark.parametrize("coding", [coding for coding in ENCODERS if coding != "identity"])
@pytest.mark.parametrize("data", [DATA, b"short"])
def test_every_cut_is_told(coding: str, data: bytes) -> None:
    wire = ENCODERS[coding](data)
    for length in {*range(1, min(len(wire), 30)), *range(max(1, len(wire) - 12), len(wire))}:
        _, fault = decode(coding, wire[:length])
        # Between two members nothing is missing that could be missed.
        at_a_seam = coding == "x-gzip" and length == len(gzip.compress(data[:9], mtime=0))
        at_a_seam = at_a_seam or (coding == "x-gzip" and length == len(gzip.compress(data[:9], mtime=0)) + 1)
        assert (fault is None) == at_a_seam, length


@pytest.mark.parametrize("place", range(-8, 0))
def test_every_byte_of_a_gzip_trailer_counts(place: int) -> None:
    wire = bytearray(gzip.compress(DATA, mtime=0))
    wire[place] ^= 1
    assert decode("gzip", bytes(wire))[1] is CodingFault.CORRUPT


def test_a_zlib_checksum_counts() -> None:
    wire = bytearray(zlib.compress(DATA))
    wire[-1] ^= 1
    assert decode("deflate", bytes(wire))[1] is CodingFault.CORRUPT


@pytest.mark.parametrize("tail", [b"\0" * 100, b"garbage", b"\x1f", b"\x1fx"])
def test_what_follows_the_last_member_is_no_fault(tail: bytes) -> None:
    wire = gzip.compress(DATA, mtime=0) + tail
    assert decode("gzip", wire) == (DATA, None)
    assert decode("gzip", wire, step=1) == (DATA, None)


def test_a_broken_second_member_is_a_fault() -> None:
    assert (
        decode("gzip", gzip.compress(b"a", mtime=0) + gzip.compress(b"b" * 100, mtime=0)[:-3])[1]
        is CodingFault.TRUNCATED
    )
    assert decode("gzip", gzip.compress(b"a", mtime=0) + b"\x1f\x8b\xff\xff\xff")[1] is CodingFault.CORRUPT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_an_empty_body_is_whole(coding: str) -> None:
    assert decode(coding, b"") == (b"", None)


@pytest.mark.parametrize("step", [None, 1, 3])
def test_bare_deflate_that_looks_wrapped(step: int | None) -> None:
    """A stored block of one byte, its padding bits chosen so that the first two bytes make a zlib header."""
    wire = b"\x78\x01\x00\xfe\xffA" + bare(DATA[:5_000])
    assert int.from_bytes(wire[:2]) % 31 == 0
    assert decode("deflate", wire, step) == (b"A" + DATA[:5_000], None)


@pytest.mark.parametrize(
    ("coding", "wire", "never"),
    [
        ("gzip", b"%PDF-1.4 plain", True),
        ("gzip", b"\x1f\x8bthe rest is nonsense", False),
        ("deflate", b"<html>plain", True),
        ("deflate", zlib.compress(DATA)[:20] + b"nonsense", False),
        ("zstd", b"plain text", True),
        ("zstd", zstd(DATA)[:9] + b"\xff" * 40, False),
        ("br", b"\xff\xff\xffplain", True),
    ],
)
def test_a_wrong_label_is_told_from_damage(coding: str, wire: bytes, never: bool) -> None:
    decoder = decoder_for(coding)
    assert decoder is not None
    list(decoder.feed(wire))
    decoder.close()
    assert decoder.never_began is never


@pytest.mark.parametrize("coding", ["exotic", "gzip, exotic", "sdch", "gzip," * 5])
def test_unknown_codings(coding: str) -> None:
    assert (decoder_for(coding) is None) == (coding != "gzip,")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_comes_in_pieces(coding: str) -> None:
    """The caller can stop long before the end: no piece is large."""
    wire = ENCODERS[coding](bytes(50_000_000))
    decoder = decoder_for(coding)
    assert decoder is not None
    largest = 0
    for piece in decoder.feed(wire):
        largest = max(largest, len(piece))
        if decoder.decoded > 5_000_000:
            break
    assert decoder.decoded < 10_000_000
    assert largest <= {"br": 4, "zstd": 64}.get(coding, 1) * PIECE


def test_after_an_error_nothing_more_comes() -> None:
    decoder = decoder_for("gzip")
    assert decoder is not None
    assert list(decoder.feed(b"nonsense")) == []
    assert list(decoder.feed(gzip.compress(DATA, mtime=0))) == []
    error = decoder.close()
    assert error is not None
    assert (error.fault, error.decoded) == (CodingFault.CORRUPT, 0)


@given(st.sampled_from(sorted(ENCODERS)), st.binary(max_size=300), st.integers(1, 50))
def test_pieces_do_not_matter(coding: str, data: bytes, step: int) -> None:
    wire = ENCODERS[coding](data)
    assert decode(coding, wire, step) == (data, None)


@given(st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br"]), st.binary(max_size=200))
def test_no_bytes_raise(coding: str, wire: bytes) -> None:
    decode(coding, wire)
    decode(coding, gzip.compress(b"x", mtime=0)[:5] + wire, step=3)
