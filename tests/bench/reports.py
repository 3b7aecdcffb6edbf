"""KBART: a report of 50,000 lines against COPY of the same lines, a workbook against another writer of workbooks, and a PDF
against empty pages of the same typesetter.

The report is measured twice: of the catalogue as it is, whose lines a stage has kept true, and as an edition that a job has
made, which is how knowledge bases fetch it. A third line is a report whose lines nobody kept: what a reader waits for right
after a large import.
"""

import datetime as dt
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection, transaction

from apps.common.clock import now
from apps.common.pdf import make_pdf
from apps.kbart.asking import order_of
from apps.kbart.making.files import write_report, write_rows
from apps.kbart.making.keeping import step
from apps.kbart.making.kept import kept_rows, open_edition, order_for
from apps.kbart.models import Edition, Series
from apps.kbart.services import make_edition
from apps.titles.models import ListedAu, Publisher, Title
from tests.bench.report import Line, paired

TITLES = 25_000
# Two lines each: a year is missing between the second and the third volume.
YEARS = (1998, 1999, 2005)
PDF_LINES = 5_000
PIECE = 64 * 1024
EMPTY = '#let d = json(bytes(sys.inputs.data))\n#set document(title: "-")\n#set page(paper: "a4")\n#for one in range(d.pages) [#pagebreak() ]\n'


def measure(rounds: int) -> Iterator[Line]:
    _make_catalogue()
    while step():
        pass
    at = now()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        series = Series.objects.create(
            label="bench", slug="bench", part="available", options={"scope": "available"}
        )
        edition = make_edition(edition_id=Edition.objects.create(series=series, options=series.options).pk)
        heads, *rows = kept_rows(edition.rows_path)
        _make_table(heads, rows)
        with connection.cursor() as cursor:
            # As the server does by itself after so many new rows, some minutes later.
            cursor.execute("VACUUM (ANALYZE) kbart_reportline, bench_kbart")
        number = edition.rows
        yield _line(
            "kbart edition sent", number, lambda: _send(edition), _copy, rounds, 0.7, "COPY of its lines"
        )
        live = lambda: _report(folder / "report", {"scope": "available"}, at)  # noqa: E731
        yield _line("kbart report of now sent", number, live, _copy, rounds, 0.7, "COPY of its lines")
        unkept = lambda: _report(folder / "report", {"scope": "available", "kind": "serials"}, at)  # noqa: E731
        yield _line("kbart report made of units", number, unkept, _copy, rounds, 0.01, "COPY of its lines")
        ours = lambda: _xlsx(folder / "ours.xlsx", heads, rows, at)  # noqa: E731
        theirs = lambda: _other_xlsx(folder / "theirs.xlsx", heads, rows)  # noqa: E731
        yield _line("kbart xlsx", number, ours, theirs, rounds, 5, "xlsxwriter fed with the rows")
        yield _pdf(heads, rows[:PDF_LINES], at, rounds)


def _line(
    name: str,
    number: int,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    rounds: int,
    goal: float,
    reference: str,
) -> Line:
    a, b = paired(lambda: number / ours(), lambda: number / theirs(), rounds)
    return Line(name, "rows/s", a, b, goal, reference)


def _make_catalogue() -> None:
    press = Publisher.objects.create(name="Bench Press", name_key="bench press")
    titles = Title.objects.bulk_create(
        [
            Title(
                publisher=press,
                name=f"Journal of Estuarine Studies {n * 7919 % TITLES}",
                name_key=f"j{n}",
                identity=f"j{n}",
                issn="1234-5679",
            )
            for n in range(TITLES)
        ],
        batch_size=5_000,
    )
    for begin in range(0, len(titles), 2_000):
        ListedAu.objects.bulk_create(
            ListedAu(
                auid=f"bench&t~{title.pk}&y~{year}",
                slug=f"{title.pk:012d}{year:08d}",
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
            for title in titles[begin : begin + 2_000]
            for year in YEARS
        )


def _make_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """The same lines as rows of the database, in their order."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_kbart")
        columns = ", ".join(f"{name} text" for name in heads)
        cursor.execute(f"CREATE TABLE bench_kbart (n int PRIMARY KEY, {columns})")
        with cursor.copy(f"COPY bench_kbart (n, {', '.join(heads)}) FROM STDIN") as copy:
            for number, row in enumerate(rows):
                copy.write_row((number, *row))
        cursor.execute("ANALYZE bench_kbart")


def _copy() -> float:
    """All of it in the order of the file, as bytes."""
    begun = time.perf_counter()
    size = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM bench_kbart LIMIT 0")
        names = ", ".join(column.name for column in cursor.description[1:])
        with cursor.copy(f"COPY (SELECT {names} FROM bench_kbart ORDER BY n) TO STDOUT (NULL '')") as copy:
            for piece in copy:
                size += len(piece)
    if not size:
        raise ValueError("nothing was copied")
    return time.perf_counter() - begun


def _send(edition: Edition) -> float:
    begun = time.perf_counter()
    file, _ = open_edition(edition, order_for(edition, {}))
    with file:
        while file.read(PIECE):
            pass
    return time.perf_counter() - begun


def _report(path: Path, given: dict[str, str], at: dt.datetime) -> float:
    begun = time.perf_counter()
    with path.open("w+b") as out:
        write_report(out, order_of(given), at)
        out.seek(0)
        while out.read(PIECE):
            pass
    return time.perf_counter() - begun


def _xlsx(path: Path, heads: tuple[str, ...], rows: list[tuple[str, ...]], at: dt.datetime) -> float:
    begun = time.perf_counter()
    with path.open("w+b") as out:
        write_rows(out, order_of({"scope": "available", "format": "xlsx"}), at, heads, iter(rows))
    return time.perf_counter() - begun


def _other_xlsx(path: Path, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> float:
    import xlsxwriter

    begun = time.perf_counter()
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate((heads, *rows)):
        for place, value in enumerate(row):
            sheet.write_string(number, place, value)
    book.close()
    return time.perf_counter() - begun


def _pdf(heads: tuple[str, ...], rows: list[tuple[str, ...]], at: dt.datetime, rounds: int) -> Line:
    order = order_of({"scope": "available", "format": "pdf"})
    out = io.BytesIO()
    write_rows(out, order, at, heads, iter(rows))
    pages = out.getvalue().count(b"/Type /Page\n") or out.getvalue().count(b"/Type/Page\n") or len(rows) // 17

    def ours() -> float:
        begun = time.perf_counter()
        write_rows(io.BytesIO(), order, at, heads, iter(rows))
        return pages / (time.perf_counter() - begun)

    with tempfile.TemporaryDirectory() as place:
        template = Path(place) / "empty.typ"
        template.write_text(EMPTY)

        def theirs() -> float:
            begun = time.perf_counter()
            make_pdf(template, {"pages": pages}, at)
            return pages / (time.perf_counter() - begun)

        a, b = paired(ours, theirs, rounds)
    return Line(
        f"kbart pdf of {len(rows):,} lines", "pages/s", a, b, 0.015, "empty pages of the same typesetter"
    )
