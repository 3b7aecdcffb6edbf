"""What is not here: the ranking of missing classes, plugins nobody loaded; and two versions side by side."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common.errors import BadQuery
from apps.common.lists import show_list
from apps.common.pages import Head, Link
from apps.lockss.plugin.versions import key_differences
from apps.plugins import counting
from apps.plugins.lists_missing import MISSING, NO_LIST, NO_PLUGIN, NOT_LOADED, by_what_is_blocked
from apps.plugins.models import MissingClass, Plugin, PluginUse

LIST_PAGE = "plugins/list_page.html"


def to_plugins() -> Link:
    return Link(gettext("Plugins"), resolve_url("plugins:plugins"))


@require_safe
@role_required()
def missing(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Missing code"),
        gettext(
            "Java classes that plugins name and this node does not have, by the units that wait for them."
        ),
        trail=[to_plugins()],
    )
    counting.catch_up()
    rows = by_what_is_blocked(MissingClass.objects.all())
    table = MISSING if Plugin.objects.exists() else replace(MISSING, empty=NO_PLUGIN)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def not_loaded(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Plugins that are not here"),
        gettext("Title lists name them, but nobody has loaded them: their units cannot be selected."),
        trail=[to_plugins()],
    )
    counting.catch_up()
    rows = PluginUse.objects.filter(loaded=False, listed__gt=0)
    table = (
        NOT_LOADED if PluginUse.objects.filter(listed__gt=0).exists() else replace(NOT_LOADED, empty=NO_LIST)
    )
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def compare(request: HttpRequest, plugin_id: str) -> HttpResponse:
    """``?version=`` a loaded text, against the one in use, or against another by ``&with=``."""
    current = Plugin.objects.filter(plugin_id=plugin_id, current=True).first()
    if current is None:
        raise Http404
    after = _row(request, plugin_id, "version")
    before = _row(request, plugin_id, "with") if "with" in request.GET else current
    if after is None or before is None:
        raise BadQuery(
            gettext("Expected ?version= followed by the number of a loaded version of this plugin.")
        )
    head = Head(
        gettext("Version %(after)s beside %(before)s") % {"after": after.version, "before": before.version},
        plugin_id,
        code=True,
        trail=[to_plugins(), Link(current.name, resolve_url("plugins:plugin", plugin_id=plugin_id))],
    )
    found = key_differences(bytes(before.xml), bytes(after.xml))
    context = {"head": head, "before": before, "after": after, "differences": found}
    return TemplateResponse(request, "plugins/compare.html", context)


def _row(request: HttpRequest, plugin_id: str, name: str) -> Plugin | None:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return get_object_or_404(Plugin, pk=int(text), plugin_id=plugin_id)
