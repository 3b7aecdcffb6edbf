"""Takes in definition files: each text once, the highest version current, abilities of it and its children anew."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.findings import record_finding, resolve_findings
from apps.common.text import storable
from apps.lockss.plugin.findings import Finding
from apps.lockss.plugin.identity import plugin_id_of_path, version_number
from apps.lockss.plugin.xmlmap import RawMap, parse_map
from apps.plugins import samples
from apps.plugins.choices import HELD_BACK, TrialState
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.models import Plugin, Trial
from apps.plugins.services import trials
from apps.plugins.services.definitions import descendants_of
from apps.plugins.services.judging import refresh_abilities
from apps.plugins.services.using import alone, use_version

REFUSED = "plugin-file-refused"
LONGEST_ID = 500


@dataclass(slots=True)
class Loaded:
    """What became of each file, by plugin id or path. ``refused``: path and why; ``waiting``: ids with a version that is
    tried before it is used; ``rows``: keys of the rows that hold the texts; ``signature``: of the JAR they came in.
    """

    added: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    signature: str = ""


def load_plugin_files(
    files: Iterable[tuple[str, bytes]], *, source: str = "", user: User | None = None
) -> Loaded:
    """Take in pairs of (resource path, bytes). What is no definition is told in ``refused``, the rest goes in."""
    done = Loaded()
    with transaction.atomic():
        alone()
        rows = _take_all(files, source, done)
        done.rows = [row.pk for row in rows]
        touched = {row.plugin_id for row in rows}
        for plugin_id in sorted(touched):
            if not _choose_current(plugin_id, user) and _waits(plugin_id):
                done.waiting.append(plugin_id)
        refresh_abilities(touched)
    return done


def _waits(plugin_id: str) -> bool:
    return Trial.objects.filter(plugin__plugin_id=plugin_id, state=TrialState.WAITING).exists()


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


def _choose_current(plugin_id: str, user: User | None) -> bool:
    """The highest version; of equal ones the one that was loaded last. Whether another text is in use now.

    Where pages are stored, a newer one waits until it was tried on them (``trials``).
    """
    rows = Plugin.objects.filter(plugin_id=plugin_id)
    before = rows.filter(current=True).first()
    best = rows.exclude(trial__state__in=HELD_BACK).order_by("-version_number", "-updated_at", "-pk").first()
    if best is None or (before is not None and before.pk == best.pk):
        return False
    if before is not None and samples.stored_by(descendants_of({plugin_id})):
        trials.begin_trial(plugin=best, against=before)
        return False
    use_version(plugin=best, user=user)
    return True


def override_collecting(*, plugin: Plugin, allowed: bool, user: User, text: str = "") -> Plugin:
    """A person who knows the publisher lets this version collect without some code, or takes that back.

    What is so already stays so. ``text``: digest of the definition that was shown. PluginError where another one is in
    use by now, or where no person may: a permission or login check is missing, or the definition cannot be used.
    """
    with transaction.atomic():
        alone()
        row = Plugin.objects.select_for_update().get(pk=plugin.pk)
        if not row.current or (text and text != row.sha256):
            raise PluginError(
                PluginCode.OLD_FORM,
                "Another version of this plugin is in use since the page was shown. Look again.",
            )
        if allowed and not row.collect_overridable:
            raise PluginError(
                PluginCode.NOT_OVERRIDABLE,
                "What is missing protects the publisher or the content: nobody may do without it.",
            )
        if row.collect_override == allowed:
            return row
        row.collect_override = allowed
        row.save(update_fields=["collect_override", "updated_at"])
        refresh_abilities({row.plugin_id})
        audit(
            user=user,
            action="plugins.override-collecting",
            subject=f"plugin:{row.plugin_id}",
            before={"allowed": not allowed},
            after={"allowed": allowed, "version": row.version},
        )
    row.refresh_from_db()
    return row
