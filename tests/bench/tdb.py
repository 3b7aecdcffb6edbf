"""Title lists: parsing against reading the same bytes and splitting them into lines and fields."""

import re
import time
from pathlib import Path

from apps.lockss.tdb import parse_tdb
from tests.bench.report import Line, paired
from tests.shared import DATA

FIELDS = re.compile(r"[;=<>{}]")


def measure(rounds: int) -> Line:
    name, reference = "TDB text parsed", "read and split"
    folder = DATA / "tdb"
    files = sorted(folder.rglob("*.tdb")) if folder.is_dir() else []
    if not files:
        return Line(name, "B/s", None, None, 0.15, reference, "no title databases: set LOCKSS_SHARED")
    size = sum(f.stat().st_size for f in files)
    ours, theirs = paired(lambda: size / _parse(files), lambda: size / _read(files), rounds)
    return Line(name, "B/s", ours, theirs, 0.15, reference)


def _parse(files: list[Path]) -> float:
    begun = time.perf_counter()
    for file in files:
        parse_tdb(file.read_bytes())
    return time.perf_counter() - begun


def _read(files: list[Path]) -> float:
    begun = time.perf_counter()
    for file in files:
        for line in file.read_bytes().decode().splitlines():
            FIELDS.split(line)
    return time.perf_counter() - begun
