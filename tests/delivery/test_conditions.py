"""Conditions, ranges and codings of a reader's request (RFC 9110 §12–14)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.conditions import NoSuchBytesError, Span, date_of, unchanged, understands, wanted_span

TAG = '"abc"'
AT = dt.datetime(1994, 11, 6, 8, 49, 37, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_a_date(text):
    assert date_of(text) == AT


@pytest.mark.parametrize("text", [None, "", "never", "Sun, 99 Nov 1994 08:49:37 GMT", "-1", "0"])
def test_no_date(text):
    assert date_of(text) is None


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({}, False),
        ({"if-none-match": TAG}, True),
        ({"if-none-match": 'W/"abc"'}, True),
        ({"if-none-match": '"x", "abc"'}, True),
        ({"if-none-match": '"abcd"'}, False),
        ({"if-none-match": "abc"}, False),
        ({"if-none-match": "*"}, True),
        ({"if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"}, True),
        ({"if-modified-since": "Mon, 07 Nov 1994 08:49:37 GMT"}, True),
        ({"if-modified-since": "Sat, 05 Nov 1994 08:49:37 GMT"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-none-match": '"x"', "if-modified-since": "Mon, 07 Nov 1994 08:49:37 GMT"}, False),
    ],
)
def test_whether_the_reader_has_it(given, answer):
    assert unchanged(given, TAG, AT) is answer


def test_without_a_date_of_ours_no_date_counts():
    assert not unchanged({"if-modified-since": "Mon, 07 Nov 1994 08:49:37 GMT"}, TAG, None)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=2-5", Span(2, 6)),
        ("Bytes = 2-5", Span(2, 6)),
        ("bytes=2-", Span(2, 10)),
        ("bytes=2-99", Span(2, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-99", Span(0, 10)),
        ("bytes=5-2", None),
        ("bytes=0-1,4-5", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
        ("bytes=٣-٤", None),
        # However long a number is (RFC 9110 §14.1.2): only what is no number makes a range malformed.
        ("bytes=1-" + "9" * 18, Span(1, 10)),
        ("bytes=1-" + "9" * 19, Span(1, 10)),
        ("bytes=1-" + "9" * 9_000, Span(1, 10)),
        ("bytes=" + "0" * 30 + "1-" + "0" * 30 + "5", Span(1, 6)),
        ("bytes=-" + "9" * 30, Span(0, 10)),
        ("bytes=" + "9" * 30 + "-" + "8" * 30, None),
    ],
)
def test_ranges(text, span):
    assert wanted_span({"range": text}, 10, TAG) == span


@pytest.mark.parametrize(
    "text",
    [
        "bytes=10-",
        "bytes=10-12",
        "bytes=999-",
        "bytes=-0",
        "bytes=" + "9" * 19 + "-",
        "bytes=" + "9" * 9_000 + "-",
    ],
)
def test_bytes_behind_the_end(text):
    with pytest.raises(NoSuchBytesError):
        wanted_span({"range": text}, 10, TAG)


def test_nothing_has_no_ranges():
    for text in ("bytes=0-0", "bytes=-1", "bytes=0-"):
        with pytest.raises(NoSuchBytesError):
            wanted_span({"range": text}, 0, TAG)


@pytest.mark.parametrize(
    ("condition", "span"),
    [(TAG, Span(0, 4)), ('"old"', None), ('W/"abc"', None), ("Sun, 06 Nov 1994 08:49:37 GMT", None)],
)
def test_a_range_of_another_version_is_the_whole(condition, span):
    assert wanted_span({"range": "bytes=0-3", "if-range": condition}, 10, TAG) == span


@given(st.integers(1, 1000), st.integers(0, 1100), st.integers(0, 1100))
def test_a_range_lies_within(size, first, last):
    try:
        span = wanted_span({"range": f"bytes={first}-{last}"}, size, TAG)
    except NoSuchBytesError:
        assert first >= size
        return
    if first > last:
        assert span is None
    else:
        assert bytes(size)[span.start : span.stop] == bytes(size)[first : last + 1]
        assert 0 <= span.start < span.stop <= size


@pytest.mark.parametrize(
    ("accepted", "stored", "answer"),
    [
        (None, "gzip", False),
        ("", "gzip", False),
        ("gzip, deflate, br", "gzip", True),
        ("gzip;q=0", "gzip", False),
        ("gzip;q=0.5", "GZIP", True),
        ("x-gzip", "gzip", True),
        ("gzip", "x-gzip", True),
        ("*", "zstd", True),
        ("*;q=0", "zstd", False),
        ("br", "gzip", False),
        ("gzip", "gzip, br", False),
        ("gzip, br", "gzip, br", True),
        (None, "identity", True),
        ("gzip;q=nonsense", "gzip", False),
    ],
)
def test_codings(accepted, stored, answer):
    assert understands(accepted, stored) is answer
