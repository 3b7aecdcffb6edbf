"""How many AUs each plugin id has. The rooms of titles and AUs count; here it is kept."""

from collections.abc import Mapping

from django.db import connection, transaction

from apps.common.clock import now
from apps.plugins.models import PluginUse
from apps.plugins.services.judging import sum_up

# "PLUU" in ASCII: two who count at once would both insert.
LOCK = 0x504C5555


def note_uses(*, listed: Mapping[str, int] | None, selected: Mapping[str, int]) -> bool:
    """Keep new counts; whether anything changed. ``listed`` None: no list was read since, those counts stay."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
        rows = {row.plugin_id: row for row in PluginUse.objects.all()}
        fresh: list[PluginUse] = []
        at = now()
        for plugin_id in {*rows, *(listed or {}), *selected}:
            row = rows.get(plugin_id)
            before = (row.listed, row.selected) if row else (-1, -1)
            in_lists = listed.get(plugin_id, 0) if listed is not None else max(before[0], 0)
            after = (in_lists, selected.get(plugin_id, 0))
            if before != after:
                use = PluginUse(plugin_id=plugin_id, listed=after[0], selected=after[1], counted_at=at)
                use.loaded = bool(row and row.loaded)
                fresh.append(use)
        if not fresh:
            if listed is not None:
                PluginUse.objects.update(counted_at=at)
            elif rows:
                # That it was counted now: nobody who looks counts again for the same act.
                PluginUse.objects.filter(plugin_id=min(rows)).update(counted_at=at)
            return False
        PluginUse.objects.bulk_create(
            fresh,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["plugin_id"],
            update_fields=["listed", "selected", "counted_at"],
        )
        sum_up()
        return True
