"""How fast a disk fills, from a row a day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.nodes.growth import growth

DAY = dt.date(2026, 3, 1)


def line(days: int, per_day: int, start: int = 1000) -> list[tuple[dt.date, int]]:
    return [(DAY + dt.timedelta(days=n), start + n * per_day) for n in range(days)]


@pytest.mark.parametrize("days", [[], line(1, 5), line(2, 5), line(1, 5) * 9])
def test_too_few_days(days):
    assert growth(days, 100) is None


def test_a_steady_pace():
    found = growth(line(10, 5), 300)
    assert found.per_day == pytest.approx(5)
    assert found.days_left == pytest.approx(60)


def test_a_disk_that_empties_is_never_full():
    assert growth(line(10, -5), 300).days_left is None
    assert growth(line(10, 0), 300).days_left is None


def test_one_large_day_is_not_the_pace():
    days = line(30, 1)
    days[15] = (days[15][0], days[15][1] + 10_000)
    assert growth(days, 300).per_day < 50


@given(st.permutations(line(12, 7)), st.integers(-5000, 5000))
def test_neither_order_nor_level_matters(days, shift):
    found = growth([(day, used + shift) for day, used in days], 700)
    assert found.per_day == pytest.approx(7)
    assert found.days_left == pytest.approx(100)
