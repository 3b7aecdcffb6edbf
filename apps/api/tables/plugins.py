"""Platform definitions (plugins)."""

from apps.api.choices import Kind
from apps.api.errors import NoSuchTable
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.aus import selected
from apps.api.tables.registry import REPEATED, Asked, status_table
from apps.plugins.models import Plugin

COLUMNS = (
    Column(
        "plugin",
        "Name",
        Kind.STRING,
        lambda one: Reference("PluginDetail", one.plugin_id, one.name or one.plugin_id),
        order="name",
    ),
    Column("version", "Version", Kind.STRING, lambda one: one.version, order="version_number"),
    Column(
        "aus",
        "# AUs",
        Kind.INT,
        lambda one: Reference("AllAuids", one.plugin_id, one.selected_count),
        order="selected_count",
    ),
    Column("type", "Type", Kind.STRING, lambda _one: "Loaded"),
    Column("id", "Plugin ID", Kind.STRING, lambda one: one.plugin_id, order="plugin_id"),
    Column("registry", "Registry", Kind.STRING, lambda one: one.source or None),
)


@status_table("Plugins", "Plugins")
def plugins(asked: Asked) -> StatusTable:
    rows = Plugin.objects.filter(current=True).defer("xml", "findings", "reasons")
    return StatusTable("Plugins", "Plugins", COLUMNS, rows, order="plugin_id")


@status_table("PluginDetail", "Plugin Details", needs_key=True)
def detail(asked: Asked) -> StatusTable:
    """The definition itself is on the portal's page; here its identity and what it is able to do."""
    one = Plugin.objects.filter(plugin_id=asked.key, current=True).defer("xml").first()
    if one is None:
        raise NoSuchTable(f"no plugin here has the id {asked.key[:REPEATED]}")
    yes = {True: "Yes", False: "No"}
    rows = [
        ("plugin_identifier", one.plugin_id),
        ("plugin_name", one.name),
        ("plugin_version", one.version),
        ("plugin_parent", one.parent_id),
        ("plugin_status", one.status),
        ("sha256", one.sha256),
        ("can collect", yes[one.can_collect]),
        ("can poll", yes[one.can_poll]),
    ]
    return StatusTable(
        "PluginDetail",
        f"Plugin {one.name or one.plugin_id}",
        (
            Column("key", "Key", Kind.STRING, lambda row: row[0]),
            Column("val", "Val", Kind.STRING, lambda row: row[1]),
        ),
        [row for row in rows if row[1]],
        key=one.plugin_id,
        summary=[Summary("# AUs", Kind.INT, Reference("AllAuids", one.plugin_id, one.selected_count))],
    )


@status_table("AllAuids", "AUs of plugin", needs_key=True)
def auids(asked: Asked) -> StatusTable:
    return StatusTable(
        "AllAuids",
        f"AUs of {asked.key[:REPEATED]}",
        (
            Column("name", "AU Name", Kind.STRING, words.au_link, order="name_key"),
            Column("auid", "AU Id", Kind.STRING, lambda au: au.auid, order="auid"),
        ),
        selected().filter(plugin_id=asked.key),
        key=asked.key,
        order="name_key",
    )
