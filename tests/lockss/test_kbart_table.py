"""Rows as bytes, files read back, and the name of a file."""

import gzip
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart import COLUMNS, KbartCode, KbartError, Row, check_file, encode, file_name, read_table
from apps.lockss.kbart.file_names import is_file_name
from apps.lockss.strategies_titles import rows

HEADER = (
    b"publication_title\tprint_identifier\tonline_identifier\tdate_first_issue_online\tnum_first_vol_online\t"
    b"num_first_issue_online\tdate_last_issue_online\tnum_last_vol_online\tnum_last_issue_online\ttitle_url\t"
    b"first_author\ttitle_id\tembargo_info\tcoverage_depth\tnotes\tpublisher_name\tpublication_type\t"
    b"date_monograph_published_print\tdate_monograph_published_online\tmonograph_volume\tmonograph_edition\t"
    b"first_editor\tparent_publication_title_id\tpreceding_publication_title_id\taccess_type\n"
)
ROW = Row(
    publication_title="Gezeiten “é”",
    print_identifier="1234-5679",
    date_first_issue_online="2001",
    title_url="https://portal.example/title/j1",
    title_id="j1",
    coverage_depth="fulltext",
    publisher_name="Hafen, 1",
    publication_type="serial",
    access_type="P",
)
LINE = (
    "Gezeiten “é”\t1234-5679\t\t2001\t\t\t\t\t\thttps://portal.example/title/j1\t\tj1\t\tfulltext\t\tHafen, 1\t"
    "serial\t\t\t\t\t\t\t\tP\n"
).encode()


def test_the_whole_file_byte_by_byte():
    assert encode([]) == HEADER
    assert encode([ROW]) == HEADER + LINE


def test_a_row_never_breaks_the_table():
    odd = Row(publication_title="a\tb\r\nc", notes="\ud800")
    assert encode([odd]) == HEADER + b"a b  c" + b"\t" * 14 + b"?" + b"\t" * 10 + b"\n"


@given(st.lists(rows(), max_size=5))
def test_read_back(given_rows):
    table = read_table(encode(given_rows))
    # A row of nothing is a line of blanks.
    kept = [row for row in given_rows if any(row.values())]
    assert list(table.rows) == kept
    assert {finding.code for finding in table.findings} <= {KbartCode.BLANK_LINE}
    assert table.header == COLUMNS
    assert encode(table.rows) == encode(kept)


def codes(table):
    return [(finding.code, finding.line) for finding in table.findings]


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (HEADER + LINE, "utf-8", []),
        (b"\xef\xbb\xbf" + HEADER + LINE, "utf-8", [(KbartCode.BYTE_ORDER_MARK, 1)]),
        (b"\xff\xfe" + (HEADER + LINE).decode().encode("utf-16-le"), "utf-16-le", [(KbartCode.NOT_UTF8, 1)]),
        (b"\xfe\xff" + (HEADER + LINE).decode().encode("utf-16-be"), "utf-16-be", [(KbartCode.NOT_UTF8, 1)]),
        (HEADER + LINE.decode().encode("cp1252"), "cp1252", [(KbartCode.NOT_UTF8, 2)]),
        ((HEADER + LINE).replace(b"\n", b"\r\n"), "utf-8", []),
        ((HEADER + LINE)[:-1], "utf-8", []),
    ],
)
def test_encodings(data, encoding, expected):
    table = read_table(data)
    assert (table.rows, table.lines, table.encoding) == ((ROW,), (2,), encoding)
    assert codes(table) == expected


def test_other_headers_are_understood():
    data = (
        b"Title_ID\tpublication_title\tcoverage_notes\tzdb_id\ttitle_id\tdate_first_issue_online\n"
        b" j1 \tTides\tnearly all\t77\tj2\t2001-01-01 00:00:00\n"
        b"\n"
        b"j3\tShort\n"
        b"j4\tLong\t\t\t\t2001-01-01T00:00:00Z\tmore\n"
    )
    table = read_table(data)
    assert table.rows == (
        Row(
            publication_title="Tides", title_id="j1", notes="nearly all", date_first_issue_online="2001-01-01"
        ),
        Row(publication_title="Short", title_id="j3"),
        Row(publication_title="Long", title_id="j4", date_first_issue_online="2001-01-01"),
    )
    assert table.lines == (2, 4, 5)
    found = [code for code, _ in codes(table)]
    assert found.count(KbartCode.COLUMN_UNKNOWN) == 2
    assert found.count(KbartCode.COLUMN_MISSING) == 21
    assert found.count(KbartCode.COLUMN_ORDER) == 1
    assert [(f.code, f.line, f.found) for f in table.findings if f.code is KbartCode.FIELD_COUNT] == [
        (KbartCode.FIELD_COUNT, 4, "2 fields"),
        (KbartCode.FIELD_COUNT, 5, "7 fields"),
    ]
    assert (KbartCode.BLANK_LINE, 3) in codes(table)
    as_written = read_table(data, mend=False).rows
    assert (as_written[0].title_id, as_written[0].date_first_issue_online) == (" j1 ", "2001-01-01 00:00:00")


