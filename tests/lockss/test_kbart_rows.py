"""Titles into rows: journals, books, series; open ends, history, what is left out and said to be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart import (
    CoveredAu,
    CoveredTitle,
    Edition,
    Holding,
    KbartCode,
    KbartError,
    Kind,
    Row,
    Scope,
    Terms,
    address_fault,
    check_file,
    encode,
    report,
    title_rows,
)
from apps.lockss.strategies_titles import THIS_YEAR, covered_aus, covered_titles, holdings, terms

TERMS = Terms("https://portal.example/", THIS_YEAR)
JOURNAL = CoveredTitle("j1", "Journal of Tides", "Harbour Press", issn="1234-5679", eissn="0028-0836")
SERIES = CoveredTitle("s1", "Studies of Tides", "Harbour Press", Kind.SERIES, issn="1234-5679")
ISBN = "9780306406157"


def au(year, volume="", **more):
    return CoveredAu(f"AU {year} {volume}", f"au-{year}-{volume}", year=str(year), volume=str(volume), **more)


def rows(title, *aus, terms=TERMS):
    return title_rows(Holding(title, aus), terms)


def one(title, *aus, terms=TERMS):
    made = rows(title, *aus, terms=terms)
    assert len(made.rows) == 1
    return made.rows[0]


def test_two_numberings_of_one_journal_are_one_row_without_volumes():
    """A title on two platforms that count its volumes differently, as the list of a network has it."""
    both = [au(year, year - 1985 + shift) for year in range(1986, 2000) for shift in (0, 14)]
    row = one(JOURNAL, *both)
    assert (row.date_first_issue_online, row.date_last_issue_online) == ("1986", "1999")
    assert (row.num_first_vol_online, row.num_last_vol_online) == ("", "")
    assert row.notes == "volumes are numbered in two ways"
    assert check_file(encode([row])) == []


def test_a_journal_fills_its_columns():
    made = rows(JOURNAL, au(2001, 1, issue="1-4"), au(2002, 2, issue="5"))
    assert made.findings == ()
    assert made.rows == (
        Row(
            publication_title="Journal of Tides",
            print_identifier="1234-5679",
            online_identifier="0028-0836",
            date_first_issue_online="2001",
            num_first_vol_online="1",
            num_first_issue_online="1",
            date_last_issue_online="2002",
            num_last_vol_online="2",
            num_last_issue_online="5",
            title_url="https://portal.example/title/j1",
            title_id="j1",
            coverage_depth="fulltext",
            publisher_name="Harbour Press",
            publication_type="serial",
            access_type="P",
        ),
    )


def test_a_book_fills_its_columns():
    title = CoveredTitle("b1", "Tides", "Harbour Press", Kind.BOOK, embargo="P1Y")
    book = CoveredAu(
        "Tides, second part",
        "au/7",
        year="2004",
        volume="2",
        isbn="0-306-40615-2",
        eisbn="9780804429573",
        edition="3rd",
        depth="Abstracts",
        open_access=True,
        first_author="Miller, A.; Smith, B.",
        first_editor="Jones and Brown",
        print_year="2003",
    )
    made = rows(title, book)
    assert made.findings == ()
    assert made.rows == (
        Row(
            publication_title="Tides, second part",
            print_identifier=ISBN,
            online_identifier="9780804429573",
            title_url="https://portal.example/title/au%2F7",
            first_author="Miller, A.",
            title_id="au/7",
            embargo_info="P1Y",
            coverage_depth="abstracts",
            publisher_name="Harbour Press",
            publication_type="monograph",
            date_monograph_published_print="2003",
            date_monograph_published_online="2004",
            monograph_volume="2",
            monograph_edition="3rd",
            first_editor="Jones",
            access_type="F",
        ),
    )


def test_a_series_is_monographs_where_there_are_isbns_and_a_serial_for_the_rest():
    made = rows(SERIES, au(2001, 1), au(2002, 2, isbn=ISBN), au(2003, 3, isbn="9780306406158"))
    serial, _, book = made.rows
    assert [row.publication_type for row in made.rows] == ["serial", "serial", "monograph"]
    assert (serial.print_identifier, serial.title_id, serial.date_first_issue_online) == (
        "1234-5679",
        "s1",
        "2001",
    )
    assert (book.print_identifier, book.title_id, book.parent_publication_title_id) == (
        ISBN,
        "au-2002-2",
        "s1",
    )
    assert book.num_first_vol_online == book.date_first_issue_online == ""


@pytest.mark.parametrize(
    ("kind", "issn", "isbn", "expected"),
    [
        (Kind.JOURNAL, "1234-5679", "", "serial"),
        (Kind.JOURNAL, "1234-5679", ISBN, "serial"),
        (Kind.JOURNAL, "", ISBN, "monograph"),
        (Kind.JOURNAL, "1234-5678", ISBN, "monograph"),
        (Kind.JOURNAL, "", "", "serial"),
        (Kind.SERIES, "1234-5679", ISBN, "monograph"),
        (Kind.SERIES, "1234-5679", "123", "serial"),
        (Kind.PROCEEDINGS, "", ISBN, "monograph"),
        (Kind.PROCEEDINGS, "", "", "serial"),
        (Kind.BOOK, "", "", "monograph"),
    ],
)
def test_serial_or_monograph(kind, issn, isbn, expected):
    title = replace(JOURNAL, kind=kind, issn=issn, eissn="")
    assert one(title, au(2001, 1, isbn=isbn)).publication_type == expected


@pytest.mark.parametrize(
    ("scope", "last_year", "ceased", "is_open"),
    [
        (Scope.AVAILABLE, THIS_YEAR, False, True),
        (Scope.AVAILABLE, THIS_YEAR - 1, False, True),
        (Scope.AVAILABLE, THIS_YEAR - 2, False, False),
        (Scope.AVAILABLE, THIS_YEAR + 1, False, True),
        (Scope.AVAILABLE, THIS_YEAR, True, False),
        (Scope.SELECTED, THIS_YEAR, False, False),
        (Scope.COLLECTED, THIS_YEAR, False, False),
        (Scope.PRESERVED, THIS_YEAR, False, False),
    ],
)
def test_open_ends(scope, last_year, ceased, is_open):
    title = replace(JOURNAL, ceased=ceased)
    made = rows(title, au(1990, 1), au(last_year, 40, issue="2"), terms=replace(TERMS, scope=scope))
    first, last = made.rows
    assert first.date_last_issue_online == "1990"
    ends = (last.date_last_issue_online, last.num_last_vol_online, last.num_last_issue_online)
    assert ends == (("", "", "") if is_open else (str(last_year), "40", "2"))
    assert last.num_first_issue_online == "2"


def test_what_is_lacking_stands_in_the_notes():
    title = replace(JOURNAL, notes="moved in 2001")
    assert one(title, au(2001, 1), au(2002, 4)).notes == "lacks v.2-3; moved in 2001"


def test_the_holdings_edition_tells_the_coverage():
    made = rows(JOURNAL, au(2001, 1), au(2002, 4), terms=replace(TERMS, edition=Edition.HOLDINGS))
    assert [row.notes for row in made.rows] == ["2001(1)", "2002(4)"]


def test_former_titles_are_rows_of_their_own():
    former = CoveredTitle("j0", "Tides Weekly", "Harbour Press", issn="2434-561X")
    later = replace(JOURNAL, preceding_id="j0")
    made = report([Holding(later, (au(2001, 1),)), Holding(former, (au(1999, 9),))], TERMS)
    told = [(row.title_id, row.preceding_publication_title_id, row.print_identifier) for row in made.rows]
    assert told == [("j1", "j0", "1234-5679"), ("j0", "", "2434-561X")]
    assert one(replace(JOURNAL, preceding_id="j1"), au(2001, 1)).preceding_publication_title_id == ""


def test_issn_l_only_where_there_is_no_other():
    title = replace(JOURNAL, issn="", eissn="", issn_l="2434-561X")
    row = one(title, au(2001, 1))
    assert (row.print_identifier, row.online_identifier, row.notes) == (
        "",
        "2434-561X",
        "identifier is the ISSN-L",
    )
    assert one(replace(JOURNAL, issn_l="2434-561X"), au(2001, 1)).notes == ""


def test_one_number_for_print_and_online_is_the_online_one():
    row = one(replace(JOURNAL, issn="00280836"), au(2001, 1))
    assert (row.print_identifier, row.online_identifier) == ("", "0028-0836")


@pytest.mark.parametrize(
    ("title", "aus", "code", "field", "found", "grave"),
    [
        ({"issn": "1234-5678"}, [au(2001)], KbartCode.CHECK_DIGIT, "print_identifier", "1234-5678", False),
        ({"eissn": "12345"}, [au(2001)], KbartCode.BAD_ISSN, "online_identifier", "12345", False),
        ({"issn": "", "eissn": ""}, [au(2001)], KbartCode.NO_IDENTIFIER, "online_identifier", "", False),
        ({}, [au("")], KbartCode.NO_FIRST_DATE, "date_first_issue_online", "", False),
        ({"embargo": "soon"}, [au(2001)], KbartCode.BAD_EMBARGO, "embargo_info", "soon", False),
        ({"name": " \t"}, [au(2001)], KbartCode.EMPTY, "publication_title", "", True),
        ({"id": ""}, [au(2001)], KbartCode.EMPTY, "title_id", "", True),
    ],
)
def test_findings_of_a_title(title, aus, code, field, found, grave):
    (finding,) = rows(replace(JOURNAL, **title), *aus).findings
    assert (finding.code, finding.field, finding.found, finding.grave) == (code, field, found, grave)
    assert finding.expected


def test_findings_of_a_book():
    title = CoveredTitle("b1", "Tides", "Harbour Press", Kind.BOOK)
    made = rows(
        title, CoveredAu("Tides", "x", year="soon", isbn="9780306406158"), CoveredAu("Lost", isbn=ISBN)
    )
    assert [(f.code, f.grave) for f in made.findings] == [
        (KbartCode.CHECK_DIGIT, False),
        (KbartCode.NO_IDENTIFIER, False),
        (KbartCode.NO_MONOGRAPH_DATE, True),
        (KbartCode.EMPTY, True),
    ]
    assert [row.publication_title for row in made.rows] == ["Tides"]


def test_an_id_belongs_to_one_title():
    other = replace(JOURNAL, name="Another Journal")
    book = Holding(replace(SERIES, id="s2"), (CoveredAu("B", "j1", year="2001", isbn=ISBN),))
    twice = Holding(
        replace(SERIES, id="s3"),
        (CoveredAu("C", "c", year="2001", isbn=ISBN), CoveredAu("D", "c", year="2002", isbn=ISBN)),
    )
    made = report([Holding(JOURNAL, (au(2001),)), Holding(other, (au(2001),)), book, twice], TERMS)
    assert [row.publication_title for row in made.rows] == ["C", "Journal of Tides"]
    assert [(f.code, f.entry) for f in made.findings] == [
        (KbartCode.SAME_TITLE_ID, "Another Journal"),
        (KbartCode.SAME_TITLE_ID, "B"),
        (KbartCode.SAME_TITLE_ID, "D"),
    ]


@pytest.mark.parametrize(
    ("free", "mixed", "access"),
    [
        ((True, True), False, "F"),
        ((True, False), False, "P"),
        ((True, False), True, "M"),
        ((False, False), True, "P"),
    ],
)
def test_access(free, mixed, access):
    aus = [au(2001 + n, n, open_access=one) for n, one in enumerate(free)]
    assert one(JOURNAL, *aus, terms=replace(TERMS, mixed_access=mixed)).access_type == access
    assert one(replace(JOURNAL, open_access=True), *aus).access_type == "F"


def test_order_of_the_file():
    names = ["The Tides", "économie", "Eco 10", "Eco 9", "ZOO"]
    made = report(
        [Holding(CoveredTitle(f"t{n}", name, "P"), (au(2001), au(2005))) for n, name in enumerate(names)],
        TERMS,
    )
    assert [(row.publication_title, row.date_first_issue_online) for row in made.rows] == [
        (name, year)
        for name in ["Eco 9", "Eco 10", "économie", "The Tides", "ZOO"]
        for year in ("2001", "2005")
    ]


@pytest.mark.parametrize(
    ("address", "fit"),
    [
        ("https://portal.example", True),
        ("https://portal.example/lockss/", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://portal.example", False),
        ("ftp://portal.example", False),
        ("portal.example", False),
        ("", False),
        ("https://", False),
        ("https://u:p@portal.example", False),
        ("https://portal.example/?a=b", False),
        ("https://[", False),
    ],
)
def test_address(address, fit):
    assert (address_fault(address) is None) is fit
    if fit:
        assert Terms(address, THIS_YEAR).address == address
    else:
        with pytest.raises(KbartError, match="portal's address"):
            Terms(address, THIS_YEAR)


# What our own titles may lack; everything else in a file of ours must please the validator.
_ALLOWED = {KbartCode.NO_MONOGRAPH_DATE}


@given(st.lists(holdings(), max_size=4), terms())
def test_our_files_break_no_rule(given_holdings, with_terms):
    made = report(given_holdings, with_terms)
    found = check_file(encode(made.rows), name="Node_Global_AllTitles_2026-11-26.txt")
    assert {finding.code for finding in found if finding.grave} <= _ALLOWED
    assert KbartCode.ORDER not in {finding.code for finding in found}


@given(covered_titles(), st.lists(covered_aus(), min_size=1, max_size=6), terms())
def test_every_title_gives_a_row_or_a_finding(title, aus, with_terms):
    made = title_rows(Holding(title, tuple(aus)), with_terms)
    assert made.rows or any(finding.grave for finding in made.findings)
    serial = [row for row in made.rows if row.publication_type == "serial"]
    opened = [row for row in serial if row.date_first_issue_online and not row.date_last_issue_online]
    assert opened in ([], serial[-1:])
    for row in made.rows:
        assert all(value == value.strip() and not set("\t\r\n") & set(value) for value in row.values())


@given(st.lists(holdings(), max_size=4), terms(), st.randoms(use_true_random=False))
def test_the_order_of_titles_given_does_not_matter(given_holdings, with_terms, random):
    unique = list({holding.title.id: holding for holding in given_holdings}.values())
    ids = [au.id for holding in unique for au in holding.aus]
    if len(set(ids)) < len(ids):
        return
    shuffled = list(unique)
    random.shuffle(shuffled)
    assert report(shuffled, with_terms).rows == report(unique, with_terms).rows
