"""What stands on the pages of plugins: numbers with their meaning, facts, short lists."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext, pgettext_lazy

from apps.common.display import count_text
from apps.common.lists import small_list
from apps.common.pages import Fact, Vital
from apps.common.text import shown_address
from apps.lockss.frontier.politeness import pause_of
from apps.lockss.plugin.model import PluginDefinition
from apps.lockss.plugin.versions import readable
from apps.lockss.plugin.windows import Always, Daily, Window
from apps.plugins import lists, services
from apps.plugins.choices import TrialState
from apps.plugins.lists_sources import JAR_COLUMNS, VERSIONS
from apps.plugins.models import MissingClass, Plugin, PluginJar, PluginUse, Trial

MOST_CHILDREN = 200
MOST_VERSIONS = 100
# What definitions say of themselves; other words stay as they are.
STATUSES = {"ready": pgettext_lazy("plugin", "ready"), "released": pgettext_lazy("plugin", "released")}
OPEN = (TrialState.WAITING, TrialState.SAME, TrialState.DIFFERENT)


def overview() -> list[Vital]:
    current = Plugin.objects.filter(current=True).aggregate(
        all=Count("pk"), collect=Count("pk", filter=Q(can_collect=True))
    )
    missing = MissingClass.objects.count()
    absent = PluginUse.objects.filter(loaded=False, listed__gt=0).count()
    waiting = Trial.objects.filter(state__in=OPEN).count()
    return [
        Vital(
            count_text(current["collect"]),
            ngettext(
                "of %s plugin can be collected with here",
                "of %s plugins can be collected with here",
                current["all"],
            )
            % count_text(current["all"]),
            "/plugins/?collect=yes",
        ),
        Vital(
            count_text(missing),
            ngettext("Java class is missing here", "Java classes are missing here", missing),
            "/plugins/missing/",
        ),
        Vital(
            count_text(absent),
            ngettext(
                "plugin that a list names is not loaded", "plugins that lists name are not loaded", absent
            ),
            "/plugins/not-loaded/",
        ),
        Vital(
            count_text(waiting),
            ngettext("newer version waits to be used", "newer versions wait to be used", waiting),
            "/plugins/trials/",
        ),
    ]


def vitals_of(row: Plugin) -> list[Vital]:
    listed, selected = row.listed_count, row.selected_count
    children = Plugin.objects.filter(current=True, parent_id=row.plugin_id).count()
    return [
        Vital(
            count_text(listed),
            ngettext("archival unit of the title lists", "archival units of the title lists", listed),
            f"/plugins/{row.plugin_id}/aus/" if listed else "",
        ),
        Vital(
            count_text(selected),
            ngettext("of them is selected here", "of them are selected here", selected),
            lists.selected_page(row.plugin_id) if selected else "",
        ),
        Vital(
            count_text(row.missing_count),
            ngettext(
                "class is missing that something depends on",
                "classes are missing that something depends on",
                row.missing_count,
            ),
            "#missing" if row.missing_count else "",
        ),
        Vital(
            count_text(children),
            ngettext("plugin inherits from it", "plugins inherit from it", children),
            "#children" if children else "",
        ),
    ]


def sections_of(row: Plugin) -> dict:
    """The short lists of a definition's page; what a definition does not have is not there."""
    definition = services.definition_for(row.plugin_id)
    collection = definition.collection
    versions = (
        Plugin.objects.filter(plugin_id=row.plugin_id)
        .select_related("trial")
        .defer("xml", "findings", "reasons")
    )
    jars = (
        PluginJar.objects.filter(definitions__plugin_id=row.plugin_id)
        .distinct()
        .order_by("-pk")[:MOST_VERSIONS]
    )
    children = Plugin.objects.filter(current=True, parent_id=row.plugin_id).defer(
        "xml", "findings", "reasons"
    )
    newer = Trial.objects.filter(
        plugin__plugin_id=row.plugin_id, plugin__version_number__gte=row.version_number
    )
    trial = newer.filter(state__in=(*OPEN, TrialState.REFUSED))
    return {
        "facts": facts_of(row, definition),
        "collecting": collecting_of(definition),
        "reasons": small_list("reasons", gettext("Code that is not here"), lists.REASONS, classes_of(row)),
        "parameters": small_list(
            "parameters", gettext("Parameters"), lists.PARAMETERS, definition.parameters
        ),
        "rules": small_list("rules", gettext("Crawl rules"), lists.RULES, collection.rules or ()),
        "findings": small_list("findings", gettext("Findings"), lists.FINDINGS, row.findings),
        "versions": small_list(
            "versions",
            gettext("Versions"),
            VERSIONS,
            versions.order_by("-version_number", "-pk")[:MOST_VERSIONS],
        ),
        "jars": small_list("jars", gettext("JARs"), JAR_COLUMNS, jars),
        "children": small_list(
            "children",
            gettext("Children"),
            lists.CHILDREN,
            children.order_by("-listed_count", "-pk")[:MOST_CHILDREN],
        ),
        "trial": trial.select_related("plugin").order_by("-plugin__version_number", "-pk").first(),
    }


