"""Writes the log from what has ended since it was last written. A kill loses nothing, writing twice adds nothing.

Of each source the lowest number is kept from which on rows may still have to be told; what is told already is passed
over there.
"""

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef

from apps.common.stored import in_english
from apps.common.text import storable, storable_json
from apps.nodes.log_sources import SOURCES, Source
from apps.nodes.models import Count
from apps.nodes.models_log import LogLine
from apps.nodes.services.counting import write

BATCH = 500
# Rows below may be in a transaction that is still open.
MARGIN = 200
LOW = "log."


def scan() -> int:
    """One batch of each source; returns how many lines were written."""
    return sum(_write_up(source) for source in SOURCES)


def _write_up(source: Source) -> int:
    key = LOW + source.name
    low = Count.objects.filter(pk=key).values_list("value", flat=True).first() or 0
    told = LogLine.objects.filter(source=source.name, row=OuterRef("pk"))
    newest = source.rows().aggregate(n=Max("pk"))["n"] or 0
    rows = list(source.rows().filter(source.ended, ~Exists(told), pk__gte=low).order_by("pk")[:BATCH])
    with transaction.atomic():
        LogLine.objects.bulk_create([_line(source, row) for row in rows], ignore_conflicts=True)
        if len(rows) < BATCH:
            write({key: max(low, (_open(source, low) or newest + 1) - MARGIN)})
    return len(rows)


def _open(source: Source, low: int) -> int | None:
    """The lowest row that may still end; None where all have ended."""
    if not source.ended:
        return None
    return source.rows().filter(pk__gte=low).exclude(source.ended).aggregate(n=Min("pk"))["n"]


def _line(source: Source, row) -> LogLine:
    with in_english():
        line = source.line(row)
    line.source, line.row = source.name, row.pk
    line.subject, line.about = storable(line.subject, 200), storable(line.about)
    line.why, line.params = storable(line.why), storable_json(line.params)
    return line