def test_an_empty_file():
    assert [code for code, _ in codes(read_table(b""))] == [KbartCode.EMPTY_FILE]


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data):
    table = read_table(data)
    assert len(table.rows) == len(table.lines)


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    read_table(HEADER + text.encode("utf-8", "surrogatepass"))


ON = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("given_parts", "name"),
    [
        ({"provider": "Riverside"}, "Riverside_Global_AllTitles_2026-11-26.txt"),
        (
            {"provider": "Université de l'Été", "region": "Île-de-France", "package": "Revues & livres 2"},
            "UniversitedelEte_IledeFrance_Revueslivres2_2026-11-26.txt",
        ),
        ({"provider": "A_B", "suffix": ".tsv"}, "AB_Global_AllTitles_2026-11-26.tsv"),
    ],
)
def test_file_name(given_parts, name):
    made = file_name(on=ON, **given_parts)
    assert made == name
    assert is_file_name(made)


@pytest.mark.parametrize(
    "parts", [{"provider": "日本"}, {"provider": ""}, {"provider": "A", "suffix": ".csv"}]
)
def test_no_file_name(parts):
    with pytest.raises(KbartError):
        file_name(on=ON, **parts)


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("A_B_C_2026-11-26.txt", True),
        ("A-1_B.x_C&D_2026-11-26.tsv", True),
        ("A_C_2026-11-26.txt", True),
        ("A_2026-11-26.txt", False),
        ("A_B_C_2026-02-30.txt", False),
        ("A_B_C_2026-11-26.csv", False),
        ("A_B_C_D_E_2026-11-26.txt", False),
        ("A__C_2026-11-26.txt", False),
        ("A B_C_2026-11-26.txt", False),
        ("kbart.txt", False),
    ],
)
def test_is_file_name(name, fit):
    assert is_file_name(name) is fit


def _zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, HEADER + LINE)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_zipped("list.tsv"), "a ZIP archive"),
        (_zipped(), "a ZIP archive"),
        (_zipped("[Content_Types].xml", "xl/workbook.xml"), "a spreadsheet (XLSX)"),
        (gzip.compress(HEADER + LINE), "a gzip file"),
        (b"%PDF-1.7\n" + LINE, "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "a spreadsheet (XLS)"),
        (b"\x89PNG\r\n\x1a\n" + LINE, "a picture"),
        (b"\xff\xd8\xff\xe0" + LINE, "a picture"),
        (b"GIF89a" + LINE, "a picture"),
        (b"\x7fELF" + bytes(60) + LINE, "bytes that are no text"),
        (bytes(range(256)) * 300, "bytes that are no text"),
        ((HEADER + LINE).decode().encode("utf-16-le"), "bytes that are no text"),
    ],
    ids=["zip", "empty zip", "xlsx", "gzip", "pdf", "xls", "png", "jpeg", "gif", "program", "all", "utf-16"],
)
@pytest.mark.parametrize("mend", [True, False])
def test_what_is_no_text_is_told_by_its_kind_alone(data, said, mend):
    table = read_table(data, mend=mend)
    assert [(one.code, one.grave, one.found) for one in table.findings] == [(KbartCode.NOT_TEXT, True, said)]
    assert "text" in table.findings[0].expected
    assert (table.header, table.rows) == ((), ())
    assert {one.code for one in check_file(data, name="Sample_Global_All_2026-11-26.txt")} == {
        KbartCode.NOT_TEXT
    }


@pytest.mark.parametrize("start", [b"PK\tx\n", b"%PD", b"\x1f", bytes(7) + b"x\n", bytes(9) + b"x" * 500])
def test_what_only_begins_like_one_is_read(start):
    assert KbartCode.NOT_TEXT not in {one.code for one in read_table(start).findings}


@pytest.mark.parametrize("mend", [True, False])
def test_a_line_of_a_million_fields_is_no_table(mend, monkeypatch):
    # None of the heads may be looked at one by one.
    monkeypatch.setattr("apps.lockss.kbart.table._places", None)
    found = read_table(b"\t" * 1_000_000 + b"\n" + LINE, mend=mend)
    assert [(one.code, one.grave, one.found, one.line) for one in found.findings] == [
        (KbartCode.HEADER, True, "1000001 columns", 1)
    ]
    assert not found.rows
    assert [one.code for one in check_file(b"\t" * 1_000_000)] == [KbartCode.HEADER]


def test_a_row_of_too_many_fields_is_a_finding_and_the_others_are_read():
    found = read_table(HEADER + b"a" + b"\t" * 100_000 + b"\n" + LINE, mend=False)
    assert any(one.line == 2 for one in found.findings)
    assert found.rows[-1].publication_title == ROW.publication_title
