"""Reports out of lines that are kept: copied out by the database where the file is the standard's, read row by row else."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.kbart.asking import Order
from apps.kbart.choices import Kind, Shape
from apps.kbart.making import keeping
from apps.kbart.making.report import LeftOut, Pass, Values
from apps.kbart.making.spool import nameless
from apps.kbart.models import ReportDoubt, ReportLine
from apps.lockss.kbart import COLUMNS

# Changes that a reader takes in before he reads; with more, his report is made of the catalogue.
MOST_CHANGES = 2 * keeping.STEP
FETCH = 2_000
# No line holds these two signs: nothing is quoted, every line is sent as it lies.
_FORM = r"(FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', ESCAPE E'\x02', ENCODING 'UTF8')"


def can_serve(order: Order, at: dt.datetime) -> bool:
    """Whether lines for this order are kept, and true; what little is missing is made here."""
    narrowed = any(one is not None for one in (order.set, order.institution, order.since))
    narrowed |= order.kind != Kind.ALL
    if narrowed or order.report != Shape.KBART or order.notes is not None or not order.layout.by_title:
        return False
    left = keeping.changes_left(order.scope, at, most=MOST_CHANGES)
    for _ in range(MOST_CHANGES // keeping.STEP + 1):
        if left is None or not 0 < left <= MOST_CHANGES:
            break
        keeping.step()
        left = keeping.changes_left(order.scope, at, most=MOST_CHANGES)
    return left == 0


def copy_lines(out: IO[bytes], order: Order) -> int:
    """Lines as the standard wants them, in their order, each with its line feed; how many there were."""
    conditions, values = ["scope = %s"], [order.scope.value]
    if order.publisher is not None:
        conditions.append("publisher = %s")
        values.append(order.publisher)
    if order.with_id:
        conditions.append("with_id")
    rows = (
        f"SELECT text FROM kbart_reportline WHERE {' AND '.join(conditions)} ORDER BY head, key, title, place"  # noqa: S608
    )
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(f"COPY ({rows}) TO STDOUT {_FORM}", values) as copy:
            for piece in copy:
                out.write(piece)
        return cursor.rowcount


@contextmanager
def stored(order: Order) -> Iterator[Pass]:
    """The same as ``report.made`` gives."""
    with ExitStack() as stack:
        left_out = LeftOut(stack.enter_context(nameless()))
        fill_left_out(left_out, order)
        rows = _of(order, ReportLine.objects.filter(scope=order.scope.value))
        if order.with_id:
            rows = rows.filter(with_id=True)
        lines = rows.order_by("head", "key", "title", "place").values_list("text", flat=True)
        yield Pass(COLUMNS, _values(lines), left_out)


def fill_left_out(left_out: LeftOut, order: Order) -> None:
    doubts = _of(order, ReportDoubt.objects.filter(scope=order.scope.value)).order_by("title", "place")
    left_out.add_told(doubts.values_list("told", flat=True).iterator(FETCH))


def _of(order: Order, rows: QuerySet) -> QuerySet:
    return rows if order.publisher is None else rows.filter(publisher=order.publisher)


def _values(lines: QuerySet) -> Iterator[Values]:
    for text in lines.iterator(FETCH):
        yield tuple(text.split("\t"))
