"""What the room of title lists asks of those above it: which AUs hold on to what a list says, which plugins are loaded."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from apps.aus.choices import AuState
from apps.plugins.models import Plugin
from apps.repository.models import AuSummary


def still_here() -> Q:
    """Selected, or deactivated with something preserved: what was taken out before anything came stands in no way."""
    preserved = AuSummary.objects.filter(au_key=OuterRef("pk"), versions__gt=0)
    return Q(state=AuState.SELECTED) | Q(Exists(preserved))


def loaded(plugin_ids: Iterable[str]) -> dict[str, bool]:
    """Whether each of them that is loaded can collect here."""
    rows = Plugin.objects.filter(plugin_id__in=list(plugin_ids), current=True)
    return dict(rows.values_list("plugin_id", "can_collect"))
