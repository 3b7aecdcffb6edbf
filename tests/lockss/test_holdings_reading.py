"""Lists as libraries really export them: encodings, separators, heads, quotes, and what spreadsheets do to numbers."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.holdings import (
    Entry,
    Field,
    HoldingsCode,
    HoldingsError,
    Layout,
    Limits,
    Raw,
    dialect_of,
    encoding_of,
    entries,
    layout_of,
    raw_lines,
)
from apps.lockss.holdings.identifiers import identifiers_of

ENGLISH = [["Title", "Publisher", "ISSN", "eISSN"], ["Água e Vida", "Marsh", "0028-0836", "1476-4687"]]


def read(data: bytes, limits: Limits | None = None) -> list[Raw]:
    return list(raw_lines([data], dialect_of(encoding_of([data]), data[:65536]), limits))


def understood(data: bytes, limits: Limits | None = None) -> list[Entry]:
    rows = read(data, limits)
    layout = layout_of(rows)
    assert layout is not None
    return list(entries(rows, layout, 2026, limits))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Start", "End"),
        ("Starts", "Ends"),
        ("Begins", "Ends"),
        ("First", "Last"),
        ("Coverage starts", "Coverage ends"),
    ],
)
def test_a_beginning_is_known_where_its_end_is(first, last):
    data = f"Title,ISSN,{first},{last}\nTides,0028-0836,2019,2021\n".encode()
    layout = layout_of(read(data))
    assert layout.columns == {Field.TITLE: 0, Field.ISSN: 1, Field.FIRST: 2, Field.LAST: 3}


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1252"],
)
@pytest.mark.parametrize("separator", ["\t", ";", ",", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_separator_and_line_end_are_found(encoding, separator, end):
    data = end.join(separator.join(row) for row in ENGLISH * 1).encode(encoding)
    (entry,) = understood(data)
    assert (entry.title, entry.publisher) == ("Água e Vida", "Marsh")
    assert entry.issns == ("0028-0836", "1476-4687")
    assert entry.notes == ()


@pytest.mark.parametrize(
    "head",
    [
        "publication_title\tprint_identifier\tonline_identifier\tdate_first_issue_online\tdate_last_issue_online\tpublisher_name",
        "Titel;ISSN (Print);E-ISSN;Von;Bis;Verlag",
        "Titre;ISSN papier;ISSN électronique;Date de début;Date de fin;Éditeur",
        "Título;ISSN impreso;ISSN electrónico;Año de inicio;Año de fin;Editorial",
        "Titolo;ISSN a stampa;ISSN elettronico;Data inizio;Data fine;Casa editrice",
        "Título;ISSN impresso;ISSN eletrônico;Ano inicial;Ano final;Editora",
        "Title,Print ISSN,Online ISSN,Managed Coverage Begin,Managed Coverage End,Publisher",
    ],
)
def test_heads_in_six_languages(head):
    separator = next(sign for sign in "\t;," if sign in head)
    line = separator.join(["Nature", "0028-0836", "1476-4687", "1997", "2003", "Tide"])
    (entry,) = understood(f"{head}\n{line}\n".encode())
    assert entry == Entry(2, "Nature", "Tide", ("0028-0836", "1476-4687"), (), ((1997, 2003),))


@pytest.mark.parametrize(
    "pair",
    [
        "Erstes Datum;Letztes Datum",
        "Datum der ersten Ausgabe;Datum der letzten Ausgabe",
        "Datum erster Band;Datum letzter Band",
        "Date du premier numéro;Date du dernier numéro",
        "Date du premier numéro en ligne;Date du dernier numéro en ligne",
        "Première date;Dernière date",
        "Fecha del primer número;Fecha del último número",
        "Primera fecha;Última fecha",
        "Fecha del primer volumen;Fecha del último volumen",
        "Data del primo fascicolo;Data dell'ultimo fascicolo",
        "Prima data;Ultima data",
        "First issue date;Last issue date",
        "Date of first issue;Date of last issue",
    ],
)
def test_plain_heads_of_first_and_last_dates(pair):
    (entry,) = understood(f"Titel;ISSN;{pair}\nNature;0028-0836;1997;2003\n".encode())
    assert entry.years == ((1997, 2003),)


def test_titles_and_empty_lines_above_the_head_are_passed_over():
    text = "sep=;\nBestand der Bibliothek, 2026;;\n\nTitel;ISSN;Verlag\nNature;0028-0836;Tide\n"
    (entry,) = understood(text.encode("cp1252"))
    assert (entry.line, entry.title) == (5, "Nature")


def test_the_first_letter_with_a_mark_may_come_late():
    data = ("Title;ISSN\n" + "Nature;0028-0836\n" * 9000).encode() + "Água;1476-4687\n".encode("cp1252")
    chunks = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    assert encoding_of(chunks) == "cp1252"
    assert encoding_of([data[:70000]]) == "utf-8"


def test_a_letter_cut_off_at_the_end_does_not_change_the_encoding():
    data = "Title;ISSN\nÁgua;0028-0836\nÁ".encode()[:-1]
    first, *_ = understood(data)
    assert first.title == "Água"


def test_quoted_cells_may_hold_separators_and_line_ends():
    rows = understood(b'Title,ISSN\n"Tide, and\nshore ""now""",0028-0836\nNext,1476-4687\n')
    assert [(row.line, row.title) for row in rows] == [(2, 'Tide, and shore "now"'), (4, "Next")]


