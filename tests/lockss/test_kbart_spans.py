"""Labels and ranges of years, volumes and issues; ISSN and ISBN; the order of titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart.collation import collation_key
from apps.lockss.kbart.dates import first_day, last_day
from apps.lockss.kbart.findings import KbartCode
from apps.lockss.kbart.identifiers import Identifier, isbn, issn
from apps.lockss.kbart.labels import (
    count_between,
    follows,
    goes_back,
    missing_between,
    number_of,
    roman,
    sort_key,
)
from apps.lockss.kbart.spans import Span, span_of, years_of


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("7", "7", "7"),
        ("1-3", "1", "3"),
        ("1 - 3", "1", "3"),
        ("3-1", "3-1", "3-1"),
        ("5-5", "5", "5"),
        ("1-3, 7", "1", "7"),
        ("1;2 ; 9-11", "1", "11"),
        ("I-III", "I", "III"),
        ("iv-vi", "iv", "vi"),
        ("IX-IV", "IX-IV", "IX-IV"),
        ("IX-12", "IX", "12"),
        ("a-c", "a", "c"),
        ("a-C", "a-C", "a-C"),
        ("A-1", "A-1", "A-1"),
        ("S1-S4", "S1", "S4"),
        ("s1-2-s1-5", "s1-2", "s1-5"),
        ("10.1-10.12", "10.1", "10.12"),
        ("Jan-Mar", "Jan-Mar", "Jan-Mar"),
        ("Suppl-Vol", "Suppl-Vol", "Suppl-Vol"),
        ("1-2-3", "1-2-3", "1-2-3"),
        ("-5", "-5", "-5"),
        ("5-", "5-", "5-"),
        (" , 4", "4", "4"),
    ],
)
def test_span(text, start, end):
    assert span_of(text) == Span(start, end)


@pytest.mark.parametrize("text", ["", "  ", ",", " ; ,"])
def test_no_span(text):
    assert span_of(text) is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1999", (1999, 1999)),
        ("1999-2001", (1999, 2001)),
        ("2000 -2001", (2000, 2001)),
        ("1999, 2003-2004", (1999, 2004)),
        ("1600", (1600, 1600)),
        ("1599", None),
        ("2036", (2036, 2036)),
        ("2037", None),
        ("0", None),
        ("", None),
        ("2001-1999", None),
        ("2001;1999", None),
        ("spring 2001", None),
        ("２００１", None),
    ],
)
def test_years(text, years):
    assert years_of(text, 2026) == years


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("12", 12),
        ("007", 7),
        ("XIV", 14),
        ("xiv", 14),
        ("MCMXCIX", 1999),
        ("Xiv", None),
        ("IIII", None),
        ("", None),
        ("1a", None),
        ("9" * 13, None),
        ("²", None),
    ],
)
def test_number(label, number):
    assert number_of(label) == number


@pytest.mark.parametrize(
    ("end", "start", "expected"),
    [
        ("3", "4", True),
        ("3", "5", False),
        ("4", "3", False),
        ("3", "3", False),
        ("09", "10", True),
        ("IX", "X", True),
        ("IX", "10", True),
        ("A", "B", True),
        ("C", "D", True),
        ("A", "C", False),
        ("A", "b", False),
        ("S.4", "S.5", True),
        ("S.4", "T.5", False),
        ("10.9", "10.10", True),
        ("10.9", "11.10", False),
        ("12A", "13A", True),
        ("12A", "12B", True),
        ("12B", "12C", True),
        ("s1-I", "s1-II", True),
        ("s1-IX", "s1-X", True),
        ("s1-X", "s2-XI", False),
        ("v1", "v2", True),
        ("vol. iv", "vol. v", True),
        ("z", "{", False),
        ("", "1", False),
    ],
)
def test_follows(end, start, expected):
    assert follows(end, start) is expected


@pytest.mark.parametrize(
    ("end", "start", "missing", "count"),
    [
        ("3", "4", None, 0),
        ("3", "5", ("4", "4"), 1),
        ("3", "9", ("4", "8"), 5),
        ("9", "3", None, 0),
        ("S.4", "S.7", ("S.5", "S.6"), 2),
        ("A", "D", None, 0),
        # Labels as written (ruling 20): what nobody could write as these are is not counted up.
        ("II", "V", ("III", "IV"), 2),
        ("xxxix", "xlii", ("xl", "xli"), 2),
        ("MMMCMXCIX", "MMM", None, 0),
        ("IX", "12", ("10", "11"), 2),
        ("9", "XII", None, 0),
        ("II", "v", None, 0),
        ("s1-II", "s1-V", None, 0),
        ("1A", "4A", None, 0),
        ("2001 v1", "2001 v4", ("2001 v2", "2001 v3"), 2),
        ("1.x1", "1.x3", ("1.x2", "1.x2"), 1),
        ("Suppl. i1", "Suppl. i4", ("Suppl. i2", "Suppl. i3"), 2),
        ("v1", "x4", None, 0),
        ("10.9", "10.12", ("10.10", "10.11"), 2),
        ("10.9", "11.12", None, 0),
        ("007", "011", ("008", "010"), 3),
        ("S.01", "S.04", ("S.02", "S.03"), 2),
        ("S.1", "S.04", None, 0),
        ("08", "11", ("09", "10"), 2),
        ("S.98", "S.101", ("S.99", "S.100"), 2),
        ("x" * 60 + "1", "x" * 60 + "4", None, 0),
        ("9" * 13, "9" * 14, None, 0),
        ("", "4", None, 0),
    ],
)
def test_missing(end, start, missing, count):
    assert missing_between(end, start) == missing
    assert count_between(end, start) == count


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_as_labels(low, high):
    assert follows(str(low), str(high)) == (high == low + 1)
    assert goes_back(str(low), str(high)) == (high < low)
    assert (sort_key(str(low)) < sort_key(str(high))) == (low < high)
    assert count_between(str(low), str(high)) == max(0, high - low - 1)


@given(
    st.sampled_from(["", "v", "2001 v", "S.", "1.x", "s1-I ", "é "]), st.integers(0, 60), st.integers(0, 60)
)
def test_what_is_missing_is_written_as_its_neighbours_are(before, low, high):
    labels = [f"{before}{number}" for number in range(low + 1, high)]
    expected = (labels[0], labels[-1]) if labels else None
    assert missing_between(f"{before}{low}", f"{before}{high}") == expected


@given(st.integers(1, 3999))
def test_roman_numbers_as_written(number):
    assert number_of(roman(number)) == number
    if number > 2:
        assert missing_between(roman(number - 2), roman(number)) == (roman(number - 1),) * 2


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_labels_can_be_compared(one, other):
    assert not (goes_back(one, other) and goes_back(other, one))
    assert not (follows(one, other) and goes_back(one, other))
    assert (sort_key(one) < sort_key(other)) or (sort_key(other) <= sort_key(one))
    span_of(one + "-" + other)


@pytest.mark.parametrize(
    ("text", "value", "fault"),
    [
        ("1234-5679", "1234-5679", None),
        ("12345679", "1234-5679", None),
        (" 2434-561x ", "2434-561X", None),
        ("1234-5678", "", KbartCode.CHECK_DIGIT),
        ("1234-567", "", KbartCode.BAD_ISSN),
        ("X234-5679", "", KbartCode.BAD_ISSN),
        ("", "", None),
    ],
)
def test_issn(text, value, fault):
    assert issn(text) == Identifier(value, fault)


@pytest.mark.parametrize(
    ("text", "value", "fault"),
    [
        ("9780306406157", "9780306406157", None),
        ("978-0-306-40615-7", "9780306406157", None),
        ("0-306-40615-2", "9780306406157", None),
        ("080442957X", "9780804429573", None),
        ("0-306-40615-3", "", KbartCode.CHECK_DIGIT),
        ("9780306406158", "", KbartCode.CHECK_DIGIT),
        ("9770306406157", "", KbartCode.BAD_ISBN),
        ("978", "", KbartCode.BAD_ISBN),
        ("9" * 1000, "", KbartCode.BAD_ISBN),
        ("", "", None),
    ],
)
def test_isbn(text, value, fault):
    assert isbn(text) == Identifier(value, fault)


@given(st.text(alphabet="0123456789", min_size=7, max_size=7))
def test_just_one_check_digit_is_right(digits):
    assert sum(bool(issn(digits + last).value) for last in "0123456789X") == 1


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_ten_digits_become_thirteen(digits):
    (one,) = {isbn(digits + last).value for last in "0123456789X"} - {""}
    assert isbn(one).value == one
    assert one[3:12] == digits


@pytest.mark.parametrize(
    "titles",
    [
        ["abc", "Abd"],
        ["Économie", "Ecos"],
        ["Journal 2", "Journal 10"],
        ["Journal A", "Journal: B"],
        ["A Zebra", "Ant"],
        ["The Lancet", "Theatre"],
        ["2 Worlds", "A"],
    ],
)
def test_order_of_titles(titles):
    keys = [collation_key(title) for title in titles]
    assert keys == sorted(keys)
    assert keys[0] != keys[1]


@given(st.text(), st.text())
def test_any_titles_can_be_ordered(one, other):
    assert collation_key(one) <= collation_key(other) or collation_key(other) <= collation_key(one)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2001", "2001-01-01", "2001-12-31"),
        ("2001-02", "2001-02-01", "2001-02-28"),
        ("2004-02", "2004-02-01", "2004-02-29"),
        ("2001-12", "2001-12-01", "2001-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
        ("2001-04-30", "2001-04-30", "2001-04-30"),
        ("2001-04-31", "None", "None"),
        ("2001-13", "None", "None"),
        ("2001-1", "None", "None"),
        ("0000", "None", "None"),
        ("01.02.2001", "None", "None"),
    ],
)
def test_dates(text, first, last):
    assert (str(first_day(text)), str(last_day(text))) == (first, last)
