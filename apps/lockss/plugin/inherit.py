"""One definition out of a chain of files: overrides, parents, defaults, old names (plugins §3)."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from apps.lockss.plugin.findings import DefinitionCode, Finding, Place, clip, error, note, warning
from apps.lockss.plugin.keys import OBSOLETE_NAMES, OVERRIDE_SUFFIX
from apps.lockss.plugin.xmlmap import Entry, Marker, RawMap, parse_map
from apps.lockss.plugin.xmltree import DEFAULT_LIMITS, XmlLimits

Load = Callable[[str], bytes | None]
"""The file of a plugin id on the class path it shares with its child; None where there is none."""

MAX_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Link:
    """One file of a chain and the version it states."""

    plugin_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Merged:
    """``entries`` as they hold for the child; None where the chain is broken. ``chain`` begins with the child."""

    entries: RawMap | None
    chain: tuple[Link, ...]
    findings: tuple[Finding, ...]


def merge(
    plugin_id: str, load: Load, *, testing_mode: str = "", limits: XmlLimits = DEFAULT_LIMITS
) -> Merged:
    """The definition of ``plugin_id`` with everything it inherits; whole values only, never parts of them."""
    entries: dict[str, Entry] = {}
    chain: list[Link] = []
    findings: list[Finding] = []
    current, child_entry, wanted = plugin_id, None, ""
    while True:
        raw = _load_one(current, child_entry, load, limits, findings)
        if raw is None:
            return Merged(None, tuple(chain), tuple(findings))
        version = _text(raw, "plugin_version") or "1"
        if child_entry is not None and wanted and wanted != (_text(raw, "plugin_version") or ""):
            message = f"version {clip(wanted)} of {current} expected, found {clip(version)}"
            place, key = child_entry.place, "plugin_parent_version"
            findings.append(warning(DefinitionCode.PARENT_VERSION, message, place, key))
        chain.append(Link(current, version))
        own = _overridden(raw, testing_mode, findings)
        for key, entry in own.items():
            entries.setdefault(key, entry)
        child_entry = own.get("plugin_parent")
        if child_entry is None:
            break
        wanted = _text(RawMap(own), "plugin_parent_version") or ""
        parent = child_entry.value
        if not isinstance(parent, str) or not parent.strip():
            findings.append(
                error(DefinitionCode.WRONG_TYPE, "expected a plugin id", child_entry.place, "plugin_parent")
            )
            return Merged(None, tuple(chain), tuple(findings))
        current = parent.strip()
        if current in {link.plugin_id for link in chain} or len(chain) >= MAX_CHAIN:
            steps = " -> ".join([*(link.plugin_id for link in chain), current])
            findings.append(
                error(DefinitionCode.PARENT_LOOP, clip(steps, 400), child_entry.place, "plugin_parent")
            )
            return Merged(None, tuple(chain), tuple(findings))
    return Merged(_finished(entries, findings), tuple(chain), tuple(findings))


def _load_one(
    plugin_id: str, child_entry: Entry | None, load: Load, limits: XmlLimits, findings: list[Finding]
) -> RawMap | None:
    data = load(plugin_id)
    if data is not None:
        raw, found = parse_map(data, plugin_id, limits)
        findings.extend(found)
        return raw
    if child_entry is None:
        findings.append(
            error(DefinitionCode.NOT_FOUND, "no file of this plugin id", Place(plugin_id=plugin_id))
        )
    else:
        findings.append(
            error(
                DefinitionCode.PARENT_MISSING,
                f"parent {clip(plugin_id)} not found",
                child_entry.place,
                "plugin_parent",
            )
        )
    return None


def _text(raw: RawMap, key: str) -> str | None:
    value = raw.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _overridden(raw: RawMap, testing_mode: str, findings: list[Finding]) -> dict[str, Entry]:
    """One file's own entries, those of its testing mode's map in place of others."""
    own = dict(raw.entries)
    entry = own.get(testing_mode + OVERRIDE_SUFFIX) if testing_mode else None
    if entry is None:
        return own
    if not isinstance(entry.value, RawMap):
        key = testing_mode + OVERRIDE_SUFFIX
        findings.append(warning(DefinitionCode.WRONG_TYPE, "expected a map", entry.place, key))
        return own
    return {**own, **entry.value.entries}


def _finished(entries: dict[str, Entry], findings: list[Finding]) -> RawMap:
    kept = {key: entry for key, entry in entries.items() if entry.value is not Marker.DEFAULT}
    for old, new in OBSOLETE_NAMES.items():
        if old in kept:
            # The old name wins even over a child's new one: so it is deployed.
            replaced = f" and replaces {new}" if new in kept else ""
            findings.append(
                note(DefinitionCode.OBSOLETE_KEY, f"old name of {new}{replaced}", kept[old].place, old)
            )
            kept[new] = kept.pop(old)
    return RawMap(MappingProxyType(kept))
