"""Filters as streams: what they take out, and that cutting the stream changes nothing (plugins §8)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.lockss.lcap.errors import StreamError
from apps.lockss.plugin.filters import (
    FILTERS,
    MAX_VOLATILE,
    FilterContext,
    FilterFactory,
    ris_without,
    without_volatile,
)

A, Z = b"<!-- volatile -->", b"<!-- /volatile -->"


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    return [*pieces, data[at:]]


SIZES = st.lists(st.integers(0, 9), max_size=40)


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"", b""),
        (b"abc", b"abc"),
        (b"a" + A + b"x" + Z + b"b", b"ab"),
        (A + Z, b""),
        (b"a" + A + b"x" + Z + A + b"y" + Z + b"b", b"ab"),
        # Never closed: all stays, and what follows is read again.
        (b"a" + A + b"b", b"a" + A + b"b"),
        (b"a" + Z + b"b", b"a" + Z + b"b"),
        # The first end closes; a beginning inside is content.
        (b"a" + A + b"x" + A + b"y" + Z + b"b", b"ab"),
        (b"a" + A + b"x" + Z + b"b" + A, b"ab" + A),
        (b"<!-- volatile-->x" + Z, b"<!-- volatile-->x" + Z),
        (A + b"x" * (MAX_VOLATILE - len(Z)) + Z + b"b", b"b"),
        (
            A + b"x" * (MAX_VOLATILE - len(Z) + 1) + Z + b"b",
            A + b"x" * (MAX_VOLATILE - len(Z) + 1) + Z + b"b",
        ),
    ],
)
def test_volatile_regions_go(data: bytes, kept: bytes) -> None:
    assert b"".join(without_volatile([data])) == kept
    assert b"".join(without_volatile(cut(data, [1] * min(len(data), 300)))) == kept


PARTS = st.lists(st.sampled_from([A, Z, b"x", b"<!-- ", b"<", b"volatile -->", b"/"]), max_size=14).map(
    b"".join
)


@given(PARTS, SIZES)
def test_volatile_regions_do_not_depend_on_how_the_stream_is_cut(data: bytes, sizes: list[int]) -> None:
    whole = b"".join(without_volatile([data]))
    assert b"".join(without_volatile(cut(data, sizes))) == whole
    # What is outside of every region stays, in order.
    assert len(whole) <= len(data)
    if A not in data:
        assert whole == data


@given(PARTS, PARTS, PARTS)
@example(b"", b"", b"<!-- /<!-- /volatile -->volatile -->")
def test_only_the_volatile_region_may_differ(before: bytes, one: bytes, other: bytes) -> None:
    def page(volatile: bytes) -> bytes:
        # Taking an end out may join what stands around it to another one.
        while Z in volatile:
            volatile = volatile.replace(Z, b"")
        return b"".join(without_volatile([b"h" + A + volatile + Z + before]))

    assert page(one) == page(other)


RIS = b"TY  - JOUR\r\nY2  - 2012/03/26\r\n more of it\r\nT1  - \xc3\xa9\nKW  - k\rER  - \n"


def ran(make: FilterFactory, data: bytes, charset: str = "utf-8", sizes: list[int] | None = None) -> bytes:
    return b"".join(make(FilterContext(charset=charset))(cut(data, sizes or [])))


@pytest.mark.parametrize(
    ("make", "data", "kept"),
    [
        (ris_without("Y2"), RIS, RIS.replace(b"Y2  - 2012/03/26\r\n more of it\r\n", b"")),
        (ris_without("KW", "ER"), RIS, RIS[: RIS.index(b"KW")]),
        (ris_without("XX"), RIS, RIS),
        (ris_without("Y2"), b"no ris\nY2 - x\n", b"no ris\nY2 - x\n"),
        (ris_without("Y2"), b"Y2  - x", b""),
        (ris_without("Y2"), b"a\r\rY2  - x\r\r\nT1  - y", b"a\r\rT1  - y"),
        (ris_without("Y2", only_ris=True), b"\n  ty -\nY2  - x\n", b"\n  ty -\n"),
        (ris_without("Y2", only_ris=True), b"<html>\nY2  - x\n", b"<html>\nY2  - x\n"),
        (ris_without("Y2", only_ris=True), b"", b""),
    ],
)
def test_ris_fields_go_with_their_continuation(make: FilterFactory, data: bytes, kept: bytes) -> None:
    assert ran(make, data) == kept
    assert ran(make, data, sizes=[1] * len(data)) == kept


@pytest.mark.parametrize(
    ("charset", "data", "kept"),
    [
        ("utf-8", b"T1  - \xff\n", "T1  - �\n".encode()),
        ("us-ascii", b"T1  - \xe9\n", b"T1  - ?\n"),
        ("iso-8859-1", b"T1  - \xe9\n", b"T1  - \xe9\n"),
        ("utf-16-le", "T1  - é\nY2  - x".encode("utf-16-le"), "T1  - é\n".encode("utf-16-le")),
    ],
)
def test_ris_text_goes_through_its_charset(charset: str, data: bytes, kept: bytes) -> None:
    assert ran(ris_without("Y2"), data, charset) == kept


@given(
    st.lists(st.sampled_from([b"TY  - x", b"Y2  - x", b"T1  - \xc3\xa9", b"\n", b"\r", b"\r\n", b" c"])).map(
        b"".join
    ),
    SIZES,
    st.booleans(),
)
def test_ris_does_not_depend_on_how_the_stream_is_cut(data: bytes, sizes: list[int], only_ris: bool) -> None:
    make = ris_without("Y2", only_ris=only_ris)
    assert ran(make, data, sizes=sizes) == ran(make, data)


def test_a_line_without_an_end_is_read_once() -> None:
    data = b"T1  - " + b"x" * (4 << 20)
    assert ran(ris_without("Y2"), data, sizes=[65_536] * 60) == data


@given(st.sampled_from(sorted(FILTERS)), st.binary(max_size=300), SIZES)
def test_every_filter_takes_any_bytes_in_any_pieces(name: str, data: bytes, sizes: list[int]) -> None:
    make = FILTERS[name]
    for charset in ("utf-8", "ISO-8859-1", "utf-16-be", "gb18030"):
        assert ran(make, data, charset, sizes) == ran(make, data, charset)


@pytest.mark.parametrize("charset", ["no-such-charset", "base64", "rot13", "unicode_escape", "utf-16", ""])
def test_a_charset_that_deployed_filters_would_not_take_is_an_error_of_the_version(charset: str) -> None:
    with pytest.raises(StreamError):
        ran(ris_without("Y2"), RIS, charset)
