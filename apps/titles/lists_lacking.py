"""Which plugins the new units of a preview need and this node cannot collect with."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.common.display import count_text
from apps.common.lists import Cell, Column, cells, small_list
from apps.titles.choices import ChangeKind
from apps.titles.models import ListImport
from apps.titles.services import lacking

MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class Lacking:
    """``number`` of the new units need it; ``here``: it is loaded, and cannot collect."""

    plugin_id: str
    number: int
    here: bool
    units_url: str
    may_load: bool


def lacking_context(request: HttpRequest, row: ListImport) -> dict[str, object]:
    """The sentence, and the plugins that most units need first; empty where none is lacking."""
    added = row.preview.filter(kind=ChangeKind.ADDED).order_by()
    counts = dict(added.values_list("fields__plugin_id__1").annotate(number=Count("pk")))
    # Lines of coverage have none.
    counts.pop(None, None)
    here = lacking(counts)
    if not here:
        return {}
    own, may_load = resolve_url("titles:import-preview", pk=row.pk), request.user.has_role(Role.NETWORK)
    ranked = sorted(here, key=lambda plugin_id: (-counts[plugin_id], plugin_id))
    rows = [
        Lacking(
            plugin_id,
            counts[plugin_id],
            here[plugin_id],
            f"{own}?{urlencode({'kind': ChangeKind.ADDED, 'plugin': plugin_id})}",
            may_load,
        )
        for plugin_id in ranked[:MOST_NAMED]
    ]
    return {"lacking": _table(rows), "lacking_said": _said(sum(counts[one] for one in here), len(ranked))}


def _said(number: int, plugins: int) -> str:
    said = ngettext(
        "%s of the new archival units cannot be collected with the plugins of this node.",
        "%s of the new archival units cannot be collected with the plugins of this node.",
        number,
    ) % count_text(number)
    more = plugins - MOST_NAMED
    if more <= 0:
        return said
    unnamed = ngettext("%s more plugin is not named here.", "%s more plugins are not named here.", more)
    return f"{said} {unnamed % count_text(more)}"


def _table(rows: list[Lacking]):
    return small_list(
        "lacking",
        gettext("Plugins that the new archival units need"),
        (
            Column("plugin", gettext("Plugin"), _name),
            Column(
                "number",
                gettext("Archival units"),
                lambda one: cells.count(one.number, one.units_url),
                numeric=True,
            ),
            Column("what", gettext("Here"), _what),
        ),
        rows,
    )


def _name(one: Lacking) -> Cell:
    short = one.plugin_id.rpartition(".")[2] or one.plugin_id
    if one.here:
        return cells.link(short, resolve_url("plugins:plugin", plugin_id=one.plugin_id), one.plugin_id)
    return cells.text(short, one.plugin_id)


def _what(one: Lacking) -> Cell | str:
    if one.here:
        return gettext("loaded, and cannot collect")
    if one.may_load:
        return cells.link(
            gettext("Load a plugin"), f"{resolve_url('plugins:plugins')}#load", gettext("not loaded")
        )
    return gettext("not loaded")
