"""KBART files as publishers, GOKb and knowledge bases really export them: understood, and every oddity told with its place."""

import codecs
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart import COLUMNS
from apps.titles.choices import ImportState, TitleKind
from apps.titles.kbart_files import MOST_ALIKE, is_kbart, read_kbart
from apps.titles.models import Title, TitleCoverage
from apps.titles.services import import_kbart_file
from apps.titles.staging import ReadFile

HEADER = "\t".join(COLUMNS)
SERIAL = {
    "publication_title": "Água e Vida",
    "print_identifier": "1234-5679",
    "online_identifier": "2049-3630",
    "date_first_issue_online": "2001",
    "title_url": "https://tide.example/agua",
    "title_id": "t1",
    "coverage_depth": "fulltext",
    "publisher_name": "Tidewater Press",
    "publication_type": "serial",
    "preceding_publication_title_id": "t0",
    "access_type": "P",
}
BOOK = {
    "publication_title": "Tides of the Delta",
    "print_identifier": "978-0-306-40615-7",
    "title_url": "https://tide.example/b1",
    "title_id": "b1",
    "coverage_depth": "fulltext",
    "publisher_name": "Tidewater Press",
    "publication_type": "monograph",
    "date_monograph_published_online": "2010",
    "monograph_volume": "3",
    "parent_publication_title_id": "s9",
    "access_type": "F",
}


def line(row: dict[str, str], columns=COLUMNS, separator: str = "\t") -> str:
    return separator.join(row.get(column, "") for column in columns)


def file(*rows: dict[str, str], columns=COLUMNS, separator: str = "\t", end: str = "\n") -> str:
    lines = [separator.join(columns), *(line(row, columns, separator) for row in rows)]
    return end.join(lines) + end


def read(data: bytes | str) -> ReadFile:
    data = data.encode() if isinstance(data, str) else data
    assert is_kbart(data)
    return read_kbart("list.txt", hashlib.sha256(data).hexdigest(), data)


def codes(found: ReadFile, *severities: str) -> list[str]:
    wanted = severities or ("error", "warning", "note")
    return [str(one.code) for one in found.findings if one.severity in wanted]


def test_a_file_as_the_standard_has_it_has_no_findings():
    found = read(file(SERIAL, BOOK))
    assert codes(found) == []
    serial, book = found.coverages
    assert (serial.title.issn, serial.title.eissn, serial.title.kind) == (
        "1234-5679",
        "2049-3630",
        TitleKind.JOURNAL,
    )
    assert (serial.source_id, serial.title.attributes) == ("t1", {"former_title_id": "t0"})
    assert (book.title.isbn_keys, book.title.kind) == (("9780306406157",), TitleKind.BOOK)
    assert book.title.attributes == {"parent_title_id": "s9"}
    assert (book.first_date, book.first_volume) == ("2010", "3")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + file(SERIAL, BOOK).encode(),
        file(SERIAL, BOOK).encode("utf-16"),
        file(SERIAL, BOOK).encode("cp1252"),
        file(SERIAL, BOOK, end="\r\n").encode(),
        file(SERIAL, BOOK, separator=",").encode(),
        file(SERIAL, BOOK, separator=";").encode(),
        file(SERIAL, BOOK, columns=[*reversed(COLUMNS), "package_name", "package_id"]).encode(),
        ("KB Export : Tidewater : 2026-11-01\n\n" + file(SERIAL, BOOK)).encode(),
        file(SERIAL, BOOK).replace(HEADER, HEADER.upper()).encode(),
        file(SERIAL, BOOK).replace(HEADER, HEADER.replace("_", " ")).encode(),
        "\n".join(
            "\t".join(f'"{cell}"' for cell in one.split("\t"))
            for one in file(SERIAL, BOOK).rstrip("\n").split("\n")
        ).encode()
        + b"\n",
    ],
    ids=[
        "byte order mark", "UTF-16", "Windows-1252", "CRLF", "commas", "semicolons", "order and more columns",
        "remark above", "capitals", "blanks in names", "all quoted",
    ],
)  # fmt: skip
def test_other_shapes_say_the_same(data):
    plain, found = read(file(SERIAL, BOOK)), read(data)
    assert [one.title for one in found.coverages] == [one.title for one in plain.coverages]
    assert [one.key for one in found.coverages] == [one.key for one in plain.coverages]
    assert codes(found, "error", "warning") == []
    assert not found.unread


