"""A list as a file: all rows that match, in their order, sent while they are read.

CSV is for people: UTF-8 with a byte order mark and CRLF (RFC 4180), and text that a spreadsheet would take for a
formula is disarmed. TSV (no quoting; tabs and line ends become blanks) and JSON are for programs and hold the
values as they are.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from apps.common.clock import now
from apps.common.lists.columns import Column
from apps.common.lists.query import Query
from apps.common.lists.table import Table
from apps.lockss import kbart

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
}
ROWS_AT_ONCE = 1000
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
PIECE = 30_000


def download(table: Table, query: Query, rows: QuerySet) -> StreamingHttpResponse:
    write = {"csv": _csv, "tsv": _tsv, "json": _json}[query.format]
    response = StreamingHttpResponse(_in_pieces(write(table, rows)), content_type=TYPES[query.format])
    name = f"{table.name}-{timezone.localdate(now()).isoformat()}.{query.format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def disarmed(value: object) -> object:
    """Text that begins like a formula gets an apostrophe in front; numbers stay numbers."""
    return kbart.disarmed(value) if isinstance(value, str) else value


def columns_of(table: Table) -> list[Column]:
    return [*table.columns, *table.besides]


def _values(table: Table, rows: QuerySet) -> Iterator[list[object]]:
    one_by_one = rows.iterator(chunk_size=ROWS_AT_ONCE)
    columns = columns_of(table)
    while some := list(islice(one_by_one, ROWS_AT_ONCE)):
        for row in table.shown(some):
            yield [column.cell(row).value for column in columns]


def _csv(table: Table, rows: QuerySet) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow([disarmed(str(column.label)) for column in columns_of(table)])
    yield BOM
    yield _emptied(line)
    for values in _values(table, rows):
        writer.writerow([disarmed(_written(value)) for value in values])
        yield _emptied(line)


def _tsv(table: Table, rows: QuerySet) -> Iterator[str]:
    yield "\t".join(column.key for column in columns_of(table)) + "\n"
    for values in _values(table, rows):
        yield "\t".join(_one_line(_written(value)) for value in values) + "\n"


def _json(table: Table, rows: QuerySet) -> Iterator[str]:
    names = [column.key for column in columns_of(table)]
    separator = "[\n"
    for values in _values(table, rows):
        yield separator + json.dumps(
            dict(zip(names, map(_jsonable, values), strict=True)), ensure_ascii=False
        )
        separator = ",\n"
    yield "\n]\n" if separator == ",\n" else "[]\n"


def _in_pieces(lines: Iterator[str]) -> Iterator[bytes]:
    """A write to the network per line would cost more than the line."""
    waiting: list[str] = []
    size = 0
    try:
        for line in lines:
            waiting.append(line)
            size += len(line)
            if size > PIECE:
                yield "".join(waiting).encode("utf-8")
                waiting, size = [], 0
    except Exception:
        # The connection breaks off as well, but a proxy that speaks HTTP/1.0 hands on what came as if it were all.
        said = gettext("This file is not complete: reading the rows broke off.")
        yield f"{''.join(waiting)}\n*** {said}\n".encode()
        raise
    yield "".join(waiting).encode("utf-8")


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _written(value: object) -> object:
    """In UTC and ISO 8601, so that a file means the same everywhere."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, dt.date) else value


def _one_line(value: object) -> str:
    return " ".join(part for line in str(value).splitlines() for part in line.split("\t"))


def _jsonable(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(_written(value))
