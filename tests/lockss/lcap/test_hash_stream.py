"""What a poll hashes of a stored version: content codings, their corners, bombs, filters."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.errors import StreamCode, StreamError
from apps.lockss.lcap.hash_stream import StreamLimits, charset_of, decoded, hash_stream, media_type
from tests.lockss.lcap.recorded import random_cuts

BODY = b"some content, some content, some content\n" * 50


def member(body: bytes, flags: int = 0, fields: bytes = b"", checksum: bool = False) -> bytes:
    """A gzip member with any header (RFC 1952 §2.3)."""
    head = b"\x1f\x8b\x08" + bytes([flags | (2 if checksum else 0)]) + b"\0\0\0\0\x00\xff" + fields
    if checksum:
        head += (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little")
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(body) + deflate.flush()
    return head + data + zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")


def stream(raw: bytes, coding: str | None, places=(), **kwargs) -> bytes:
    return b"".join(decoded(random_cuts(raw, list(places)), coding, **kwargs))


@pytest.mark.parametrize(
    ("coding", "stored", "hashed"),
    [
        (None, BODY, BODY),
        ("", BODY, BODY),
        ("identity", BODY, BODY),
        ("br", BODY, BODY),
        ("gzip, gzip", gzip.compress(BODY, mtime=0), gzip.compress(BODY, mtime=0)),
        ("gzip", gzip.compress(BODY, mtime=0), BODY),
        (" GZip ", gzip.compress(BODY, mtime=0), BODY),
        ("x-gzip", gzip.compress(BODY, mtime=0), BODY),
        ("deflate", zlib.compress(BODY), BODY),
        ("Deflate", zlib.compress(BODY, wbits=9), BODY),
        # Stale header: the stored bytes were never compressed.
        ("gzip", BODY, BODY),
        ("gzip", b"", b""),
        ("gzip", b"\x1f\x8b", b"\x1f\x8b"),
        ("gzip", b"\x1f\x8b\x07" + BODY, b"\x1f\x8b\x07" + BODY),
        ("gzip", gzip.compress(BODY, mtime=0)[:9], gzip.compress(BODY, mtime=0)[:9]),
        # Every header field.
        ("gzip", member(BODY, 4, b"\x05\x00extra"), BODY),
        ("gzip", member(BODY, 8, b"name\0"), BODY),
        ("gzip", member(BODY, 16, b"comment\0"), BODY),
        ("gzip", member(BODY, 1 | 4 | 8 | 16, b"\x01\x00xn\0c\0", checksum=True), BODY),
        ("gzip", member(BODY, 8)[:10] + b"name without end", None),
        # Members one after another; what is no member ends the stream.
        (
            "gzip",
            gzip.compress(BODY, mtime=0) + gzip.compress(b"two", mtime=0) + member(b"three", 8, b"n\0"),
            BODY + b"twothree",
        ),
        ("gzip", gzip.compress(BODY, mtime=0) + b"trailing", BODY),
        ("gzip", gzip.compress(BODY, mtime=0) + b"\x1f\x8b\x08", BODY),
        ("gzip", gzip.compress(b"", mtime=0) * 300 + gzip.compress(b"end", mtime=0), b"end"),
        ("deflate", zlib.compress(BODY) + b"trailing", BODY),
    ],
)
def test_codings(coding, stored, hashed):
    want = stored if hashed is None else hashed
    assert stream(stored, coding) == want
    assert stream(stored, coding, range(len(stored))) == want


def test_a_wrong_header_checksum_is_no_header():
    raw = bytearray(member(BODY, 8, b"n\0", checksum=True))
    raw[13] ^= 1
    assert stream(bytes(raw), "gzip") == bytes(raw)


def flipped(raw: bytes, place: int) -> bytes:
    return (
        raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :]
        if place >= 0
        else flipped(raw, len(raw) + place)
    )


@pytest.mark.parametrize(
    ("coding", "stored", "code"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)[:-1], StreamCode.TRUNCATED),
        ("gzip", gzip.compress(BODY, mtime=0)[:-9], StreamCode.TRUNCATED),
        ("gzip", gzip.compress(BODY, mtime=0)[:10], StreamCode.TRUNCATED),
        ("gzip", flipped(gzip.compress(BODY, mtime=0), -1), StreamCode.DAMAGED),
        ("gzip", flipped(gzip.compress(BODY, mtime=0), -5), StreamCode.DAMAGED),
        ("gzip", gzip.compress(BODY, mtime=0)[:10] + b"\xff" * 20, StreamCode.DAMAGED),
        ("gzip", gzip.compress(BODY, mtime=0) + gzip.compress(b"two", mtime=0)[:-3], StreamCode.TRUNCATED),
        (
            "gzip",
            gzip.compress(BODY, mtime=0) + flipped(gzip.compress(b"two", mtime=0), -6),
            StreamCode.DAMAGED,
        ),
        ("deflate", BODY, StreamCode.DAMAGED),
        ("deflate", b"", StreamCode.TRUNCATED),
        ("deflate", zlib.compress(BODY, wbits=-15), StreamCode.DAMAGED),
        ("deflate", zlib.compress(BODY)[:-1], StreamCode.TRUNCATED),
        ("deflate", flipped(zlib.compress(BODY), -1), StreamCode.DAMAGED),
    ],
)
def test_what_breaks_off_is_a_fault(coding, stored, code):
    for places in ([], range(len(stored))):
        with pytest.raises(StreamError) as caught:
            stream(stored, coding, places)
        assert caught.value.code is code


def test_what_came_before_the_fault_is_given():
    pieces = []
    with pytest.raises(StreamError):
        pieces.extend(decoded([gzip.compress(BODY, mtime=0) + gzip.compress(b"two", mtime=0)[:-3]], "gzip"))
    # `extend` keeps what it was given before the fault.
    assert b"".join(pieces) == BODY + b"two"


@given(st.binary(max_size=2000), st.lists(st.integers(0, 3000), max_size=6), st.integers(0, 9))
def test_round_trips_in_any_cut(body, places, level):
    assert stream(gzip.compress(body, level, mtime=0), "gzip", places) == body
    assert stream(zlib.compress(body, level), "deflate", places) == body
    assert stream(body, None, places) == body


@given(
    st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]), st.lists(st.integers(0, 400), max_size=5)
)
def test_any_bytes_in_any_cut(raw, coding, places):
    """Damage gives the stored bytes or a StreamError, the same however the bytes are cut."""

    def outcome(cuts):
        try:
            return stream(raw, coding, cuts)
        except StreamError as error:
            return error.code

    assert outcome(places) == outcome([])


@given(st.binary(max_size=60), st.integers(0, 200), st.integers(1, 255))
def test_the_standard_library_agrees(body, place, mask):
    raw = bytearray(gzip.compress(body, mtime=0) * 2)
    raw[10 + place % (len(raw) - 10)] ^= mask
    try:
        ours = stream(bytes(raw), "gzip")
    except StreamError:
        ours = None
    try:
        theirs = gzip.decompress(bytes(raw))
    except (OSError, EOFError, zlib.error):
        return
    # Whatever the standard library accepts, we do; it refuses trailing garbage, Java and we do not.
    assert ours == theirs


def test_bombs_stop_at_the_limit():
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    assert len(bomb) < 100_000
    taken = []
    with pytest.raises(StreamError) as caught:
        taken.extend(map(len, decoded([bomb], "gzip", StreamLimits(max_decoded=1_000_000))))
    assert caught.value.code is StreamCode.TOO_LONG
    assert max(taken) <= 65_536
    assert 900_000 < sum(taken) <= 1_000_000


def test_the_limit_itself_is_allowed():
    raw = gzip.compress(b"\0" * 1000, mtime=0)
    assert len(stream(raw, "gzip", limits=StreamLimits(max_decoded=1000))) == 1000


def test_stored_bytes_are_never_too_long():
    assert stream(BODY, None, limits=StreamLimits(max_decoded=1)) == BODY


def test_a_filter_sees_decoded_bytes():
    def upper(chunks):
        return (chunk.upper() for chunk in chunks)

    assert b"".join(hash_stream([gzip.compress(b"text", mtime=0)], "gzip", upper)) == b"TEXT"
    assert b"".join(hash_stream([b"text"], None, upper)) == b"TEXT"
    assert b"".join(hash_stream([b"te", b"xt"])) == b"text"


@pytest.mark.parametrize(
    ("content_type", "kind", "charset"),
    [
        (None, "", "ISO-8859-1"),
        ("text/html", "text/html", "ISO-8859-1"),
        ("Text/HTML ; Charset = utf-8 ; x=y", "text/html", "utf-8"),
        ('text/html; a=b; charset="UTF-8"', "text/html", "UTF-8"),
        ("text/html; charset=", "text/html", "ISO-8859-1"),
        ("text/html; charset", "text/html", "ISO-8859-1"),
        ("; charset=x", "", "x"),
    ],
)
def test_content_types(content_type, kind, charset):
    assert media_type(content_type) == kind
    assert charset_of(content_type) == charset
