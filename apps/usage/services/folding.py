"""From readings to months: each session is counted when it has something new, and what that changes is added.

Counted once, a reading stays counted: killed or called twice, this does nothing a second time, and what comes late is
added once.
"""

from collections import defaultdict

from django.db import connection, transaction

from apps.lockss.usage import Kind as Counted
from apps.lockss.usage import Metric, Place, Reading, change
from apps.usage.choices import Data
from apps.usage.models import UsageEvent, UsageMonth

LOCK = 0x55534147
SESSIONS = 200
COLUMNS = {metric: metric.value.lower() for metric in Metric}


def fold(sessions: int = SESSIONS) -> int:
    """All that is not in its month yet, so many sessions in a transaction; the number of readings."""
    done = 0
    while some := _fold_some(sessions):
        done += some
    return done


def _fold_some(most: int) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
        fresh = UsageEvent.objects.filter(counted=False).order_by("session")
        sessions = list(fresh.values_list("session", flat=True).distinct()[:most])
        rows = list(UsageEvent.objects.filter(session__in=sessions).select_related("title"))
        before = [_reading(row) for row in rows if row.counted]
        _add(change(before, [_reading(row) for row in rows]))
        # By number: what is written meanwhile waits for the next turn.
        new = [row.pk for row in rows if not row.counted]
        UsageEvent.objects.filter(pk__in=new).update(counted=True)
    return len(new)


def _reading(row: UsageEvent) -> Reading:
    return Reading(
        moment=row.moment,
        session=bytes(row.session),
        url=bytes(row.url_digest),
        item=bytes(row.item_digest),
        title=row.title_id,
        customer=row.customer,
        access=row.access,
        year=row.year,
        kind=Counted(row.kind),
        book=row.title.data_type == Data.BOOK,
    )


def _add(changes: dict[tuple[Place, Metric], int]) -> None:
    by_place: dict[Place, dict[str, int]] = defaultdict(dict)
    for (place, metric), number in changes.items():
        by_place[place][COLUMNS[metric]] = number
    names = list(COLUMNS.values())
    table = UsageMonth._meta.db_table  # noqa: SLF001 - Django's public name for it
    added = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in names)
    said = (
        f"INSERT INTO {table} (month, title_id, customer, access, year, {', '.join(names)}) "  # noqa: S608 - our names
        f"VALUES (%s, %s, %s, %s, %s{', %s' * len(names)}) "
        f"ON CONFLICT (title_id, month, customer, access, year) DO UPDATE SET {added}"
    )
    rows = [
        (
            place.month,
            place.title,
            place.customer,
            place.access,
            place.year,
            *tuple(numbers.get(name, 0) for name in names),
        )
        for place, numbers in sorted(by_place.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(said, rows)
