"""A library's list of 50,000 lines matched with the catalogue, against one point look-up by name for each line."""

import random
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from apps.aus.holdings.catalogue import Matcher
from apps.aus.holdings.files import source_of
from apps.lockss.holdings import entries
from apps.titles.models import Title
from apps.titles.services import import_tdb_folder
from tests.bench.report import Line, paired
from tests.shared import DATA

LINES = 50_000
YEAR = 2026
MIB = 1024 * 1024
# A line in five means no title of the catalogue, one in five only its name.
UNKNOWN, NAMED = 0.2, 0.4


def measure(rounds: int) -> Iterator[Line]:
    name, reference = "50,000 lines of holdings matched", "one look-up a line by name"
    folder = DATA / "tdb"
    if not folder.is_dir():
        yield Line(name, "lines/s", None, None, 0.4, reference, "no title databases: set LOCKSS_SHARED")
        return
    import_tdb_folder(path=folder, list_name="bench")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "holdings.csv"
        names = _write(path, LINES)
        ours, theirs = paired(lambda: LINES / _match(path), lambda: LINES / _look_up(names), rounds)
        yield Line(name, "lines/s", ours, theirs, 0.4, reference)
        small = Path(place) / "small.csv"
        _write(small, LINES // 5)
        yield Line(
            "memory of a fifth of the lines",
            "MiB",
            _memory(small),
            _memory(path),
            0.9,
            "memory of all of them",
        )


def _write(path: Path, lines: int) -> list[str]:
    """A list with the names it holds; the same at every run."""
    rng = random.Random(1)
    rows = list(Title.objects.order_by("pk").values_list("name", "issn", "publisher__name"))
    names = []
    with path.open("w", encoding="utf-8") as out:
        out.write("Title\tPublisher\tISSN\tFrom\tTo\n")
        for number in range(lines):
            name, issn, publisher = rng.choice(rows)
            kind = rng.random()
            if kind < UNKNOWN:
                words = name.split()
                rng.shuffle(words)
                name, issn = f"{' '.join(words[:3])} of Research {number}", ""
            elif kind < NAMED:
                issn = ""
            names.append(name.lower())
            out.write(f"{name}\t{publisher}\t{issn}\t{rng.randrange(1980, 2020)}\t\n")
    return names


def _match(path: Path) -> float:
    begun = time.perf_counter()
    source = source_of(path)
    layout = source.layout()
    if layout is None:
        raise ValueError("the list has no head")
    for _ in Matcher(YEAR).judge(entries(source.lines(), layout, YEAR)):
        pass
    return time.perf_counter() - begun


def _look_up(names: list[str]) -> float:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT id, name FROM titles_title WHERE name_key = %s", [name])
            cursor.fetchall()
    return time.perf_counter() - begun


def _memory(path: Path) -> float:
    tracemalloc.start()
    try:
        _match(path)
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()
