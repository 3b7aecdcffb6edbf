"""The map format of definitions: keys and values out of elements (plugins §2).

A value is text, number, boolean, list, map, one of two markers, or a serialised object left as its element for
whoever knows its class. Whatever cannot be read becomes a finding and the rest of the map goes on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from apps.lockss.plugin.findings import DefinitionCode, Finding, Place, clip, error, warning
from apps.lockss.plugin.xmltree import DEFAULT_LIMITS, Node, XmlLimits, parse_tree


class Marker(Enum):
    """``DEFAULT``: forget what was inherited. ``NONE``: explicitly none, not even the built-in one."""

    DEFAULT = "org.lockss.util.Default"
    NONE = "org.lockss.util.None"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and where its key stands."""

    value: "Value"
    place: Place


@dataclass(frozen=True, slots=True)
class RawMap:
    """A map in the order of the file; of keys that come twice the last."""

    entries: Mapping[str, Entry]

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def get(self, key: str) -> "Value | None":
        entry = self.entries.get(key)
        return None if entry is None else entry.value


Value = str | int | bool | tuple["Value", ...] | RawMap | Marker | Node
"""What can stand behind a key."""

_MAPS = frozenset({"map", "linked-hash-map", "tree-map"})
_LISTS = frozenset({"list", "linked-list", "vector", "java.util.ArrayList"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_RANGES = {"int": 31, "long": 63, "short": 15}
_MARKERS = {marker.value: marker for marker in Marker}


def parse_map(
    data: bytes, plugin_id: str = "", limits: XmlLimits = DEFAULT_LIMITS
) -> tuple[RawMap | None, tuple[Finding, ...]]:
    """The map of one file, None where the file is no map at all, and what was noticed."""
    root = parse_tree(data, plugin_id, limits)
    if isinstance(root, Finding):
        return None, (root,)
    if root.tag == "Elements":
        return None, (
            error(DefinitionCode.OBSOLETE_FORMAT, "the old <Elements> format is no longer read", root.place),
        )
    if root.tag not in _MAPS:
        return None, (
            error(DefinitionCode.NOT_A_MAP, f"expected <map>, found <{clip(root.tag)}>", root.place),
        )
    findings: list[Finding] = []
    return _read_map(root, findings), tuple(findings)


def _read_map(node: Node, findings: list[Finding]) -> RawMap:
    entries: dict[str, Entry] = {}
    for child in node.children:
        if child.tag != "entry" or len(child.children) < 2 or child.children[0].tag != "string":
            findings.append(
                warning(DefinitionCode.BAD_ENTRY, "expected <entry> with <string> and a value", child.place)
            )
            continue
        key = child.children[0].text.strip()
        if (ignored := len(child.children) - 2) > 0:
            # Deployed readers take the second element and pass over the rest.
            message = f"one value expected, {ignored} more ignored: a <list> is missing around them"
            findings.append(warning(DefinitionCode.BAD_ENTRY, message, child.place, key))
        value = read_value(child.children[1], findings)
        if value is None:
            continue
        if key in entries:
            findings.append(
                warning(DefinitionCode.DUPLICATE_KEY, "comes twice; the last one counts", child.place, key)
            )
            # Last in value and in place.
            del entries[key]
        entries[key] = Entry(value, child.children[0].place)
    return RawMap(MappingProxyType(entries))


def read_value(node: Node, findings: list[Finding]) -> Value | None:
    """The value of an element; None, and a finding, for what cannot be one."""
    if node.tag == "string":
        return node.text
    if node.tag in _RANGES:
        return _read_integer(node, findings)
    if node.tag == "boolean":
        text = node.text.strip().lower()
        if text in {"true", "false"}:
            return text == "true"
        findings.append(
            warning(DefinitionCode.BAD_BOOLEAN, f"expected true or false, found {clip(text)!r}", node.place)
        )
        return None
    if node.tag in _MAPS:
        return _read_map(node, findings)
    if node.tag in _LISTS:
        values = (read_value(child, findings) for child in node.children)
        return tuple(value for value in values if value is not None)
    return _MARKERS.get(node.tag, node)


def _read_integer(node: Node, findings: list[Finding]) -> int | None:
    text = node.text.strip()
    bits = _RANGES[node.tag]
    if _INTEGER.fullmatch(text) is not None and -(1 << bits) <= int(text) < 1 << bits:
        return int(text)
    findings.append(
        warning(DefinitionCode.BAD_NUMBER, f"expected <{node.tag}>, found {clip(text)!r}", node.place)
    )
    return None