def test_a_quote_that_never_ends_swallows_nothing():
    rows = understood(b'Title,ISSN\n"Tide,0028-0836\nNext,1476-4687\nLast,0140-6736\n')
    assert [row.title for row in rows[1:]] == ["Next", "Last"]
    assert understood(b'Title,ISSN\n5" disks,0028-0836\nNext,1476-4687\n')[0].title == '5" disks'


def test_tabs_quote_nothing_but_whole_cells():
    rows = understood(b'Title\tISSN\n"Tide" today\t0028-0836\n"Now ""and"" then"\t1476-4687\n')
    assert [row.title for row in rows] == ['"Tide" today', 'Now "and" then']


def test_lines_that_cannot_be_read_are_told_and_the_others_go_on():
    limits = Limits(line=200, columns=5, cell=20)
    data = (
        b"Title;ISSN\n" + b"x" * 300 + b"\n" + b";".join([b"a"] * 9) + b"\n;;\n" + b"y" * 40 + b";0028-0836\n"
    )
    rows = understood(data, limits)
    assert [(row.line, row.unread, row.notes[0].code) for row in rows] == [
        (2, True, HoldingsCode.LINE_TOO_LONG),
        (3, True, HoldingsCode.TOO_MANY_COLUMNS),
        (5, False, HoldingsCode.CELL_CUT),
    ]
    assert rows[2].title == "y" * 20


def test_too_many_rows_end_the_reading():
    with pytest.raises(HoldingsError, match="more than 3 lines"):
        read(b"Title;ISSN\n" + b"a;b\n" * 5, Limits(rows=3))


def test_what_is_no_text_is_refused():
    with pytest.raises(HoldingsError, match="no text"):
        encoding_of([b"abc\0def" + bytes(range(1, 200)) * 5])


@pytest.mark.parametrize(
    ("cell", "issns", "isbns", "code"),
    [
        ("0028-0836", ("0028-0836",), (), None),
        ("00280836", ("0028-0836",), (), None),
        ("0028–0836 (print); 1476-4687", ("0028-0836", "1476-4687"), (), None),
        ("1234-567x", (), (), HoldingsCode.CHECK_DIGIT),
        ("280836", ("0028-0836",), (), HoldingsCode.ZEROS_RESTORED),
        ("978-3-16-148410-0", (), ("9783161484100",), None),
        ("316148410X", (), ("9783161484100",), None),
        ("978-3-16-148410-1", (), (), HoldingsCode.CHECK_DIGIT),
        ("9,78316E+12", (), (), HoldingsCode.DIGITS_LOST),
        ("see catalogue", (), (), HoldingsCode.NO_IDENTIFIER),
        ("n/a", (), (), None),
        ("", (), (), None),
    ],
)
def test_identifiers_are_normalised_and_their_check_digits_tested(cell, issns, isbns, code):
    found = identifiers_of(cell)
    assert (found.issns, found.isbns) == (issns, isbns)
    assert [note.code for note in found.notes] == ([code] if code else [])


def test_a_table_without_a_head_is_known_by_its_identifiers():
    rows = read(b"0028-0836;Nature\n1476-4687;Tide\n")
    layout = layout_of(rows)
    assert layout == Layout(0, {Field.ISSN: 0})
    assert [entry.issns for entry in entries(rows, layout, 2026)] == [("0028-0836",), ("1476-4687",)]
    assert layout_of(read(b"one;two\nthree;four\n")) is None


def test_memory_does_not_grow_with_the_file():
    line = b"Journal of Estuarine Studies;0028-0836;Tidewater Press;1997;2003\n"

    def peak(lines: int) -> int:
        def chunks():
            yield b"Title;ISSN;Publisher;From;To\n"
            for _ in range(lines // 500):
                yield line * 500

        tracemalloc.start()
        dialect = dialect_of("utf-8", b"Title;ISSN;Publisher;From;To\n")
        layout = Layout(1, {Field.TITLE: 0, Field.ISSN: 1, Field.PUBLISHER: 2, Field.FIRST: 3, Field.LAST: 4})
        assert sum(1 for _ in entries(raw_lines(chunks(), dialect), layout, 2026)) == lines
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small = peak(1_000)
    assert peak(4_000) < small * 1.5 + 50_000


@given(st.binary(max_size=2_000))
def test_no_bytes_break_the_reader(data):
    try:
        rows = read(data)
    except HoldingsError:
        return
    layout = layout_of(rows) or Layout(0, {Field.TITLE: 0, Field.ISSN: 1, Field.COVERAGE: 2})
    for entry in entries(rows, layout, 2026):
        assert entry.line >= 1
        assert entry.unread or entry.title or entry.issns or entry.isbns


cells = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12).map(
    str.strip
)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=20), st.sampled_from(",;"))
def test_what_a_csv_writer_writes_is_read_back(rows, separator):
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    found = list(raw_lines([out.getvalue().encode()], dialect_of("utf-8", b"").__class__("utf-8", separator)))
    assert [raw.cells for raw in found] == rows
