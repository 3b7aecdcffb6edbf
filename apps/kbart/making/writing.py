"""Rows as bytes of a format. Every writer takes rows as they come and holds few of them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO

from apps.lockss.kbart import csv_table, tsv_table

TYPES = {
    "tsv": "text/tab-separated-values; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
AT_ONCE = 1_000
Heads = Sequence[str] | None
Rows = Iterable[Sequence[str]]


def write_tsv(out: IO[bytes], heads: Heads, rows: Rows) -> None:
    """Byte for byte what the standard asks for."""
    _write(out, tsv_table(heads, rows))


def write_csv(out: IO[bytes], heads: Heads, rows: Rows) -> None:
    """For people's spreadsheets: formulas disarmed."""
    _write(out, csv_table(heads, rows))


def write_json(out: IO[bytes], heads: Sequence[str], rows: Rows) -> None:
    """A list of objects, one a line."""
    _write(out, _objects(heads, rows))


def _objects(heads: Sequence[str], rows: Rows) -> Iterator[bytes]:
    before = b"[\n"
    for row in rows:
        told = json.dumps(dict(zip(heads, row, strict=True)), ensure_ascii=False)
        yield before + told.encode("utf-8", "replace")
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _write(out: IO[bytes], lines: Iterator[bytes]) -> None:
    while piece := b"".join(islice(lines, AT_ONCE)):
        out.write(piece)
