"""``match_holdings``: a library's own list against the catalogue, from real bytes to the answer."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from apps.aus import services
from apps.aus.holdings import catalogue, files, xlsx
from apps.aus.understood import without_years
from apps.lockss.holdings import Field, HoldingsError, Limits
from tests.accounts.factories import make_person
from tests.aus.factories import offer, volumes
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db
KEYS = ["line", "input_title", "state", "title", "candidates", "warnings"]


def run(path: Path, *words: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("match_holdings", str(path), *words, stdout=out)
    return ended.value.code, out.getvalue()


@pytest.fixture
def titles():
    water = read_title("Água e Vida", publisher="Marsh & Sons", issn="0028-0836", eissn="1476-4687")
    books = read_title("Tide Tables", kind="bookSeries")
    offer(
        *volumes(4),
        *(read_au(water, volume) for volume in (5, 6, 8)),
        read_au(books, 1, name="Tides of Kent", isbn="978-3-16-148410-0"),
        *volumes(1, "Nature", publisher="Tide"),
        *volumes(
            1, "Nature", publisher="Harbour", params={"base_url": "http://harbour.example/", "volume": "1"}
        ),
    )


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_messy_list_is_told_line_by_line(titles, tmp_path):
    text = (
        "Bestand der Bibliothek;;;;\nTitel;Verlag;ISSN;Von;Bis\n"
        "Agua & Vida;Marsh;0028-0836;2005;2008\n"
        "journal of estuarine studies;Tidewater;;2001;\n"
        "Nature;;;;\n"
        "Journal of Estuarin Studys;;;;\n"
        "Annals of Rust;Nobody;1234-5679;;\n"
        ";;;;2003\n"
        "Tides of Kent;;978-3-16-148410-0;;\n"
    )
    code, out = run(write(tmp_path, text, "cp1252"), "--output", "JSON")
    rows = json.loads(out)
    assert code == 1
    assert all(list(row) == KEYS for row in rows)
    assert [(row["line"], row["state"], row["title"]) for row in rows] == [
        (3, "matched", "Água e Vida"),
        (4, "matched", "Journal of Estuarine Studies"),
        (5, "ambiguous", None),
        (6, "ambiguous", None),
        (7, "unmatched", None),
        (8, "unmatched", None),
        (9, "matched", "Tide Tables"),
    ]
    assert rows[0]["warnings"] == ["No title list names 2007."]
    assert {one["publisher"] for one in rows[2]["candidates"]} == {"Tide", "Harbour"}
    assert rows[3]["candidates"][0]["by"] == "near title"
    assert rows[5]["warnings"] == ["The line names neither a title nor an ISSN or ISBN."]


def test_all_matched_ends_with_zero_and_text_is_for_people(titles, tmp_path):
    code, out = run(write(tmp_path, "Title,Online ISSN\nAgua y Vida,1476-4687\n"))
    assert code == 0
    assert "line 2: matched: Agua y Vida | Água e Vida" in out
    assert out.endswith("1 matched, 0 ambiguous, 0 unmatched\n")
    code, out = run(write(tmp_path, "Title,Online ISSN\n"), "--output", "json")
    assert (code, json.loads(out)) == (0, [])


def test_what_a_person_must_decide_is_told_as_ambiguous_with_its_reason(titles, tmp_path):
    text = (
        "Title;ISSN;From;To\n"
        "Agua e Vida;0028-0836;2005;abc\n"
        "Agua e Vida;0028-0836;2010;2005\n"
        "Annals of Rust;0028-0836;2005;2006\n"
        ";0028-0837;;\n"
    )
    code, out = run(write(tmp_path, text), "--output", "JSON")
    rows = json.loads(out)
    mistyped = "“0028-0837” is no ISSN: its check digit does not fit the others."
    assert code == 1
    assert [(row["state"], row["title"]) for row in rows] == [("ambiguous", None)] * 3 + [("unmatched", None)]
    assert [[one["title"] for one in row["candidates"]] for row in rows] == [["Água e Vida"]] * 3 + [[]]
    assert [" ".join(row["warnings"]) for row in rows] == [
        "The years could not be read whole from “2005 – abc”.",
        "The last year lies before the first: 2010–2005.",
        "ISSN 0028-0836 belongs to “Água e Vida”, which is quite another title than the line names.",
        f"{mistyped} The line has no title, and nothing else in it is a valid ISSN or ISBN.",
    ]
    _, out = run(tmp_path / "list.csv")
    assert "line 2: ambiguous: Agua e Vida | Água e Vida | The years could not be read whole" in out


def test_a_spreadsheet_is_read_like_any_list(titles, tmp_path):
    book = Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("list")
    for row in (
        ["Our holdings"],
        [],
        ["Title", "ISSN", "From"],
        ["Água e Vida", 280836, 2005],
        ["=1+1", None, None],
    ):
        sheet.append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    code, out = run(path, "--output", "JSON")
    first, *rest = json.loads(out)
    assert (code, first["line"], first["state"], first["title"]) == (0, 4, "matched", "Água e Vida")
    assert "280836 was read as ISSN 0028-0836." in first["warnings"]
    # A formula is never worked out; without a saved value its cell is empty.
    assert rest == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"one;two\nthree;four\n", "no column is called"),
        (b"\xd0\xcf\x11\xe0 old", "old format"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 no zip", "damaged"),
        (b"abc\0def" + bytes(range(1, 250)) * 4, "no text"),
    ],
)
def test_what_is_no_list_is_refused_with_two(tmp_path, data, said):
    path = tmp_path / "list"
    path.write_bytes(data)
    with pytest.raises(CommandError, match=said) as ended:
        call_command("match_holdings", str(path))
    assert ended.value.returncode == 2


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="no such file") as ended:
        call_command("match_holdings", str(tmp_path / "none"))
    assert ended.value.returncode == 2


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name + ".xml", data)
    return path


def test_a_spreadsheet_made_to_burst_is_not_opened(tmp_path):
    bomb = archive(tmp_path / "bomb.xlsx", sheet=b"0" * (8 * xlsx.MIB))
    with pytest.raises(HoldingsError, match="unpacks to 8 MB"):
        files.source_of(bomb).head()
    entities = archive(
        tmp_path / "entities.xlsx", sheet=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'
    )
    with pytest.raises(HoldingsError, match="entities"):
        files.source_of(entities).head()
    strings = archive(tmp_path / "strings.xlsx", sheet=b"<x/>")
    with pytest.raises(HoldingsError, match="damaged"):
        files.source_of(strings).head()


def test_rows_and_columns_of_a_spreadsheet_are_limited(tmp_path):
    book = Workbook()
    for _ in range(5):
        book.active.append(["x"] * 40)
    book.save(tmp_path / "wide.xlsx")
    source = files.source_of(tmp_path / "wide.xlsx")
    assert {len(raw.cells) for raw in source.lines(Limits(columns=7))} == {7}
    with pytest.raises(HoldingsError, match="more than 3 lines"):
        list(source.lines(Limits(rows=3)))


def test_a_batch_of_known_titles_takes_few_queries(titles):
    from apps.lockss.holdings import Entry

    lines = [Entry(n, "Água e Vida", issns=("0028-0836",), years=((2005, 2008),)) for n in range(2, 1002)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        judged = list(catalogue.Matcher(2026).judge(lines))
    assert len(judged) == 1000
    assert {one.coverage.missing for one in judged} == {(2007,)}
    assert len(asked) == 3 * (1000 // catalogue.BATCH)


def test_columns_that_were_set_on_the_page_are_used_and_missing_years_are_told(titles, tmp_path, settings):
    """The same file gives the same result as on the page."""
    settings.NODE = replace(settings.NODE, media_dir=tmp_path / "media")
    text = "Was;Wer;Nummer;Ab;Bis wann\nAgua & Vida;Marsh;0028-0836;2005;2006\n"
    path = write(tmp_path, text)
    user = make_person("lee", "librarian")
    row, job = services.start_holdings(upload=SimpleUploadedFile("list.csv", text.encode()), user=user)
    services.read_holdings(upload_id=row.pk)
    row.refresh_from_db()
    job = services.set_columns(
        upload=row, version=row.version, columns={Field.TITLE: 0, Field.ISSN: 2}, head_line=1, user=user
    )
    services.read_holdings(upload_id=row.pk)
    row.refresh_from_db()
    assert (row.matched, row.lines) == (1, 1), job
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("match_holdings", str(path), stdout=out, stderr=err)
    assert ended.value.code == 0
    assert "1 matched" in out.getvalue()
    assert "as somebody set them" in err.getvalue()
    assert without_years(row)
    assert without_years(row) in err.getvalue()
