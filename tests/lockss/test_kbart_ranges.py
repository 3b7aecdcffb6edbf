"""AUs into ranges: worked cases of both editions, and what holds for any AUs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart import (
    CoveredAu,
    CoveredTitle,
    Edition,
    Holding,
    NoteStyle,
    Terms,
    check_file,
    coverage_note,
    encode,
    title_rows,
)
from apps.lockss.kbart.notes import Stretch, lacks_note, stretches
from apps.lockss.kbart.ranges import coverage
from apps.lockss.strategies_titles import THIS_YEAR, covered_aus


def aus(*pairs):
    """``"2001:3"`` is the AU of year 2001 and volume 3."""
    return [
        CoveredAu(f"AU {place}", year=y, volume=v)
        for place, (y, _, v) in enumerate(p.partition(":") for p in pairs)
    ]


def told(pairs, edition):
    found = coverage(aus(*pairs.split()), THIS_YEAR, edition)
    return coverage_note(stretches(found))


@pytest.mark.parametrize(
    ("pairs", "kbart", "holdings"),
    [
        ("2001:1", "2001(1)", "2001(1)"),
        ("2001:1 2002:2 2003:3", "2001(1)-2003(3)", "2001(1)-2003(3)"),
        # A volume is missing, but no year: one row for knowledge bases, two for those who hold volumes.
        ("2001:1 2002:2 2003:4", "2001(1)-2003(4)", "2001(1)-2002(2), 2003(4)"),
        ("2001:1 2002:2 2004:4", "2001(1)-2002(2), 2004(4)", "2001(1)-2002(2), 2004(4)"),
        # A year is missing, but no volume.
        ("2001:1 2003:2", "2001(1), 2003(2)", "2001(1)-2003(2)"),
        # Numbering begins anew.
        (
            "1990:1 1991:2 2000:1 2001:2",
            "1990(1)-1991(2), 2000(1)-2001(2)",
            "1990(1)-1991(2), 2000(1)-2001(2)",
        ),
        (
            "1998:7 1999:8 2000:1 2001:2",
            "1998(7)-1999(8), 2000(1)-2001(2)",
            "1998(7)-1999(8), 2000(1)-2001(2)",
        ),
        # A lower volume begins nothing: a misprint, a volume 0, a second numbering beside the first, chaos.
        ("2006:27 2007:38 2008:29 2009:30", "2006(27)-2009(30)", "2006(27), 2007(38), 2008(29)-2009(30)"),
        ("2006:27 2007:38 2008:39 2009:30 2010:31", "2006(27)-2010(31)", None),
        ("1998:14 1999:0 2000:15", "1998(14)-2000(15)", None),
        ("1978:53 1979:54 1979:34 1980:55", "1978(53)-1980(55)", None),
        ("2005:12-13 2005:2005 2006:2006 2007:14 2007:2007 2008:15 2009:16", "2005-2009", None),
        ("2004:11 2005:12 2005:2005 2006:13 2006:2006 2007:14", "2004(11)-2007(14)", None),
        # No row ends with a lower volume than it begins with, nor does one begin for volumes that nobody can tell.
        ("2001:9 2002:7 2003:5 2004:3", "2001-2004", None),
        ("2004-2009:9-12 2006-2011:3-6", "2004-2011", None),
        ("2004:9 2004-2005:3", "2004-2005", None),
        ("1990:5 1991:6 1992-1994:3 1993:4 1993-1996:1", "1990-1996", None),
        # Another volume in the years of a unit is another numbering.
        ("2000-2005:8 2001:1 2004-2009:9", "2000-2009", None),
        ("2001-2006:7 2005:1-2", "2001-2006", None),
        ("2006-2011:3-6 2006-2008:6", "2006(3)-2011(6)", None),
        ("2000:7 2001-2006:1 2005:8 2006:9", "2000-2006", None),
        ("2000-2005:8 2001:9 2004-2009:10", "2000(8)-2009(10)", None),
        # ... but one that begins again does, however often.
        ("1976:1 1977:2 1978:1 1979:2 1980:3", "1976(1)-1977(2), 1978(1)-1980(3)", None),
        ("1999:276 1999:277 2000:23 2000:24 2001:25", "1999(276)-1999(277), 2000(23)-2001(25)", None),
        # Two numberings side by side are two runs of volumes for those who hold volumes, not one for each volume.
        (
            "1998:1 1998:15 1999:2 1999:16 2000:3 2000:17",
            "1998-2000",
            "1998(1)-2000(3), 1998(15)-2000(17)",
        ),
        (
            "1998:1 1998:15 1999:2 1999:16 2000:3 2000:17 2002:5 2002:18",
            "1998-2000, 2002",
            "1998(1)-2000(3), 1998(15)-2002(18), 2002(5)",
        ),
        # Two numberings through the years, a whole year missing: nobody can say which volume is the first.
        ("1998:1 1998:15 1999:2 1999:16 2000:3 2000:17 2002:5 2002:19", "1998-2000, 2002", None),
        # The same volume on two platforms.
        ("2001:1 2001:1 2002:2 2002:2", "2001(1)-2002(2)", "2001(1)-2002(2)"),
        ("2001-2003:1-4 2002:2 2004:5", "2001(1)-2004(5)", "2001(1)-2004(5)"),
        ("2001:5 2004:5 2005:6", "2001(5), 2004(5)-2005(6)", "2001(5), 2004(5)-2005(6)"),
        # Out of order within a year.
        ("2001:1 2002-2004:4 2003:3 2005:5", "2001(1)-2005(5)", "2001(1), 2002(3)-2005(5)"),
        ("1849:s1-I 1850:s1-II 1850:s1-IV", "1849(s1-I)-1850(s1-IV)", "1849(s1-I)-1850(s1-II), 1850(s1-IV)"),
        # Years alone, volumes alone, neither.
        ("2001: 2002: 2004:", "2001-2002, 2004", "2001-2002, 2004"),
        ("2001:1 2002:", "2001-2002", "2001-2002"),
        (":1 :2 :4", "(1)-(4)", "(1)-(2), (4)"),
        ("2001: :", "2001", "2001"),
        (": :", "", ""),
        # One volume number for all says nothing.
        ("2001:X 2002:X", "2001-2002", "2001-2002"),
        ("2001:I 2002:II 2003:III", "2001(I)-2003(III)", "2001(I)-2003(III)"),
        ("2001:A 2002:B 2003:C 2004:D", "2001(A)-2004(D)", "2001(A)-2004(D)"),
        ("2001:9 2002:10 2003:11", "2001(9)-2003(11)", "2001(9)-2003(11)"),
        # The number of a volume becomes its year.
        ("2002:7 2003:2003 2004:2004", "2002(7)-2004(2004)", "2002(7), 2003(2003)-2004(2004)"),
        # A year that is none leaves the range without years, not with half of them.
        ("0:1 2001:2", "(1)-(2)", "(1)-(2)"),
    ],
)
def test_ranges(pairs, kbart, holdings):
    assert told(pairs, Edition.KBART) == kbart
    if holdings is not None:
        assert told(pairs, Edition.HOLDINGS) == holdings


@pytest.mark.parametrize(
    ("pairs", "lacks"),
    [
        ("2001:1 2002:2", [[]]),
        ("2001:1 2002:3", [[("2", "2")]]),
        ("2001:1 2002:5 2003:9", [[("2", "4"), ("6", "8")]]),
        ("2001:1-4 2002:2 2003:5", [[]]),
        ("2002:7 2003:2003", [[]]),
        ("2001:S.1 2002:S.3", [[("S.2", "S.2")]]),
        ("2001:s1-IV 2002:s1-VII", [[]]),
        ("2001:1.x1 2002:1.x3", [[("1.x2", "1.x2")]]),
        ("2001:1 2005:3", [[], []]),
        # What lies before its first volume or behind its last one a range does not lack.
        ("1998:14 1999:0 2000:15", [[]]),
        ("2006:27 2007:38 2008:29 2009:30", [[("28", "28")]]),
        ("2000-2005:8 2001:1 2004-2009:9", [[]]),
    ],
)
def test_what_a_range_lacks(pairs, lacks):
    found = coverage(aus(*pairs.split()), THIS_YEAR)
    assert [current.lacks for current in found.ranges] == lacks


def test_lacks_in_words():
    assert lacks_note([]) == ""
    assert lacks_note([("3", "4"), ("7", "7")]) == "lacks v.3-4, v.7"
    many = lacks_note([(str(n), str(n)) for n in range(1000)])
    assert many == "lacks 1000 runs of volumes between v.0 and v.999"


def test_no_aus():
    assert coverage([], THIS_YEAR).ranges == ()


def sorted_values(found):
    return [(sorted(item.au for item in r.items), r.years, r.lacks) for r in found.ranges]


@given(st.lists(covered_aus(), max_size=8), st.sampled_from(Edition), st.randoms(use_true_random=False))
def test_the_order_in_which_aus_are_given_does_not_matter(given_aus, edition, random):
    shuffled = list(given_aus)
    random.shuffle(shuffled)
    assert sorted_values(coverage(shuffled, THIS_YEAR, edition)) == sorted_values(
        coverage(given_aus, THIS_YEAR, edition)
    )


@given(st.lists(covered_aus(), max_size=8), st.sampled_from(Edition))
def test_each_au_is_in_one_range(given_aus, edition):
    found = coverage(given_aus, THIS_YEAR, edition)
    assert sorted(item.au for r in found.ranges for item in r.items) == sorted(given_aus)
    for current in found.ranges:
        if current.years is not None:
            assert current.years[0] <= current.years[1]


@given(st.sets(st.integers(1990, 2030), min_size=1))
def test_kbart_rows_are_runs_of_years(years):
    """With volumes that follow the years, a row ends just where a year is missing."""
    found = coverage([CoveredAu(str(y), year=str(y), volume=str(y - 1900)) for y in years], THIS_YEAR)
    assert {y for r in found.ranges for y in range(r.years[0], r.years[1] + 1)} == years
    starts = sorted(y for y in years if y - 1 not in years)
    assert [r.years[0] for r in found.ranges] == starts


@given(st.sets(st.integers(1, 60), min_size=1))
def test_holdings_rows_are_runs_of_volumes(volumes):
    found = coverage(
        [CoveredAu(str(v), year=str(1960 + v), volume=str(v)) for v in volumes], THIS_YEAR, Edition.HOLDINGS
    )
    told = [(int(r.first.volumes.start), int(r.last.volumes.end)) for r in found.ranges]
    assert {v for first, last in told for v in range(first, last + 1)} == volumes


def _units(found):
    return [
        CoveredAu(str(n), year=f"{y}-{y + years}", volume=f"{v}-{v + volumes}")
        for n, (y, years, v, volumes) in enumerate(found)
    ]


UNITS = st.tuples(
    st.integers(2000, 2008),
    st.sampled_from([0, 0, 1, 2, 5]),
    st.integers(1, 12),
    st.sampled_from([0, 0, 1, 3]),
)


@given(st.lists(UNITS, min_size=1, max_size=8).map(_units))
def test_rows_of_units_whose_years_overlap_pass_the_check(units):
    title = CoveredTitle("7", "Annals", "Press", issn="1234-5679")
    rows = title_rows(Holding(title, tuple(units)), Terms("https://portal.example", THIS_YEAR)).rows
    assert check_file(encode(rows)) == []
    for row, current in zip(rows, coverage(units, THIS_YEAR).ranges, strict=True):
        held = {
            number
            for item in current.items
            for number in range(int(item.volumes.start), int(item.volumes.end) + 1)
        }
        lacked = {n for low, high in current.lacks for n in range(int(low), int(high) + 1)}
        assert not lacked & held
        if lacked:
            first, last = int(row.num_first_vol_online), int(row.num_last_vol_online)
            assert first < min(lacked) <= max(lacked) < last


LINKS = (
    '$obj->parsedDate("==",1990,7,undef) || '
    '$obj->parsedDate(">=",2001,1,undef) && $obj->parsedDate("<=",2002,2,undef) || '
    '$obj->parsedDate(">=",2004,4,undef)'
)
ONE = Stretch("2001", "2002", "1", "2")
TWO = Stretch("2004", "2005", "4", "5", is_open=True)
ALONE = Stretch("1990", "1990", "7", "7")


@pytest.mark.parametrize(
    ("style", "note"),
    [
        (NoteStyle.YEAR_VOLUME, "1990(7), 2001(1)-2002(2), 2004(4)-"),
        (NoteStyle.YEAR, "1990, 2001-2002, 2004-"),
        (NoteStyle.YEAR_SUMMARY, "1990-"),
        (NoteStyle.YEAR_VOLUME_SUMMARY, "1990(7)-"),
        (
            NoteStyle.LINKS,
            LINKS,
        ),
    ],
)
def test_note_styles(style, note):
    assert coverage_note([ALONE, ONE, TWO], style) == note


def test_long_notes_join_near_ranges_then_tell_the_whole():
    near = [Stretch(str(y), str(y)) for y in range(1800, 2000, 2)] + [Stretch("2010", "2010")]
    far = [Stretch(str(y), str(y), "v" * 40, "v" * 40) for y in range(1700, 2000, 5)]
    assert coverage_note(near * 1, NoteStyle.YEAR).startswith("1800, 1802, ")
    assert coverage_note(near, NoteStyle.LINKS) == (
        '$obj->parsedDate(">=",1800,undef,undef) && $obj->parsedDate("<=",1998,undef,undef) || '
        '$obj->parsedDate("==",2010,undef,undef)'
    )
    assert coverage_note(far) == f"1700({'v' * 40})-1995({'v' * 40})"
    assert coverage_note([]) == ""
