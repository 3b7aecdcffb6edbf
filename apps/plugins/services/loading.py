"""Takes in definition files: each text once, the highest version current, abilities of it and its children anew."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.findings import record_finding, resolve_findings
from apps.common.text import storable
from apps.lockss.plugin.findings import Finding
from apps.lockss.plugin.identity import plugin_id_of_path, version_number
from apps.lockss.plugin.xmlmap import RawMap, parse_map
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.models import Plugin
from apps.plugins.services.definitions import abilities_for
from apps.plugins.sources import read_place

# "PLUG" in ASCII.
LOCK = 0x504C5547
REFUSED = "plugin-file-refused"
LONGEST_ID = 500
MOST_FINDINGS = 200


@dataclass(slots=True)
class Loaded:
    """What became of each file, by plugin id or path. ``refused``: path and why."""

    added: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def load_plugin_folder(path: Path, *, user: User | None = None) -> Loaded:
    """Every definition below a folder whose subfolders are packages (``org/…``), in a JAR or ZIP, or one file.

    PluginError when the place cannot be read at all.
    """
    return load_plugin_files(read_place(path), source=str(path), user=user)


def load_plugin_files(
    files: Iterable[tuple[str, bytes]], *, source: str = "", user: User | None = None
) -> Loaded:
    """Take in pairs of (resource path, bytes). What is no definition is told in ``refused``, the rest goes in."""
    done = Loaded()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
        touched = {row.plugin_id for row in _take_all(files, source, done)}
        for plugin_id in sorted(touched):
            _choose_current(plugin_id, user)
        refresh_abilities(touched)
    return done


def _take_all(files: Iterable[tuple[str, bytes]], source: str, done: Loaded) -> list[Plugin]:
    rows = []
    for path, data in files:
        row = _take(path, data, source, done)
        if row is not None:
            rows.append(row)
            resolve_findings(subject=f"plugin:{row.plugin_id}", codes=[REFUSED])
    return rows


def _take(path: str, data: bytes, source: str, done: Loaded) -> Plugin | None:
    plugin_id = plugin_id_of_path(path)
    raw, findings = parse_map(data, plugin_id or "")
    refusal = _refusal(plugin_id, raw, findings)
    if plugin_id is None or raw is None or refusal:
        done.refused.append((storable(path, 300), refusal))
        record_finding(
            code=REFUSED,
            subject=f"plugin:{plugin_id or path}",
            message=refusal,
            app="plugins",
            place=f"{source}: {path}",
        )
        return None
    version = _text(raw, "plugin_version") or "1"
    digest = hashlib.sha256(data).hexdigest()
    row, made = Plugin.objects.get_or_create(
        plugin_id=plugin_id,
        sha256=digest,
        defaults={
            "version": storable(version, 100),
            "version_number": version_number(version),
            "name": storable(_text(raw, "plugin_name"), 300),
            "parent_id": storable(_text(raw, "plugin_parent"), LONGEST_ID).strip(),
            "status": storable(_text(raw, "plugin_status"), 100),
            "source": storable(source, 500),
            "xml": data,
            "current": False,
        },
    )
    (done.added if made else done.unchanged).append(plugin_id)
    if not made:
        # Of equal versions the one loaded last counts.
        row.save(update_fields=["updated_at"])
    return row


def _refusal(plugin_id: str | None, raw: RawMap | None, findings: tuple[Finding, ...]) -> str:
    if plugin_id is None or len(plugin_id) > LONGEST_ID or plugin_id != storable(plugin_id):
        return "its path makes no plugin id"
    if raw is None:
        return str(findings[0]) if findings else "it is no definition"
    if not any(
        key in raw for key in ("plugin_identifier", "plugin_name", "plugin_parent", "plugin_config_props")
    ):
        return "it is a map, but none of a plugin's"
    return ""


def _text(raw: RawMap, key: str) -> str:
    value = raw.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _choose_current(plugin_id: str, user: User | None) -> None:
    """The highest version; of equal ones the one that was loaded last."""
    rows = Plugin.objects.filter(plugin_id=plugin_id)
    before = rows.filter(current=True).first()
    best = rows.order_by("-version_number", "-updated_at", "-pk").first()
    if best is None or (before is not None and before.pk == best.pk):
        return
    rows.filter(current=True).update(current=False)
    rows.filter(pk=best.pk).update(current=True)
    audit(
        user=user,
        action="plugins.load",
        subject=f"plugin:{plugin_id}",
        before={"version": before.version, "sha256": before.sha256} if before else None,
        after={"version": best.version, "sha256": best.sha256, "source": best.source},
    )


def refresh_abilities(plugin_ids: set[str]) -> None:
    """Judge current definitions anew, and all that inherit from them."""
    waiting, seen = set(plugin_ids), set()
    while waiting:
        seen |= waiting
        children = Plugin.objects.filter(current=True, parent_id__in=waiting).exclude(plugin_id__in=seen)
        waiting = set(children.values_list("plugin_id", flat=True)) - seen
    for row in Plugin.objects.filter(current=True, plugin_id__in=seen):
        _judge(row)


def _judge(row: Plugin) -> None:
    found = abilities_for(row.plugin_id)
    core = found.core
    reasons = [
        {"capability": name, "key": r.key, "class": r.missing, "effect": r.blocks, "policy": r.policy.value}
        for name, ability in (
            ("collect", core.collect),
            ("poll", core.poll),
            ("extract", core.extract_metadata),
        )
        for r in ability.reasons
    ]
    findings = [
        {
            "code": f.code.value,
            "severity": f.severity.value,
            "key": storable(f.key, 200),
            "place": storable(f.place, 300),
            "message": storable(f.message, 500),
        }
        for f in found.definition.findings[:MOST_FINDINGS]
    ]
    Plugin.objects.filter(pk=row.pk).update(
        name=storable(found.definition.name, 300),
        usable=core.usable,
        can_collect=found.can_collect,
        collect_overridable=core.collect.can == "overridable",
        can_poll=found.can_poll,
        can_extract=found.can_extract,
        reasons=reasons,
        findings=findings,
    )


def override_collecting(*, plugin: Plugin, allowed: bool, user: User) -> Plugin:
    """A person who knows the publisher lets this version collect without some code, or takes that back.

    PluginError where no person may: a permission or login check is missing, or the definition cannot be used.
    """
    if allowed and not plugin.collect_overridable:
        raise PluginError(
            PluginCode.NOT_OVERRIDABLE,
            "What is missing protects the publisher or the content: nobody may do without it.",
        )
    with transaction.atomic():
        before = plugin.collect_override
        plugin.collect_override = allowed
        plugin.save(update_fields=["collect_override", "updated_at"])
        refresh_abilities({plugin.plugin_id})
        audit(
            user=user,
            action="plugins.override-collecting",
            subject=f"plugin:{plugin.plugin_id}",
            before={"allowed": before},
            after={"allowed": allowed, "version": plugin.version},
        )
    plugin.refresh_from_db()
    return plugin