@pytest.mark.parametrize("mark", [codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE])
def test_utf_32_is_not_taken_for_utf_16(mark):
    """The marks of one begin as the marks of the other."""
    text = file(SERIAL, BOOK)
    wide = mark + text.encode("utf-32-le" if mark == codecs.BOM_UTF32_LE else "utf-32-be")
    assert [one.title for one in read(wide).coverages] == [one.title for one in read(text).coverages]


def test_commas_and_line_breaks_within_quotes():
    data = (
        "publication_title,print_identifier,title_id,notes\n"
        '"Tides, ""High"" and Low",1234-5679,t1,"one\ntwo"\n'
        "Marsh,,t2,\n"
    )
    found = read(data)
    first, second = found.coverages
    assert (first.title.name, first.notes, first.line) == ('Tides, "High" and Low', "one\ntwo", 2)
    assert (second.title.name, second.line) == ("Marsh", 4)


def test_an_old_edition_without_types():
    """Sixteen columns, as the first edition of the standard has them; a book is known by its ISBN."""
    columns = [*COLUMNS[:14], "coverage_notes", "publisher_name"]
    found = read(file({**SERIAL, "coverage_notes": "nearly all"}, BOOK, columns=columns))
    serial, book = found.coverages
    assert (serial.notes, serial.title.kind, book.title.kind) == ("nearly all", "", TitleKind.BOOK)
    # A column that is not there is told once, and not in every line.
    assert codes(found).count("kbart-column-missing") == 9
    assert "kbart-not-in-vocabulary" not in codes(found)


def test_a_package_as_a_knowledge_base_exports_it():
    """Medium for type, a word for the access, times behind the dates, blanks in empty fields, former id elsewhere."""
    columns = [
        *COLUMNS[:16],
        "preceding_publication_title_id",
        *COLUMNS[17:23],
        "publication_type",
        "access_type",
    ]
    row = dict.fromkeys(columns, " ") | SERIAL
    row |= {
        "publication_type": "Journal",
        "access_type": "Paid",
        "date_first_issue_online": "2001-01-01 00:00:00.0",
    }
    found = read(file(row, columns=columns))
    (only,) = found.coverages
    assert (only.title.kind, only.first_date, only.last_date) == (TitleKind.JOURNAL, "2001-01-01", "")
    assert only.title.attributes == {"former_title_id": "t0"}
    assert set(codes(found, "warning")) == {"kbart-not-in-vocabulary"}
    (access,) = (one for one in found.findings if one.column == 25)
    assert (access.line, access.entry) == (2, "Água e Vida")
    assert "found “Paid”, expected F or P" in access.message


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (file({**SERIAL, "print_identifier": "1234-567"}), "kbart-issn-malformed", (2, 2)),
        (file({**SERIAL, "online_identifier": "2049-3631"}), "kbart-check-digit", (2, 3)),
        (file({**SERIAL, "date_first_issue_online": "Spring 2001"}), "kbart-date-malformed", (2, 4)),
        (file({**BOOK, "print_identifier": "978-0-306-40615-8"}), "kbart-check-digit", (2, 2)),
        (file({**SERIAL, "title_url": "tide.example"}), "kbart-url-not-absolute", (2, 10)),
        (file({**SERIAL, "embargo_info": "one year"}), "kbart-embargo-malformed", (2, 13)),
    ],
)
def test_what_looks_wrong_is_told_with_its_place_and_kept(data, code, place):
    found = read(data)
    told = next(one for one in found.findings if one.code == code)
    assert (told.line, told.column) == place
    assert told.entry
    assert "expected" in told.message
    assert len(list(found.coverages)) == 1


def test_a_file_that_is_cut_off_leaves_its_last_line_out():
    whole = file(SERIAL, BOOK)
    found = read(whole[: whole.rindex("monograph") - 1])
    assert [one.title.name for one in found.coverages] == ["Água e Vida"]
    (cut,) = (one for one in found.findings if one.severity == "error")
    assert (cut.code, cut.line, found.unread) == ("kbart-field-count", 3, True)
    assert "it was left out" in cut.message


