"""Numbers and times as people read them."""

import datetime as dt

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from apps.common import display
from apps.common.text import storable, storable_json

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def plain(text: str) -> str:
    return text.replace(display.GAP, " ")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "–"),
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1049, "1 kB"),
        (1050, "1.1 kB"),
        (9_949, "9.9 kB"),
        (9_951, "10 kB"),
        (88_000_000, "88 MB"),
        (410_400_000, "410 MB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (2_100_000_000, "2.1 GB"),
        (24 * 10**12, "24 TB"),
        (10**23, "100,000 EB"),
    ],
)
def test_sizes_are_decimal(size, text) -> None:
    assert plain(display.size_text(size)) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1202, 1204, "99.8 %"),
        (1204, 1204, "100 %"),
        (999_999_999, 1_000_000_000, "99.9 %"),
        (10**18 - 1, 10**18, "99.9 %"),
        (1, 10**9, "< 0.1 %"),
        (0, 7, "0 %"),
        (1, 2, "50 %"),
        (2, 3, "66.6 %"),
        (0.5, 1.0, "50 %"),
        (0.99999, 1.0, "99.9 %"),
        (3, 0, "–"),
        (9, 7, "100 %"),
    ],
)
def test_percentages_are_cut(part, whole, text) -> None:
    assert plain(display.percent_text(part, whole)) == text


@given(st.integers(1, 10**15).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_only_all_is_everything_and_only_nothing_is_nothing(pair) -> None:
    part, whole = pair
    text = plain(display.percent_text(part, whole))
    assert (text == "100 %") == (part == whole)
    assert (text == "0 %") == (part == 0)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (dt.timedelta(seconds=3), "just now"),
        (dt.timedelta(minutes=1), "1 minute ago"),
        (dt.timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (dt.timedelta(hours=2), "2 hours ago"),
        (dt.timedelta(hours=19), "19 hours ago"),
        (dt.timedelta(hours=26), "yesterday"),
        (dt.timedelta(days=2), "2 days ago"),
        (dt.timedelta(days=61), "61 days ago"),
        (dt.timedelta(days=900), "2 years ago"),
        (-dt.timedelta(days=9), "in 9 days"),
        (-dt.timedelta(seconds=9), "in a moment"),
        (-dt.timedelta(hours=24), "tomorrow"),
    ],
)
def test_ages(before, text) -> None:
    assert display.age_text(NOON - before, NOON) == text


def test_an_age_of_nothing_is_never() -> None:
    assert display.age_text(None) == "never"
    assert display.moment_text(None) == "–"


def test_moments_are_in_the_zone_of_the_node_and_tell_it_exactly() -> None:
    with timezone.override("Europe/Berlin"):
        assert display.moment_text(NOON) == "21 Nov 2026, 13:00"
        markup = display.moment(NOON)
    assert 'datetime="2026-11-21T12:00:00+00:00"' in markup
    assert 'title="Saturday 21 November 2026, 13:00:00 CET"' in markup
    assert ">21 Nov 2026, 13:00</time>" in markup


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3 * 3600 + 20 * 60, "3 h 20 min"), (7200, "2 h"),
     (2 * 86_400 + 4 * 3600, "2 d 4 h"), (-5, "0 s")],
)  # fmt: skip
def test_durations(seconds, text) -> None:
    assert plain(display.duration_text(seconds)) == text


def test_numbers_follow_the_language() -> None:
    with translation.override("de"):
        assert display.count_text(1_234_567) == "1.234.567"
        assert plain(display.size_text(2_100_000_000)) == "2,1 GB"
    assert display.count_text(4812) == "4,812"


@given(st.text(st.characters(), max_size=50) | st.just("a\0b\ud800c"))
def test_storable_text_can_be_written_and_is_kept_otherwise(text: str) -> None:
    found = storable(text, 20)
    assert "\0" not in found
    found.encode("utf-8")
    assert len(found) == len(text[:20])
    assert storable(found, 20) == found


def test_storable_json_has_no_loops_no_depths_and_no_numbers_that_are_none() -> None:
    deep: object = "end"
    for _ in range(100):
        deep = [deep]
    found = storable_json({"a\0": float("nan"), "b": (1, True, None, 1.5), "deep": deep, "x": {"\ud800"}})
    assert found["a\ufffd"] == "nan"
    assert found["b"] == [1, True, None, 1.5]
    assert found["x"] == ["\ufffd"]
