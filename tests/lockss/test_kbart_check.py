"""The validator: one fault at a time in a file that is sound otherwise."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart import COLUMNS, PHASE_II, KbartCode, Row, check_file, encode
from apps.lockss.kbart.check import MOST_FINDINGS
from apps.lockss.kbart.check_row import is_mojibake
from apps.lockss.kbart.table import HEADER
from apps.lockss.kbart.vocabulary import is_embargo
from apps.lockss.strategies_titles import rows

NAME = "Riverside_Global_AllTitles_2026-11-26.txt"
SERIAL = Row(
    publication_title="Journal of Tides",
    print_identifier="1234-5679",
    online_identifier="0028-0836",
    date_first_issue_online="2001-03",
    num_first_vol_online="3",
    num_first_issue_online="1",
    date_last_issue_online="2004",
    num_last_vol_online="6",
    num_last_issue_online="4",
    title_url="https://portal.example/title/j1",
    title_id="j1",
    embargo_info="P1Y",
    coverage_depth="fulltext",
    publisher_name="Harbour Press",
    publication_type="serial",
    access_type="P",
)
BOOK = Row(
    publication_title="Tides",
    online_identifier="9780306406157",
    title_url="https://portal.example/title/b1",
    first_author="Miller",
    title_id="b1",
    coverage_depth="fulltext",
    publication_type="monograph",
    date_monograph_published_online="2004-05-06",
    monograph_volume="2",
    access_type="F",
)


def check(*given_rows, **more):
    return check_file(encode(given_rows), name=NAME, **more)


def test_a_sound_file():
    assert check(SERIAL, BOOK, strict=True) == []


SERIAL_FAULTS = [
    ({"publication_title": ""}, KbartCode.EMPTY, True),
    ({"publication_title": '"Journal of Tides"'}, KbartCode.QUOTED, True),
    ({"publication_title": "Journal of \ufffdTides"}, KbartCode.REPLACEMENT, True),
    ({"publication_title": "Journal of MarÃ©es"}, KbartCode.MOJIBAKE, False),
    ({"title_id": ""}, KbartCode.EMPTY, True),
    ({"title_url": ""}, KbartCode.EMPTY, True),
    ({"title_url": "LOCKSS_RESOLVER?issn=1234-5679"}, KbartCode.BAD_URL, True),
    ({"title_url": "ftp://portal.example/"}, KbartCode.BAD_URL, True),
    ({"title_url": "https:///x"}, KbartCode.BAD_URL, True),
    ({"title_url": "https://portal.example/a b"}, KbartCode.BAD_URL, True),
    ({"title_url": "https://[x"}, KbartCode.BAD_URL, True),
    ({"print_identifier": "12345679"}, KbartCode.BAD_ISSN, True),
    ({"print_identifier": "1234-56"}, KbartCode.BAD_ISSN, True),
    ({"print_identifier": "1234-5678"}, KbartCode.CHECK_DIGIT, False),
    ({"print_identifier": "0028-0836"}, KbartCode.SAME_IDENTIFIER, False, "online_identifier"),
    ({"print_identifier": "", "online_identifier": ""}, KbartCode.NO_IDENTIFIER, False, "online_identifier"),
    ({"date_first_issue_online": "2001-03-01 00:00:00"}, KbartCode.BAD_DATE, True),
    ({"date_last_issue_online": "04"}, KbartCode.BAD_DATE, True),
    ({"date_last_issue_online": "2001-02"}, KbartCode.LAST_BEFORE_FIRST, True),
    ({"date_first_issue_online": ""}, KbartCode.NO_FIRST_DATE, False),
    ({"num_first_vol_online": ""}, KbartCode.LAST_WITHOUT_FIRST, True, "num_last_vol_online"),
    ({"num_first_issue_online": ""}, KbartCode.LAST_WITHOUT_FIRST, True, "num_last_issue_online"),
    ({"num_first_vol_online": "7"}, KbartCode.LAST_BEFORE_FIRST, False, "num_last_vol_online"),
    (
        {"date_last_issue_online": "", "num_last_issue_online": ""},
        KbartCode.LAST_OF_OPEN_END,
        True,
        "num_last_vol_online",
    ),
    (
        {"date_last_issue_online": "", "num_last_vol_online": ""},
        KbartCode.LAST_OF_OPEN_END,
        True,
        "num_last_issue_online",
    ),
    ({"embargo_info": "1 year"}, KbartCode.BAD_EMBARGO, True),
    ({"coverage_depth": "full text"}, KbartCode.NOT_IN_VOCABULARY, True),
    ({"coverage_depth": ""}, KbartCode.NOT_IN_VOCABULARY, True),
    ({"publication_type": "journal"}, KbartCode.NOT_IN_VOCABULARY, True),
    ({"access_type": "M"}, KbartCode.NOT_IN_VOCABULARY, True),
    ({"access_type": "p"}, KbartCode.NOT_IN_VOCABULARY, True),
    ({"monograph_edition": "2"}, KbartCode.OTHER_TYPES_COLUMN, False),
    ({"first_author": "Miller; Smith"}, KbartCode.SEVERAL_NAMES, False),
]
BOOK_FAULTS = [
    ({"date_monograph_published_online": ""}, KbartCode.NO_MONOGRAPH_DATE, True),
    ({"date_monograph_published_print": "around 2004"}, KbartCode.BAD_DATE, True),
    ({"online_identifier": "9780306406158"}, KbartCode.CHECK_DIGIT, False),
    ({"online_identifier": "978030640615"}, KbartCode.BAD_ISBN, True),
    ({"online_identifier": "0306406152"}, KbartCode.ISBN_10, False),
    ({"num_first_vol_online": "1"}, KbartCode.OTHER_TYPES_COLUMN, False),
    ({"first_author": "Miller and Smith"}, KbartCode.SEVERAL_NAMES, False),
    ({"first_editor": "Miller & Smith"}, KbartCode.SEVERAL_NAMES, False),
]


@pytest.mark.parametrize(
    ("base", "fault"), [(SERIAL, fault) for fault in SERIAL_FAULTS] + [(BOOK, fault) for fault in BOOK_FAULTS]
)
def test_one_fault(base, fault):
    """What is changed, the code it gives, whether that is grave, and the field told if it is another."""
    change, code, grave, *elsewhere = fault
    (field,) = elsewhere or change
    row = replace(base, **change)
    (finding,) = check(row)
    assert (finding.code, finding.grave, finding.line) == (code, grave, 2)
    assert finding.field == field
    assert finding.found == getattr(row, field)
    assert finding.expected
    (strict,) = check(row, strict=True)
    assert strict.grave


def test_mixed_access_behind_its_switch():
    row = replace(SERIAL, access_type="M")
    assert check(row, vocabulary=PHASE_II.with_mixed_access()) == []


def found_together(*given_rows):
    return [(finding.code, finding.line, finding.grave) for finding in check(*given_rows)]


LATER = replace(
    SERIAL,
    date_first_issue_online="2006",
    num_first_vol_online="8",
    date_last_issue_online="",
    num_last_vol_online="",
    num_last_issue_online="",
)


@pytest.mark.parametrize(
    ("given_rows", "expected"),
    [
        ([SERIAL, LATER], []),
        ([SERIAL, SERIAL], [(KbartCode.SAME_ROW, 3, True)]),
        (
            [SERIAL, replace(SERIAL, date_last_issue_online="2003")],
            [(KbartCode.SAME_KEY, 3, False), (KbartCode.OVERLAP, 2, False)],
        ),
        ([SERIAL, replace(LATER, date_first_issue_online="2004")], [(KbartCode.OVERLAP, 3, False)]),
        ([SERIAL, replace(LATER, date_first_issue_online="2005")], [(KbartCode.SPLIT, 3, False)]),
        ([SERIAL, replace(LATER, date_first_issue_online="2005", num_first_vol_online="1")], []),
        ([SERIAL, replace(LATER, date_first_issue_online="2005", num_first_vol_online="3")], []),
        # Below the last volume, but not below the first: two numberings told apart year by year.
        (
            [SERIAL, replace(LATER, date_first_issue_online="2005", num_first_vol_online="4")],
            [(KbartCode.SPLIT, 3, False)],
        ),
        (
            [LATER, replace(SERIAL, date_first_issue_online="2009", date_last_issue_online="2010")],
            [(KbartCode.OVERLAP, 3, False)],
        ),
        # A long row against all that lies inside it, not only against the next.
        (
            [
                replace(SERIAL, date_last_issue_online="2020"),
                replace(SERIAL, date_first_issue_online="2002", date_last_issue_online="2003"),
                replace(SERIAL, date_first_issue_online="2010", date_last_issue_online="2011"),
            ],
            [(KbartCode.OVERLAP, 3, False), (KbartCode.OVERLAP, 4, False)],
        ),
        (
            [SERIAL, replace(LATER, publication_title="Journal of Winds")],
            [(KbartCode.SAME_TITLE_ID, 3, True)],
        ),
        ([BOOK, replace(BOOK, monograph_volume="3")], [(KbartCode.SAME_TITLE_ID, 3, True)]),
        ([BOOK, SERIAL], [(KbartCode.ORDER, 3, False)]),
        (
            [SERIAL, BOOK, replace(SERIAL, publication_title="Acta", title_id="a")],
            [(KbartCode.ORDER, 4, False)],
        ),
    ],
)
def test_rows_together(given_rows, expected):
    assert sorted(found_together(*given_rows)) == sorted(expected)


def test_a_title_without_a_name_is_called_by_its_line():
    found = check(replace(SERIAL, publication_title=""), LATER)
    (said,) = [one.expected for one in found if one.code == KbartCode.SAME_TITLE_ID]
    assert said == "another id than that in line 2"


@pytest.mark.parametrize(
    "titles",
    [
        ["a", "B", "Ç", "d"],
        ["B", "a"],
        ["The Ant", "Bee", "A Cat"],
        ["Journal 10", "Journal 9"],
        ["Journal 9", "Journal 10"],
        [],
        ["one"],
    ],
)
def test_any_order_that_is_kept(titles):
    assert check(*(replace(BOOK, publication_title=t, title_id=str(n)) for n, t in enumerate(titles))) == []


def test_the_header():
    sound = encode([SERIAL])
    assert [
        (f.code, f.field, f.line) for f in check_file(sound.replace(b"\tnotes\t", b"\tcoverage_notes\t"))
    ] == [(KbartCode.HEADER, "notes", 1)]
    assert [f.code for f in check_file(sound.replace(b"publication_title", b"Publication_Title", 1))] == [
        KbartCode.HEADER
    ]
    more = sound.replace(b"access_type\n", b"access_type\tx\n").replace(b"\tP\n", b"\tP\t\n")
    assert [(f.code, f.found) for f in check_file(more)] == [(KbartCode.HEADER, "x")]


@pytest.mark.parametrize(
    ("data", "code", "grave"),
    [
        (b"", KbartCode.EMPTY_FILE, True),
        (b"\xef\xbb\xbf" + encode([SERIAL]), KbartCode.BYTE_ORDER_MARK, False),
        (encode([SERIAL]) + b"\n", KbartCode.BLANK_LINE, False),
        (encode([replace(SERIAL, notes="\xe9")]).decode().encode("latin-1"), KbartCode.NOT_UTF8, True),
        (encode([SERIAL]).replace(b"\tP\n", b"\tP\textra\n"), KbartCode.FIELD_COUNT, True),
    ],
)
def test_the_form_of_the_file(data, code, grave):
    assert [(f.code, f.grave) for f in check_file(data)] == [(code, grave)]


def test_the_name_of_the_file():
    (finding,) = check_file(encode([SERIAL]), name="kbart.csv")
    assert (finding.code, finding.found, finding.grave) == (KbartCode.FILE_NAME, "kbart.csv", False)


def test_a_file_of_nothing_but_faults_ends():
    data = (HEADER + "\n" + "x\n" * MOST_FINDINGS).encode()
    found = check_file(data)
    assert len(found) == MOST_FINDINGS + 1
    assert found[-1].code is KbartCode.TOO_MANY_FINDINGS


@given(st.lists(rows(), max_size=5), st.booleans())
def test_any_rows_are_judged(given_rows, strict):
    found = check_file(encode(given_rows), strict=strict)
    assert [f.line or 0 for f in found] == sorted(f.line or 0 for f in found)
    assert not strict or all(finding.grave for finding in found)


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data):
    assert check_file(data)


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("P1Y", True),
        ("R10Y", True),
        ("R10Y;P30D", True),
        ("P6M", True),
        ("P30D;R10Y", False),
        ("P1Y;P1Y", False),
        ("P0Y", False),
        ("P1W", False),
        ("1Y", False),
        ("p1y", False),
        ("P1Y;", False),
    ],
)
def test_embargo(text, sound):
    assert is_embargo(text) is sound


@pytest.mark.parametrize(
    ("text", "broken"),
    [("MarÃ©es", True), ("Marées", False), ("Ã", False), ("日本", False), ("plain", False)],
)
def test_mojibake(text, broken):
    assert is_mojibake(text) is broken


@pytest.mark.parametrize(("sign", "name"), [(",", "commas"), (";", "semicolons"), ("|", "vertical bars")])
@pytest.mark.parametrize("strict", [False, True])
def test_another_separator_is_said_once_and_nothing_of_the_rows(sign, name, strict):
    """A comma separated file had 14 errors a row, and nowhere that it is one."""
    row = sign.join(f'"{value}"' if sign in value else value for value in ("Tides", *[""] * 24))
    data = "\n".join([sign.join(COLUMNS), row, row, row]).encode()
    (one,) = check_file(data, strict=strict)
    assert (one.code, one.grave, one.line) == (KbartCode.SEPARATOR, True, 1)
    assert (one.found, one.expected) == (f"{name} between the fields", "tabs between the fields")


def test_a_misspelt_head_is_one_error_and_its_values_are_judged():
    good = encode([SERIAL, BOOK])
    header, rest = good.decode().split("\n", 1)
    misspelt = header.replace("access_type", "acces_type")
    (one,) = check_file(f"{misspelt}\n{rest}".encode())
    assert (one.code, one.field, one.found, one.line) == (KbartCode.HEADER, "access_type", "acces_type", 1)
    assert one.expected == "access_type as column 25"
    bad = f"{misspelt}\n{rest}".rstrip("\n").removesuffix("F") + "Q\n"
    assert [(each.code, each.field, each.found) for each in check_file(bad.encode())][1:] == [
        (KbartCode.NOT_IN_VOCABULARY, "access_type", "Q")
    ]


def test_two_misspelt_heads_are_two_errors():
    header, rest = encode([SERIAL, BOOK]).decode().split("\n", 1)
    header = header.replace("access_type", "acces_type").replace("title_url", "titel_url")
    found = check_file(f"{header}\n{rest}".encode())
    assert [(one.code, one.field, one.found) for one in found] == [
        (KbartCode.HEADER, "title_url", "titel_url"),
        (KbartCode.HEADER, "access_type", "acces_type"),
    ]


def test_a_head_that_is_nearly_another_is_told_with_the_near_name():
    header, rest = encode([SERIAL, BOOK]).decode().split("\n", 1)
    heads = header.split("\t")
    at = heads.index("title_url")
    heads[at], heads[-1] = "acces_type", "title_url"
    found = check_file(("\t".join(heads) + "\n" + rest).encode())
    assert (found[0].code, found[0].found, found[0].line) == (KbartCode.HEADER, "acces_type", 1)
    assert found[0].expected == "title_url as column 10; this is nearly access_type"


def test_a_missing_column_is_said_in_the_head_alone():
    lines = [line.rsplit("\t", 1)[0] for line in encode([SERIAL, BOOK]).decode().splitlines()]
    (one,) = check_file(("\n".join(lines) + "\n").encode())
    assert (one.code, one.field, one.found, one.line) == (KbartCode.HEADER, "access_type", "", 1)