def test_fields_left_away_at_the_end_are_empty_and_a_broken_line_is_left_out():
    short = line(SERIAL).rstrip("\t")
    broken = line(BOOK).replace("Tides of the", "Tides of the\n")
    more = line({**SERIAL, "title_id": "t7"}) + "\t\t"
    odd = line({**SERIAL, "title_id": "t8"}) + "\tsomething"
    data = "\n".join([HEADER, short.rsplit("\t", 3)[0], broken, more, odd]) + "\n"
    found = read(data)
    assert [one.source_id for one in found.coverages] == ["t1", "t7"]
    assert [one.line for one in found.findings if one.severity == "error"] == [3, 4, 6]


def test_what_is_wrong_in_every_line_does_not_hide_the_rest():
    rows = [{**SERIAL, "title_id": f"t{n}", "access_type": "Paid"} for n in range(100)]
    found = read(file(*rows, {**SERIAL, "title_id": "x", "embargo_info": "odd"}))
    assert codes(found).count("kbart-not-in-vocabulary") == MOST_ALIKE
    assert "kbart-embargo-malformed" in codes(found)
    assert any(f"{100 - MOST_ALIKE} more lines" in one.message for one in found.findings)
    assert len(list(found.coverages)) == 101


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Tides\t1234-5679\n",
        b"publication_title\n",
        b"<html>publication_title\t</html>",
        b"{ publisher <",
    ],
)
def test_what_is_none(data):
    assert not is_kbart(data)


@given(st.binary(max_size=400))
def test_whatever_follows_a_header_is_read_or_told(data):
    data = f"{HEADER}\n".encode() + data
    found = read_kbart("list.txt", "", data)
    lines = {one.line for one in found.coverages}
    assert len(lines) == len(list(found.coverages))
    left_out = {one.line for one in found.findings if one.severity == "error"}
    assert not lines & left_out


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS[1:]), st.text("abc 12-", max_size=9)), max_size=5))
def test_the_separator_makes_no_difference(rows):
    rows = [{"publication_title": f"Tides {n}", **row} for n, row in enumerate(rows)]
    tabs, commas = read(file(*rows)), read(file(*rows, separator=","))
    assert [one.key for one in tabs.coverages] == [one.key for one in commas.coverages]


@pytest.mark.django_db
def test_books_and_journals_become_titles_that_are_found_by_their_numbers(tmp_path):
    path = tmp_path / "Tidewater.csv"
    path.write_text(file(SERIAL, BOOK, separator=","))
    row = import_kbart_file(path=path, list_name="Tidewater")
    assert (row.state, row.added, row.unread) == (ImportState.DONE, 2, 0)
    book = Title.objects.get(isbn_keys__contains=["9780306406157"])
    assert (book.name, book.kind, book.attributes["parent_title_id"]) == (
        "Tides of the Delta",
        "book",
        "s9",
    )
    journal = Title.objects.get(eissn="2049-3630")
    assert journal.attributes["former_title_id"] == "t0"
    # A part of the source takes nothing for gone.
    path.write_text(file(SERIAL))
    row = import_kbart_file(path=path, list_name="Tidewater")
    assert (row.added, row.unchanged, row.retired) == (0, 1, 0)
    assert TitleCoverage.objects.filter(retired_at=None).count() == 2
    assert import_kbart_file(path=path, list_name="Tidewater", retire=True).retired == 1


def test_control_signs_are_told_with_their_line_and_column():
    """No database keeps a NUL: its line is left out; any other is taken as it stands, and told."""
    nul = {**SERIAL, "title_id": "t2", "publisher_name": "Tide\0water", "notes": "a\0b"}
    bell = {**SERIAL, "title_id": "t3", "publication_title": "Água\x07e Vida"}
    found = read(file(SERIAL, nul, bell))
    told = [(one.code, one.severity, one.line, one.column, one.message) for one in found.findings]
    expected = "expected the value without the control sign"
    assert told == [
        ("text-unstorable", "error", 3, 15, f"notes: found “a␀b”, {expected} U+0000"),
        ("text-unstorable", "error", 3, 16, f"publisher_name: found “Tide␀water”, {expected} U+0000"),
        ("kbart-control-sign", "warning", 4, 1, f"publication_title: found “Água␇e Vida”, {expected} U+0007"),
    ]
    assert len(found.coverages) == 2
