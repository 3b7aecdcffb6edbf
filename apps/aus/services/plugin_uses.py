"""How many AUs each plugin has, in the lists and selected here: two groupings by an index, after imports and acts."""

from django.db.models import Count, Max

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.plugins.models import PluginUse
from apps.plugins.services import note_uses
from apps.titles.models import ListedAu, ListImport


def count_plugin_uses(*, always: bool = False) -> bool:
    """Whether anything changed. The lists are counted only where one was read or undone since the last count."""
    listed = None
    if always or _lists_changed():
        rows = ListedAu.objects.exclude(status="").order_by().values_list("plugin_id")
        listed = dict(rows.annotate(number=Count("pk")))
    own = Au.objects.filter(state=AuState.SELECTED).order_by().values_list("plugin_id")
    return note_uses(listed=listed, selected=dict(own.annotate(number=Count("pk"))))


def _lists_changed() -> bool:
    counted = PluginUse.objects.aggregate(at=Max("counted_at"))["at"]
    changed = ListImport.objects.aggregate(at=Max("updated_at"))["at"]
    return changed is not None and (counted is None or changed >= counted)
