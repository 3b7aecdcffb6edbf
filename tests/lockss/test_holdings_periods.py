"""Subscribed ranges, as nodes of the original write them and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.holdings import Edge, Period, PeriodError, Place, lies_in, parse_periods, periods_text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2000(12)(3)-2005(17)", "2000(12)(3)-2005(17)"),
        ("2010-", "2010-"),
        ("-1999", "-1999"),
        ("2004, (5)-(9)", "2004, (5)-(9)"),
        ("2004()(2)-", "2004()(2)-"),
        ("from 2010 on", "2010-"),
        ("Since 2010", "2010-"),
        ("2010 onwards", "2010-"),
        ("until 1999", "-1999"),
        ("1995 to 2000; 2003", "1995-2000, 2003"),
        ("between 1995 and 2000", "1995-2000"),
        ("all", "-"),
        ("", ""),
    ],
)
def test_ranges_are_read(text, same):
    assert periods_text(parse_periods(text)) == same


@pytest.mark.parametrize(
    "text", ["20", "2005-2000", "2000(1", "soon", "()", "2000 2001", "2000--2001", "x" * 3000]
)
def test_what_is_no_range_is_named(text):
    with pytest.raises(PeriodError):
        parse_periods(text)


@pytest.mark.parametrize(
    ("text", "place", "inside"),
    [
        ("2010-", Place(2010, 2010), True),
        ("2010-", Place(2009, 2010), True),
        ("2010-", Place(2009, 2009), False),
        ("2010-", Place(), False),
        ("-", Place(), True),
        ("2000(12)-2005", Place(2000, 2000, "11"), False),
        ("2000(12)-2005", Place(2000, 2000, "12"), True),
        ("2000(12)-2005", Place(2001, 2001, "1"), True),
        ("2000(12)-2005", Place(2000, 2000), False),
        ("(5)-(9)", Place(volume="7"), True),
        ("(5)-(9)", Place(volume="10"), False),
        ("(5)(2)-", Place(volume="5", issue="1"), False),
        ("(5)(2)-", Place(volume="5"), True),
        ("2004", Place(2004, 2004, "3"), True),
        ("2000, 2004", Place(2002, 2002), False),
    ],
)
def test_what_lies_inside(text, place, inside):
    assert lies_in(place, parse_periods(text)) is inside


labels = st.sampled_from(["", "1", "12", "IV", "S.3"])
edges = st.builds(Edge, st.none() | st.integers(1000, 2100), labels, labels).filter(
    lambda edge: edge != Edge()
)
periods = st.builds(Period, st.none() | edges, st.none() | edges).filter(
    lambda p: not (p.first and p.last and p.first.year and p.last.year and p.last.year < p.first.year)
)


@given(st.lists(periods, max_size=5).map(tuple))
def test_written_and_read_again_they_are_the_same(given_periods):
    assert parse_periods(periods_text(given_periods)) == given_periods


@given(st.text(max_size=60))
def test_any_text_is_ranges_or_an_error(text):
    try:
        found = parse_periods(text)
    except PeriodError:
        return
    assert parse_periods(periods_text(found)) == found
