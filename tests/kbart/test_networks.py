"""KBART of every network's title lists, judged by a checker that shares nothing with ours: written here from the text of
the standard alone.
"""

import csv
import io
import itertools
import re
from collections import defaultdict

import openpyxl
import pypdf
import pytest

from apps.common.clock import now
from apps.kbart.asking import Order
from apps.kbart.making import keeping, stored
from apps.lockss.kbart import Scope
from apps.titles.services import import_tdb_folder
from tests.kbart.columns import HEADS
from tests.kbart.reports import portal_settings, report
from tests.shared import DATA

TDB = DATA / "tdb"
FOLDERS = sorted(path.name for path in TDB.iterdir() if path.is_dir()) if TDB.is_dir() else []
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.shared,
    pytest.mark.skipif(
        not FOLDERS, reason="no title databases: set LOCKSS_SHARED to the folder that holds them"
    ),
]


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


def issn_is_right(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{3}[\dX]", text):
        return False
    digits = [10 if sign == "X" else int(sign) for sign in text.replace("-", "")]
    return sum(digit * weight for digit, weight in zip(digits, range(8, 0, -1), strict=True)) % 11 == 0


def isbn_is_right(text: str) -> bool:
    if not re.fullmatch(r"97[89]\d{10}", text):
        return False
    return sum(int(sign) * (1, 3)[place % 2] for place, sign in enumerate(text)) % 10 == 0


def faults(data: bytes) -> list[str]:
    """All that a reader of the standard would send back."""
    if data.startswith(b"\xef\xbb\xbf") or b"\r" in data or not data.endswith(b"\n"):
        return ["no plain lines of UTF-8"]
    first, *rest = data.decode("utf-8").rstrip("\n").split("\n")
    found = [] if first.split("\t") == HEADS else ["heads"]
    keys: dict[str, list[tuple[str, str]]] = defaultdict(list)
    seen = set()
    for number, line in enumerate(rest, 2):
        cells = line.split("\t")
        if len(cells) != 25:
            found.append(f"{number}: {len(cells)} fields")
            continue
        row = dict(zip(HEADS, cells, strict=True))
        found += [f"{number}: {fault}" for fault in row_faults(row)]
        if line in seen:
            found.append(f"{number}: twice")
        seen.add(line)
        keys[row["title_id"]].append(
            (row["date_first_issue_online"], row["date_last_issue_online"] or "9999")
        )
    for title, spans in keys.items():
        dated = [span for span in spans if span[0]]
        # In the order of the file, each begins when a whole year after the one before has passed.
        for (_, end), (start, _) in itertools.pairwise(dated):
            if start <= end:
                found.append(f"{title}: {start} overlaps with what ends {end}")
    return found


def row_faults(row: dict[str, str]) -> list[str]:
    found = [
        f"{name} empty" for name in ("publication_title", "title_url", "title_id") if not row[name].strip()
    ]
    if row["coverage_depth"] not in ("fulltext", "selected articles", "abstracts"):
        found.append("coverage_depth")
    if row["access_type"] not in ("F", "P"):
        found.append("access_type")
    if not re.match(r"https?://[^/\s]+/", row["title_url"]):
        found.append("title_url")
    monograph = row["publication_type"] == "monograph"
    if row["publication_type"] not in ("serial", "monograph"):
        found.append("publication_type")
    for name in ("print_identifier", "online_identifier"):
        value = row[name]
        if value and not (
            isbn_is_right(value) if monograph else issn_is_right(value) or isbn_is_right(value)
        ):
            found.append(f"{name} {value}")
    dates = [(name, row[name]) for name in HEADS if name.startswith("date_") and row[name]]
    day = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
    found += [f"{name} {value}" for name, value in dates if not day.fullmatch(value)]
    serial_only = HEADS[3:9]
    if monograph and any(row[name] for name in serial_only):
        found.append("a monograph with columns of serials")
    if not monograph and any(row[name] for name in HEADS[17:22]):
        found.append("a serial with columns of monographs")
    last = row["date_last_issue_online"]
    if last and last < row["date_first_issue_online"]:
        found.append("ends before it begins")
    # Without any date coverage is told by volumes alone; with a first one and no last one it goes on.
    goes_on = bool(row["date_first_issue_online"]) and not last
    if goes_on and (row["num_last_vol_online"] or row["num_last_issue_online"]):
        found.append("a last volume of an open end")
    return found


def plainly(title: str) -> str:
    """Letters alone: an order that any collation keeps for plain names."""
    return title.casefold()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_network_makes_a_file_that_a_stranger_accepts(folder):
    import_tdb_folder(path=TDB / folder, list_name=folder)
    data, done = report(scope="available")
    assert faults(data) == []
    assert done.rows == data.count(b"\n") - 1
    titles = [line.split("\t")[0] for line in data.decode().splitlines()[1:]]
    plain = [plainly(title) for title in titles if re.fullmatch(r"[A-Za-z]+( [A-Za-z]+)*", title)]
    assert plain == sorted(plain, key=str.split)
    while keeping.step():
        pass
    assert stored.can_serve(Order(scope=Scope.AVAILABLE), now())
    assert report(scope="available")[0] == data, "lines that are kept are those that are made"


def test_the_checker_finds_what_is_wrong():
    """A judge that finds nothing in anything would be none."""
    good = [
        "Tides",
        "",
        "2345-6787",
        "2001",
        "1",
        "",
        "2003",
        "3",
        "",
        "https://p.example/1",
        "",
        "1",
        "",
        "fulltext",
    ]
    good += ["", "", "serial", "", "", "", "", "", "", "", "P"]

    def file(*rows: list[str]) -> bytes:
        return "".join("\t".join(row) + "\n" for row in (HEADS, *rows)).encode()

    assert faults(file(good)) == []
    by_volume = [*good[:3], "", *good[4:6], "", *good[7:]]
    assert faults(file(by_volume)) == []
    for place, value in (
        (2, "2345-6788"),
        (3, "2004"),
        (6, ""),
        (9, "p.example"),
        (16, "book"),
        (18, "2001"),
        (24, ""),
    ):
        assert faults(file([*good[:place], value, *good[place + 1 :]])), value
    assert faults(file(good, good))
    assert faults(b"\xef\xbb\xbf" + file(good))
    assert faults(file(good[:-1]))


def test_all_formats_carry_the_rows_of_a_network():
    import_tdb_folder(path=TDB / "coppulpln", list_name="coppul")
    data, done = report(scope="available")
    rows = [line.split("\t") for line in data.decode().splitlines()]
    assert done.rows > 20
    read = list(
        csv.reader(io.StringIO(report(scope="available", format="csv")[0].decode("utf-8-sig"), newline=""))
    )
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    book = openpyxl.load_workbook(io.BytesIO(report(scope="available", format="xlsx")[0]), read_only=True)
    sheet = [
        ["" if cell is None else cell for cell in row] for row in book["Titles"].iter_rows(values_only=True)
    ]
    book.close()
    assert sheet == rows
    pdf = pypdf.PdfReader(io.BytesIO(report(scope="available", format="pdf")[0]))
    text = "".join("".join(page.extract_text() for page in pdf.pages).split())
    missing = [row[0] for row in rows[1:] if "".join(row[0].split()) not in text.replace("\u200b", "")]
    assert missing == []
