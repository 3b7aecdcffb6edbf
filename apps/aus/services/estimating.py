"""What a choice would take, in the store and in time: three queries, however many units it has (``aus.sizes``).

All of it is this node's own knowledge: peers tell which URLs they hold of units that are held here too, never how large
anything is, and nothing at all of units that are not here.
"""

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from apps.aus.models import SizeKind, SizeSummary
from apps.aus.sizes import Basis, Estimate, Part, Span, combine
from apps.titles.models import ListedAu

_PARTS = """
SELECT c.publisher_id, c.plugin_id, b.basis, count(*),
    sum(CASE b.basis WHEN 'held' THEN h.disk_size WHEN 'title' THEN t.size_low WHEN 'publisher' THEN p.size_low
        WHEN 'platform' THEN f.size_low ELSE 0 END),
    sum(CASE b.basis WHEN 'held' THEN h.disk_size WHEN 'title' THEN t.size_high WHEN 'publisher' THEN p.size_high
        WHEN 'platform' THEN f.size_high ELSE 0 END),
    sum(CASE b.basis WHEN 'title' THEN t.fetches_low WHEN 'publisher' THEN p.fetches_low
        WHEN 'platform' THEN f.fetches_low ELSE 0 END),
    sum(CASE b.basis WHEN 'title' THEN t.fetches_high WHEN 'publisher' THEN p.fetches_high
        WHEN 'platform' THEN f.fetches_high ELSE 0 END),
    coalesce(h.state = 'selected', false) AS selected
FROM ({chosen}) AS c (id, title_id, publisher_id, plugin_id)
LEFT JOIN LATERAL (
    SELECT a.state, s.disk_size FROM aus_au a
    LEFT JOIN repository_ausummary s ON s.au_key_id = a.key_id AND s.urls > 0
    WHERE a.listed_id = c.id ORDER BY s.disk_size NULLS LAST, a.key_id LIMIT 1
) h ON true
LEFT JOIN aus_sizesummary t ON t.kind = 'title' AND t.ref = c.title_id::text AND t.known > 0
LEFT JOIN aus_sizesummary p ON p.kind = 'publisher' AND p.ref = c.publisher_id::text AND p.known > 0
LEFT JOIN aus_sizesummary f ON f.kind = 'platform' AND f.ref = c.plugin_id AND f.known > 0
CROSS JOIN LATERAL (SELECT CASE WHEN h.disk_size IS NOT NULL THEN 'held' WHEN t.id IS NOT NULL THEN 'title'
    WHEN p.id IS NOT NULL THEN 'publisher' WHEN f.id IS NOT NULL THEN 'platform' ELSE 'unknown' END AS basis) b
GROUP BY 1, 2, 3, 9
"""
_COLUMNS = ("pk", "title_id", "publisher_id", "plugin_id")


def estimate(listed: QuerySet[ListedAu]) -> Estimate:
    """Of what a query of listed AUs means; what is here already takes no more."""
    try:
        chosen, values = listed.order_by().values_list(*_COLUMNS).query.sql_with_params()
    except EmptyResultSet:
        return Estimate()
    with connection.cursor() as cursor:
        cursor.execute(_PARTS.format(chosen=chosen), values)
        found = cursor.fetchall()
    paces = _paces({row[1] for row in found})
    parts = [
        Part(
            publisher=publisher,
            basis=Basis(basis),
            count=count,
            size=Span(int(low), int(high)),
            fetches=Span(int(few), int(many)),
            pause_ms=paces.get(plugin_id) or settings.NODE.crawl_fetch_floor_ms,
            selected=selected,
        )
        for publisher, plugin_id, basis, count, low, high, few, many, selected in found
    ]
    return combine(parts, parallel=settings.NODE.crawl_parallel)


def _paces(plugin_ids: set[str]) -> dict[str, int | None]:
    rows = SizeSummary.objects.filter(kind=SizeKind.PLATFORM, ref__in=plugin_ids)
    return dict(rows.values_list("ref", "pause_ms"))
