"""Coverage in all the ways in which lists say it, and against the years of the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.holdings import Coverage, compare, holds, ranges_text, years_text
from apps.lockss.holdings.years import behind_wall, from_dates, from_statement


@pytest.mark.parametrize(
    ("first", "last", "ranges"),
    [
        ("1997", "2003", ((1997, 2003),)),
        ("1997-01-01", "", ((1997, None),)),
        ("01.05.1997", "31.12.2003", ((1997, 2003),)),
        ("5/1/1997", "present", ((1997, None),)),
        ("", "2003", ((None, 2003),)),
        ("1997", "heute", ((1997, None),)),
        ("", "", ()),
    ],
)
def test_dates(first, last, ranges):
    assert from_dates(first, last) == (ranges, True)


def test_dates_that_are_none_are_told():
    assert from_dates("vol. 3", "") == ((), False)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("1997-2001; 2004-", ((1997, 2001), (2004, None))),
        ("1997 - 2001, 2003", ((1997, 2001), (2003, 2003))),
        ("v.1 (1997) - v.5 (2001)", ((1997, 2001),)),
        ("ab 1997", ((1997, None),)),
        ("bis 2001", ((None, 2001),)),
        ("depuis 1997", ((1997, None),)),
        ("desde 1997 hasta 2001", ((1997, 2001),)),
        ("dal 1997 ad oggi", ((1997, None),)),
        ("Available from 1997-05-01 until 2001-03-04", ((1997, 2001),)),
        ("1.1997 -", ((1997, None),)),
        ("complete", ()),
    ],
)
def test_statements(text, ranges):
    assert from_statement(text) == ranges


@pytest.mark.parametrize(
    ("ranges", "wall", "left"),
    [
        (((1997, None),), "P1Y", ((1997, 2025),)),
        (((1997, 2003),), "P12M", ((1997, 2003),)),
        (((1997, None),), "R10Y", ((2016, None),)),
        ((), "R10Y;P30D", ((2016, 2025),)),
        (((1997, None),), "3 years", ((1997, 2023),)),
        (((1997, None),), "none", ((1997, None),)),
        (((2025, None),), "P4Y", ()),
    ],
)
def test_moving_walls(ranges, wall, left):
    assert behind_wall(ranges, wall, 2026) == left


def test_years_are_compared_one_by_one():
    assert compare(((1997, 2001),), [1997, 1998, 2001, 2005], 2026) == Coverage(
        (1997, 1998, 2001), (1999, 2000)
    )
    assert compare(((2023, None),), [2023, 2024], 2026) == Coverage((2023, 2024), (2025,))
    assert compare(((None, 1999),), [1998, 1999, 2000], 2026) == Coverage((1998, 1999), ())
    assert compare((), [1998], 2026) == Coverage()


def test_years_for_people():
    assert years_text([1997, 1998, 1999, 2004]) == "1997–1999, 2004"
    assert ranges_text(((1997, None), (None, 1990), (2000, 2000))) == "1997–, –1990, 2000"


years = st.integers(1900, 2030)
ranges = st.lists(
    st.tuples(st.none() | years, st.none() | years).filter(lambda r: None in r or r[0] <= r[1]), max_size=4
)


@given(ranges, st.sets(years, max_size=30))
def test_held_and_missing_share_nothing_and_held_is_listed(ranges, listed):
    found = compare(ranges, listed, 2026)
    assert set(found.held) <= listed
    assert not set(found.missing) & listed
    if ranges:
        assert set(found.held) == {year for year in listed if holds(ranges, year, year)}
