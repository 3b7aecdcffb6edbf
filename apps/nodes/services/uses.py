"""Numbers of AUs by plugin, for a page that is looked at right after an import or an act: the scan comes only every few
minutes."""

from django.db.models import Max

from apps.aus.models import Selection
from apps.aus.services import count_plugin_uses
from apps.plugins.models import PluginUse
from apps.titles.choices import ImportState
from apps.titles.models import ListImport

UNDER_WAY = (
    ImportState.WAITING,
    ImportState.RUNNING,
    ImportState.PREVIEW,
    ImportState.APPLYING,
    ImportState.UNDOING,
)


def catch_up() -> None:
    """Count if a list was read or undone, to its end, or AUs were selected or deactivated, since the last count."""
    read = ListImport.objects.exclude(state__in=UNDER_WAY).aggregate(at=Max("updated_at"))["at"]
    acted = Selection.objects.aggregate(at=Max("updated_at"))["at"]
    ended = max(filter(None, (read, acted)), default=None)
    counted = PluginUse.objects.aggregate(at=Max("counted_at"))["at"]
    if ended is not None and (counted is None or counted <= ended):
        count_plugin_uses()
