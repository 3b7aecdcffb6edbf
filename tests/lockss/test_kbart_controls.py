"""Control signs: judged in files of anybody, and in ours made blanks and told."""

from dataclasses import replace

import pytest

from apps.lockss.kbart import (
    CoveredAu,
    CoveredTitle,
    Holding,
    KbartCode,
    Terms,
    check_file,
    encode,
    title_rows,
)
from tests.lockss.test_kbart_check import NAME, SERIAL

EVERY = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"]
# They end a field or a line: another fault, by its own name.
BETWEEN = "\t\n"


@pytest.mark.parametrize("sign", [sign for sign in EVERY if sign not in BETWEEN], ids=ascii)
@pytest.mark.parametrize("field", ["publication_title", "notes", "num_first_vol_online"])
def test_each_is_an_error_of_its_line_and_field(sign, field):
    # What writes files of ours lets none through that ends a line.
    data = encode([replace(SERIAL, **{field: "1@here@2"})]).replace(b"@here@", sign.encode())
    found = [one for one in check_file(data, name=NAME) if one.code is KbartCode.CONTROL]
    (finding,) = found
    assert (finding.line, finding.field, finding.grave) == (2, field, True)
    assert finding.expected == f"the value without the control sign U+{ord(sign):04X}"
    assert finding.found.startswith("1")
    assert finding.found.endswith("2")
    assert sign not in finding.found + finding.entry


def test_a_nul_is_shown_as_what_it_is():
    (finding,) = check_file(encode([replace(SERIAL, publication_title="Journal\0of Tides")]), name=NAME)
    assert (finding.code, finding.found) == (KbartCode.CONTROL, "Journal␀of Tides")
    assert finding.entry == "Journal␀of Tides"


def test_what_is_found_elsewhere_shows_it_too():
    found = check_file(encode([replace(SERIAL, access_type="\x01")]), name=NAME)
    assert {one.code for one in found} == {KbartCode.CONTROL, KbartCode.NOT_IN_VOCABULARY}
    assert {one.found for one in found} == {"␁"}


@pytest.mark.parametrize("sign", EVERY, ids=ascii)
def test_in_ours_it_becomes_a_blank_and_is_told(sign):
    title = CoveredTitle("j1", f"Journal{sign}of Tides", "Harbour Press", issn="1234-5679", notes=f"a{sign}b")
    made = title_rows(
        Holding(title, (CoveredAu("A", "a", year="2001", volume=f"1{sign}2"),)),
        Terms("https://portal.example/", 2026),
    )
    (row,) = made.rows
    assert row.publication_title == "Journal of Tides"
    told = {one.field: one for one in made.findings if one.code is KbartCode.CONTROL}
    assert {"publication_title", "notes"} <= set(told)
    one = told["publication_title"]
    assert one.grave is False
    assert sign not in one.found
    assert one.expected == f"the value without the control sign U+{ord(sign):04X}"
    assert one.entry == title.name
    assert not [one for one in check_file(encode([row]), name=NAME) if one.grave]
