"""When the next request may go out."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.frontier import Rate, next_fetch_time, parse_retry_after, pause_of
from tests.lockss.fetch_results import NOW

S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("definition", "au", "floor", "expected"),
    [
        (None, None, 6 * S, 6 * S),
        (3 * S, None, 6 * S, 6 * S),
        (10 * S, None, 6 * S, 10 * S),
        (10 * S, 7 * S, 6 * S, 7 * S),
        (10 * S, 1 * S, 6 * S, 6 * S),
        (0.1 * S, None, 0 * S, 0.1 * S),
        (10 * S, 0 * S, 0 * S, 0 * S),
    ],
)
def test_pauses(
    definition: timedelta | None, au: timedelta | None, floor: timedelta, expected: timedelta
) -> None:
    assert pause_of(definition, au, floor) == expected


@pytest.mark.parametrize(
    ("last", "pause", "after", "expected"),
    [
        (None, 6, None, 0),
        (None, 6, 20, 20),
        (-1, 6, None, 5),
        (-6, 6, None, 0),
        (-60, 6, None, 0),
        (-1, 6, 2, 5),
        (-1, 6, 60, 60),
        (3_600, 6, None, 6),
    ],
)
def test_next_fetch_time(last: int | None, pause: int, after: int | None, expected: int) -> None:
    moment = next_fetch_time(
        None if last is None else NOW + last * S, pause * S, None if after is None else after * S, NOW
    )
    assert moment == NOW + expected * S


OFFSETS = st.integers(-100_000, 100_000).map(lambda number: number * S)
SPANS = st.integers(0, 100_000).map(lambda number: number * S)


@given(OFFSETS, SPANS, st.none() | SPANS)
def test_never_in_the_past_and_never_sooner_than_asked(
    last: timedelta, pause: timedelta, after: timedelta | None
) -> None:
    moment = next_fetch_time(NOW + last, pause, after, NOW)
    assert NOW <= moment <= NOW + max(pause, after or pause)
    assert moment >= NOW + (after or 0 * S)
    if last <= 0 * S:
        assert moment >= NOW + last + pause


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("99999999999", 86_400),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60),
        ("Thursday, 01-Jan-26 12:01:00 GMT", 60),
        ("Thu Jan  1 12:01:00 2026", 60),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thu, 01 Jan 9999 12:01:00 GMT", 86_400),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("1.5", None),
        ("-1", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("٣", None),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value, NOW) == (None if seconds is None else seconds * S)


@given(st.text(max_size=40))
def test_any_retry_after_is_bounded(value: str) -> None:
    wait = parse_retry_after(value, NOW, 60 * S)
    assert wait is None or 0 * S <= wait <= 60 * S


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1/6000", Rate(1, 6 * S)),
        (" 2 / 3s ", Rate(2, 3 * S)),
        ("10/1h", Rate(10, 3_600 * S)),
        ("1/2m", Rate(1, 120 * S)),
        ("1/1d", Rate(1, timedelta(days=1))),
        ("5/1w", Rate(5, timedelta(weeks=1))),
        ("0/6000", None),
        ("unlimited", None),
        ("1/999999999999w", None),
        ("", None),
    ],
)
def test_rates(text: str, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


@given(st.integers(1, 5), st.integers(1, 100), st.lists(st.integers(0, 300), max_size=30))
def test_a_rate_is_kept_in_every_window(events: int, per: int, wishes: list[int]) -> None:
    rate = Rate(events, per * S)
    history: list[datetime] = []
    for wish in sorted(wishes):
        now = max([NOW + wish * S, *history[-1:]])
        history.append(rate.next_time(history, now))
    for first, later in zip(history, history[events:], strict=False):
        assert later - first >= per * S
