"""Two texts of one definition side by side, key by key, as people read them."""

from dataclasses import dataclass

from apps.lockss.plugin.template import Template, conversion_pieces
from apps.lockss.plugin.xmlmap import Marker, RawMap, Value, parse_map
from apps.lockss.plugin.xmltree import Node


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """``before`` or ``after`` None: that version does not have the key."""

    key: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None


def key_differences(before: bytes, after: bytes) -> tuple[KeyDifference, ...]:
    """Keys whose values differ, in the order of the newer text, then those that are gone."""
    old, new = _lines_of(before), _lines_of(after)
    return tuple(
        KeyDifference(key, old.get(key), new.get(key))
        for key in dict.fromkeys((*new, *old))
        if old.get(key) != new.get(key)
    )


def _lines_of(data: bytes) -> dict[str, tuple[str, ...]]:
    raw, _findings = parse_map(data)
    return {} if raw is None else {key: tuple(_said(entry.value)) for key, entry in raw.entries.items()}


def _said(value: Value) -> list[str]:
    """A value as lines: an item of a list, a pair of a map, a field of an object each on its own."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int):
        return [str(value)]
    if isinstance(value, Marker):
        return [f"({value.name.lower()})"]
    if isinstance(value, RawMap):
        return [f"{key}: {line}" for key, entry in value.entries.items() for line in _said(entry.value)]
    if isinstance(value, Node):
        return [_of_node(value)]
    return [line for each in value for line in _said(each)]


def _of_node(node: Node) -> str:
    name = node.tag.rpartition(".")[2]
    if not node.children:
        return f"{name} {node.text.strip()}".strip()
    return f"{name} ({', '.join(_of_node(child) for child in node.children)})"


def readable(template: Template) -> str:
    """A template with its parameters' names where their values will stand: ``{base_url}lockss.php?year={year}``."""
    if not template.arguments:
        return template.format
    names = iter([argument.source for argument in template.arguments])
    pieces = (
        f"{{{next(names, '?')}}}" if taken else text for text, taken in conversion_pieces(template.format)
    )
    return "".join(pieces)
