"""The same rows in every format, whatever stands in names; and a pass whose memory does not grow."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

import openpyxl
import pypdf
import pytest

from apps.common.clock import now
from apps.kbart.asking import order_of
from apps.kbart.making import sorting
from apps.kbart.making.files import write_report
from apps.lockss.kbart import COLUMNS, check_file, disarmed
from apps.titles.models import ListedAu, Publisher, Title
from tests.factories import make_au, make_publisher, make_title
from tests.kbart.reports import change, lines, portal_settings, report

pytestmark = pytest.mark.django_db
HOSTILE = {
    "=cmd()|'/c calc'!A1": "formula",
    "مجلة البحوث": "right to left",
    "Tides 🌊 of 𝒯ime": "four bytes",
    "Broken\tby tab\nand line\r\nends": "separators",
    '"Quoted"': "quotes",
    "<script>alert(1)</script> & co": "markup",
    "Long " + "word" * 25_000: "a hundred kilobytes",
    '#let x = read("/etc/passwd")': "typesetting",
    "_x0041_": "escape",
}


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)
    return settings


@pytest.fixture
def hostile():
    for name in HOSTILE:
        change(make_au(title=make_title(name, make_publisher("-Press\tof\nHarm"))), year="2001", volume="3")


def cells(data: bytes) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    found = [
        ["" if cell is None else cell for cell in row] for row in book["Titles"].iter_rows(values_only=True)
    ]
    book.close()
    return [[value.replace("_x005F_", "_") for value in row] for row in found]


def test_tables_carry_the_rows_of_the_tsv_file(hostile):
    tsv, done = report(scope="selected")
    heads, *rows = lines(tsv)
    assert heads == list(COLUMNS)
    assert len(rows) == done.rows == len(HOSTILE)
    assert not [one for one in check_file(tsv, name=done.name) if one.grave]
    read = list(
        csv.reader(io.StringIO(report(scope="selected", format="csv")[0].decode("utf-8-sig"), newline=""))
    )
    assert read == [heads, *([disarmed(value) for value in row] for row in rows)]
    told = json.loads(report(scope="selected", format="json")[0])
    assert [list(row.values()) for row in told] == rows
    sheet = cells(report(scope="selected", format="xlsx")[0])
    assert sheet[0] == heads
    for ours, theirs in zip(sheet[1:], rows, strict=True):
        assert [value.removesuffix("…") for value in ours] == [value[:32_766] for value in theirs]


def test_the_tsv_file_holds_names_byte_for_byte_but_for_separators(hostile):
    names = {row[0] for row in lines(report(scope="selected")[0])[1:]}
    assert "=cmd()|'/c calc'!A1" in names
    assert "Broken by tab and line  ends" in names
    assert {name for name, what in HOSTILE.items() if what not in ("separators", "quotes")} <= names


def test_the_pdf_holds_every_title(hostile):
    data, done = report(scope="selected", format="pdf")
    assert done.type == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    for name, what in HOSTILE.items():
        if what in ("formula", "markup", "typesetting", "escape"):
            assert "".join(name.split()) in text
    assert "2001(3)" in text
    assert text.count("2001(3)") == len(HOSTILE)
    # The rule stands on its first pages, page numbers on each.
    assert "Whatthislibrarychose" in text
    assert f"{len(pages)}/{len(pages)}" in text


def make_many(press: Publisher, number: int) -> None:
    """Titles with two ranges each; made by hand, since only their number counts."""
    titles = Title.objects.bulk_create(
        Title(
            publisher=press,
            name=f"Journal {n * 7919 % number}",
            name_key=f"j{n}",
            identity=f"j{n}",
            issn="1234-5679",
        )
        for n in range(number)
    )
    ListedAu.objects.bulk_create(
        ListedAu(
            auid=f"a{title.pk}-{year}",
            slug=f"{title.pk:012d}{year}",
            title=title,
            publisher=press,
            plugin_id="p",
            name=f"{title.name} {year}",
            name_key="",
            year=str(year),
            first_year=year,
            last_year=year,
            volume=str(year - 1990),
            status="released",
        )
        for title in titles
        for year in (1998, 2005)
    )


def grown(form: str, press: Publisher, file: Path) -> int:
    """Bytes that a report into a file takes at most."""
    order, at = order_of({"scope": "available", "format": form, "publisher": press.name}), now()
    with file.open("w+b") as out:
        tracemalloc.start()
        try:
            assert write_report(out, order, at).rows == 2 * press.titles.count()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_memory_does_not_grow_with_the_titles(monkeypatch, tmp_path):
    monkeypatch.setattr(sorting.Sorter.__init__, "__defaults__", (None, 500_000))
    small, large = make_publisher("Small"), make_publisher("Large")
    make_many(small, 1_100)
    make_many(large, 3_300)
    for form in ("tsv", "xlsx"):
        few, many = (grown(form, press, tmp_path / "report") for press in (small, large))
        # Three times the rows, more than are fetched at once; held whole they took three times the memory.
        assert many < few * 1.4, form
