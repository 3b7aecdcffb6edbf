"""Keeps the summary rows of sizes: what units that were collected came to, and how full the store is.

Which units are collected whole is not known in this room; the scan that calls says so.
"""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from apps.aus.models import Au, SizeKind, SizeSummary, StoreSpace
from apps.aus.services.estimating import estimate
from apps.aus.sizes import FEW
from apps.common.clock import now
from apps.lockss.frontier.politeness import pause_of
from apps.plugins.models import Plugin
from apps.plugins.services import definition_for
from apps.repository.models import AuSummary
from apps.titles.models import ListedAu

# As ``sizes.spread``; a test compares them.
_SPAN = f"""
CASE WHEN count(*) < {FEW} THEN min({{0}}) / 2 ELSE percentile_disc(0.25) WITHIN GROUP (ORDER BY {{0}}) END,
CASE WHEN count(*) < {FEW} THEN max({{0}}) * 2 ELSE percentile_disc(0.75) WITHIN GROUP (ORDER BY {{0}}) END
"""
_SUM_UP = f"""
INSERT INTO aus_sizesummary (kind, ref, known, size_low, size_high, fetches_low, fetches_high)
SELECT %s, {{column}}::text, count(*), {_SPAN.format("s.disk_size")}, {_SPAN.format("s.urls")}
FROM aus_au a JOIN repository_ausummary s ON s.au_key_id = a.key_id
WHERE s.urls > 0 AND {{column}} IS NOT NULL AND a.key_id IN ({{whole}}) GROUP BY {{column}}
"""  # noqa: S608 - our names
_COLUMNS = {
    SizeKind.TITLE: "a.title_id",
    SizeKind.PUBLISHER: "a.publisher_id",
    SizeKind.PLATFORM: "a.plugin_id",
}


def weigh(*, whole: QuerySet[Au]) -> None:
    """Sum up anew what ``whole`` came to: all units that were collected to their end."""
    inner, values = whole.order_by().values("pk").query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        # Two at once would both write what only one may.
        cursor.execute("LOCK TABLE aus_sizesummary IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM aus_sizesummary")
        for kind, column in _COLUMNS.items():
            cursor.execute(_SUM_UP.format(column=column, whole=inner), [kind, *values])
        _keep_paces()


def _keep_paces() -> None:
    """The politeness of every platform, whether anything of it is here or not."""
    ids = Plugin.objects.filter(current=True, usable=True).order_by("plugin_id")
    rows = [
        SizeSummary(kind=SizeKind.PLATFORM, ref=plugin_id, pause_ms=pause_ms(plugin_id))
        for plugin_id in ids.values_list("plugin_id", flat=True)
    ]
    SizeSummary.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["kind", "ref"], update_fields=["pause_ms"]
    )


def pause_ms(plugin_id: str) -> int:
    """Between two requests to a platform, by its definition and never under this node's floor."""
    floor = dt.timedelta(milliseconds=settings.NODE.crawl_fetch_floor_ms)
    return pause_of(definition_for(plugin_id).collection.pause, floor=floor) // dt.timedelta(milliseconds=1)


def measure(*, path: Path, total: int | None, free: int | None, waiting: QuerySet[ListedAu]) -> StoreSpace:
    """Note how full a store is; ``waiting``: what is selected and was not collected yet."""
    used = AuSummary.objects.aggregate(used=Sum("disk_size", default=0))["used"]
    coming = estimate(waiting)
    row, _made = StoreSpace.objects.update_or_create(
        path=str(path),
        defaults={
            "used": used,
            "disk_total": total,
            "disk_free": free,
            "promised_low": coming.size.low,
            "promised_high": coming.size.high,
            "promised_unknown": coming.unknown,
            "measured_at": now(),
        },
    )
    return row
