"""The lists of plugins: themselves, what is missing, what is odd in the text, what they ask for and collect."""

from urllib.parse import quote

from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.lists import Cell, Column, Exact, Flag, Search, Table, cells
from apps.common.pages import Empty
from apps.common.stored import retold
from apps.common.words import Tone, Word
from apps.lockss.plugin.javaclasses import Policy
from apps.lockss.plugin.rules import RuleCode
from apps.lockss.plugin.versions import readable
from apps.plugins.models import Plugin
from apps.plugins.words import CAN, CANNOT, OVERRIDDEN, SILENT, UNUSABLE


def collect_word(plugin: Plugin) -> Word:
    if not plugin.usable:
        return UNUSABLE
    if plugin.can_collect and plugin.collect_override:
        return OVERRIDDEN
    return CAN if plugin.can_collect else CANNOT


def _name(plugin: Plugin) -> Cell:
    """The id in the face that may be broken anywhere: it is long and has no blanks."""
    markup = format_html(
        '<a href="/plugins/{0}/">{1}</a><span class="note"><code>{0}</code></span>',
        plugin.plugin_id,
        plugin.name,
    )
    return Cell(markup, plugin.plugin_id)


def _able(plugin: Plugin, can: bool, otherwise: Word) -> Cell:
    if not plugin.usable:
        return Cell(cells.text("–").html, "")
    return cells.status(CAN if can else otherwise)


def listed(plugin_id: str, number: int) -> Cell:
    """AUs of the title lists, leading to them."""
    return cells.count(number, f"/plugins/{plugin_id}/aus/" if number else "")


def selected(plugin_id: str, number: int) -> Cell:
    """Of what is selected; what was deactivated is not, though its plugin stays."""
    return cells.count(number, selected_page(plugin_id) if number else "")


def selected_page(plugin_id: str) -> str:
    return f"/aus/?plugin={quote(plugin_id)}&rung=selected"


PLUGINS = Table(
    name="plugins",
    caption=_("Plugins"),
    columns=(
        Column(
            "name",
            _("Plugin"),
            _name,
            sort="plugin_id",
        ),
        Column("version", _("Version"), lambda p: p.version, priority=2),
        Column("collect", _("Collect"), lambda p: cells.status(collect_word(p))),
        Column("poll", _("Vote"), lambda p: _able(p, p.can_poll, CANNOT), priority=2),
        Column("extract", _("Metadata"), lambda p: _able(p, p.can_extract, SILENT), priority=3),
        Column(
            "missing",
            _("Code missing"),
            lambda p: cells.count(p.missing_count),
            sort="missing_count",
            numeric=True,
            priority=3,
            descending_first=True,
        ),
        Column(
            "listed",
            _("Units"),
            lambda p: listed(p.plugin_id, p.listed_count),
            sort="listed_count",
            numeric=True,
            descending_first=True,
        ),
        Column(
            "selected",
            _("Selected"),
            lambda p: selected(p.plugin_id, p.selected_count),
            sort="selected_count",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
    ),
    filters=(
        Flag("collect", _("Can collect"), Q(can_collect=True)),
        Flag("poll", _("Can vote"), Q(can_poll=True)),
        Flag("usable", _("Usable"), Q(usable=True)),
        Flag("aus", _("Has units"), Q(listed_count__gt=0)),
        Flag("selected", _("Has selected units"), Q(selected_count__gt=0)),
        Flag("complete", _("All code is here"), Q(missing_count=0)),
        Exact("missing", _("Misses"), "needs__class_name"),
    ),
    search=Search(("name", "plugin_id"), label=_("Name or id")),
    sort="name",
    noun=lambda n: ngettext("plugin", "plugins", n),
    empty=Empty(
        _("No plugin is loaded"),
        _(
            "A plugin tells how the pages of a publishing platform are collected and compared. "
            "A network administrator loads the plugins of the network here."
        ),
    ),
)

POLICIES = {
    Policy.REFUSE: (Tone.HARM, _("Never without it")),
    Policy.NO_CRAWL: (Tone.CARE, _("Not collected")),
    Policy.NO_VOTE: (Tone.CARE, _("No votes")),
    Policy.PROCEED: (Tone.IDLE, _("Goes on")),
}
CAPABILITIES = {"collect": _("collecting"), "poll": _("voting"), "extract": _("metadata")}


def _policy(reason: dict) -> Cell:
    tone, label = POLICIES.get(reason["policy"], POLICIES[Policy.PROCEED])
    return cells.toned(tone, str(label))


def class_link(class_name: str) -> Cell:
    """A class, leading to all definitions that miss it."""
    return cells.code(class_name, f"/plugins/?missing={quote(class_name)}")


REASONS = (
    Column("class", _("Java class"), lambda r: class_link(r["class"])),
    Column("key", _("Key"), lambda r: cells.code(r["key"]), priority=2),
    Column("for", _("For"), lambda r: str(CAPABILITIES.get(r["capability"], r["capability"])), priority=3),
    Column("policy", _("What follows"), _policy),
    Column("effect", _("Because"), lambda r: retold(r["effect"]), priority=2),
)
SEVERITIES = {
    "error": (Tone.HARM, _("Error")),
    "warning": (Tone.CARE, _("Warning")),
    "note": (Tone.IDLE, _("Note")),
}


def _severity(finding: dict) -> Cell:
    tone, label = SEVERITIES.get(finding["severity"], SEVERITIES["note"])
    return cells.toned(tone, str(label))


FINDINGS = (
    Column("severity", _("How bad"), _severity),
    Column("message", _("What was found"), lambda f: cells.text(retold(f["message"]), f["code"])),
    Column("key", _("Key"), lambda f: cells.code(f["key"]) if f["key"] else "", priority=2),
    Column("place", _("Place"), lambda f: cells.code(f["place"]) if f["place"] else "", priority=3),
)
PARAMETERS = (
    Column("key", _("Parameter"), lambda p: cells.code(p.key)),
    Column("label", _("Name"), lambda p: cells.text(p.label, p.description), priority=2),
    Column("type", _("Type"), lambda p: p.type.name.lower().replace("_", " ")),
    Column(
        "identity", _("Part of the identity"), lambda p: gettext("yes") if p.definitional else gettext("no")
    ),
)

_RULES = {
    RuleCode.MATCH_INCLUDE: _("Collect what matches"),
    RuleCode.MATCH_EXCLUDE: _("Leave out what matches"),
    RuleCode.NO_MATCH_INCLUDE: _("Collect what does not match"),
    RuleCode.NO_MATCH_EXCLUDE: _("Leave out what does not match"),
    RuleCode.MATCH_INCLUDE_ELSE_EXCLUDE: _("Collect what matches, leave out the rest"),
    RuleCode.MATCH_EXCLUDE_ELSE_INCLUDE: _("Leave out what matches, collect the rest"),
}
RULES = (
    Column("rule", _("What is done"), lambda r: str(_RULES[r.code])),
    Column("pattern", _("Pattern of an address"), lambda r: cells.code(readable(r.template))),
)
CHILDREN = (
    Column("name", _("Plugin"), _name),
    Column("version", _("Version"), lambda p: p.version, priority=2),
    Column("collect", _("Collect"), lambda p: cells.status(collect_word(p)), priority=2),
    Column("listed", _("Units"), lambda p: listed(p.plugin_id, p.listed_count), numeric=True),
)
