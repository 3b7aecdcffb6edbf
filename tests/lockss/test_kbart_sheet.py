"""XLSX: what another reader finds is what was written, and none of it is a formula."""

import io
import xml.etree.ElementTree as ET

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kbart.making.xlsx import write_xlsx
from apps.lockss.kbart import sheet

NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def written(heads, rows, **more) -> openpyxl.Workbook:
    out = io.BytesIO()
    write_xlsx(out, heads, rows, **more)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue()), read_only=False)


def values(page) -> list[tuple[str, ...]]:
    return [tuple("" if cell is None else cell for cell in row) for row in page.iter_rows(values_only=True)]


HOSTILE = ["=1+1", "@SUM(A1)", "-2", "مجلة", "𝒯ides 🌊", "a & <b>", "_x0041_", "x" * 200, "tab\there", ""]


def test_a_formula_stays_text_and_is_marked_as_text():
    book = written(["a"], [["=cmd()"], ["plain"]])
    cell, plain = book["Titles"]["A2"], book["Titles"]["A3"]
    assert (cell.value, cell.data_type, cell.number_format) == ("=cmd()", "s", "@")
    assert cell.quotePrefix
    assert not plain.quotePrefix


def test_hostile_values_come_back_as_they_are():
    book = written(["h"], [[value] for value in HOSTILE if value])
    # The escape of the escape is the format's own; this reader leaves it standing.
    assert [row[0].replace("_x005F_", "_") for row in values(book["Titles"])] == [
        "h",
        *(value for value in HOSTILE if value),
    ]


def test_control_signs_and_halves_of_pairs_are_replaced_not_written():
    book = written(["h"], [["a\x01b\ud800c\uffffd"]])
    assert values(book["Titles"])[1] == ("a\ufffdb\ufffdc\ufffdd",)


def test_what_is_longer_than_a_cell_may_be_ends_in_an_ellipsis():
    long = written(["h"], [["a" * 100_000], ["🌊" * 20_000], ["b" * sheet.LONGEST_CELL]])
    first, second, third = (row[0] for row in values(long["Titles"])[1:])
    assert first == "a" * (sheet.LONGEST_CELL - 1) + "…"
    assert sheet.units(second) <= sheet.LONGEST_CELL
    assert second.endswith("🌊…")
    assert third == "b" * sheet.LONGEST_CELL


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5])
def test_more_rows_than_a_sheet_holds_go_on_on_the_next(number):
    rows = [[f"r{n}"] for n in range(number)]
    book = written(["h"], rows, most=4, about=[("Scope", "all")])
    pages = [name for name in book.sheetnames if name.startswith("Titles")]
    assert len(pages) == max(1, -(-number // 3))
    assert [row for name in pages for row in values(book[name])[1:]] == [tuple(row) for row in rows]
    assert all(values(book[name])[0] == ("h",) for name in pages)
    assert values(book["About this file"]) == [("Scope", "all")]


def test_the_same_rows_are_the_same_bytes():
    made = []
    for _ in range(2):
        out = io.BytesIO()
        write_xlsx(out, ["h"], [["a"], ["b"]])
        made.append(out.getvalue())
    assert made[0] == made[1]


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@\t\n_x0041<&>"), max_size=20
)


@settings(max_examples=50)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=4))
def test_every_row_is_xml_that_says_what_the_row_says(rows):
    for row in rows:
        xml = f'<m xmlns="{NAMES["m"]}">{sheet.row_xml(row)}</m>'
        found = ET.fromstring(xml)
        cells = found.findall("m:row/m:c", NAMES)
        told = [cell.findtext("m:is/m:t", "", NAMES).replace("_x005F_", "_") for cell in cells]
        assert told == [value.replace("\uffff", "\ufffd").replace("\ufffe", "\ufffd") for value in row]
        assert not found.findall(".//m:f", NAMES)