def classes_of(row: Plugin) -> list[dict]:
    """The reasons that are a missing class; others are told by the findings, or by the words of what can be done."""
    return [reason for reason in row.reasons if "." in reason["class"]]


def facts_of(row: Plugin, definition: PluginDefinition) -> list[Fact]:
    links = [(link.plugin_id, link.plugin_id) for link in definition.chain[1:]]
    parents = format_html_join(" → ", '<a href="/plugins/{}/"><code>{}</code></a>', links)
    pairs = [
        (gettext("Version"), row.version),
        (gettext("Status"), STATUSES.get(row.status.strip().lower(), row.status)),
        (gettext("Platform"), definition.identification.platform),
        (gettext("Inherits from"), parents),
        (gettext("Loaded from"), shown_address(row.source)),
        (gettext("Notes"), definition.identification.notes[:2000]),
    ]
    return [Fact(term, value) for term, value in pairs if value]


def collecting_of(definition: PluginDefinition) -> list[Fact]:
    """How an AU is collected, in the definition's own terms with the names of parameters where values will stand."""
    collection = definition.collection
    floor = timedelta(milliseconds=settings.NODE.crawl_fetch_floor_ms)
    seconds = int(pause_of(collection.pause, None, floor).total_seconds())
    pairs = [
        (gettext("Its name"), _lines([collection.name] if collection.name else [])),
        (gettext("Begins at"), _lines(collection.start_urls)),
        (gettext("Permission at"), _lines(collection.permission_urls or ())),
        (
            gettext("Pause between two pages"),
            ngettext("%s second or more", "%s seconds or more", seconds) % count_text(seconds),
        ),
        (
            gettext("Collected again"),
            ngettext("after %s day", "after %s days", collection.new_content_interval.days)
            % count_text(collection.new_content_interval.days),
        ),
        (gettext("Asked only"), window_text(collection.window)),
        (gettext("Filtered before copies are compared"), _filters(definition.mime.hash_filters)),
        (gettext("Rules"), gettext("made by code that is not here") if collection.rules_class else ""),
    ]
    return [Fact(term, value) for term, value in pairs if value]


def _filters(found: Mapping[str, str]) -> str:
    return format_html_join(mark_safe("<br>"), "{}: <code>{}</code>", found.items())


def window_text(window: Window | None) -> str:
    """When the publisher may be asked; "" for always."""
    match window:
        case None:
            return ""
        case Daily(days=days) if not days:
            times = {"from": _clock(window.start), "to": _clock(window.end), "zone": window.zone}
            return gettext("from %(from)s to %(to)s (%(zone)s)") % times
        case Always():
            return "" if window.open else gettext("never, its window is closed")
        case _:
            return gettext("at the hours of its window, which combines several rules")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _lines(templates) -> str:
    return format_html_join(mark_safe("<br>"), "<code>{}</code>", [(readable(one),) for one in templates])
