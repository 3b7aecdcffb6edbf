"""A platform definition from its files: loaded whole, or with precise findings of what is missing (plugins §1–§9)."""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from apps.lockss.plugin.au_params import ParamScope
from apps.lockss.plugin.findings import DefinitionCode, Finding, clip, note, warning
from apps.lockss.plugin.inherit import Load, Merged, merge
from apps.lockss.plugin.keys import KEYS, OBSOLETE_NAMES, OVERRIDE_SUFFIX, Kind, mime_key, near_miss
from apps.lockss.plugin.model import PluginDefinition
from apps.lockss.plugin.read_collection import read_collection
from apps.lockss.plugin.read_parts import (
    read_access,
    read_identification,
    read_mime,
    read_parameters,
    read_validation,
)
from apps.lockss.plugin.values import Values
from apps.lockss.plugin.xmlmap import Entry, RawMap
from apps.lockss.plugin.xmltree import DEFAULT_LIMITS, XmlLimits

_MAX_SUGGESTIONS = 20
_CLASS_KEYS = tuple(key for key, spec in KEYS.items() if spec.kind is Kind.CLASS)


def load_definition(
    plugin_id: str, load: Load, *, testing_mode: str = "", limits: XmlLimits = DEFAULT_LIMITS
) -> PluginDefinition:
    """The definition of a plugin id; ``load`` gives the file of an id, parents included.

    Never raises for what a file holds: ``usable`` tells whether AUs can be made of it, ``findings`` why not.
    """
    merged = merge(plugin_id, load, testing_mode=testing_mode, limits=limits)
    if merged.entries is None:
        return PluginDefinition(plugin_id, chain=merged.chain, findings=merged.findings)
    return _read(plugin_id, merged, merged.entries)


def _read(plugin_id: str, merged: Merged, raw: RawMap) -> PluginDefinition:
    values = Values(raw)
    parameters = read_parameters(values)
    values.scope = ParamScope.of(parameters)
    values.own_functions = "au_param_functor" in raw
    definition = PluginDefinition(
        plugin_id,
        identification=read_identification(values),
        parameters=parameters,
        collection=read_collection(values),
        validation=read_validation(values),
        access=read_access(values),
        mime=read_mime(values),
        classes=MappingProxyType({key: name for key in _CLASS_KEYS if (name := values.class_name(key))}),
        chain=merged.chain,
    )
    findings = (*merged.findings, *values.findings, *_unknown_keys(raw), *_oddities(definition, values))
    return replace(definition, findings=_ordered(findings))


def _ordered(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Each finding once, in the order in which they were made."""
    return tuple(dict.fromkeys(findings))


def _unknown_keys(raw: RawMap) -> Iterator[Finding]:
    """Keys that nothing reads, those inside override maps included."""
    suggestions = 0
    for key, entry in _all_entries(raw):
        if key in KEYS or key in OBSOLETE_NAMES or mime_key(key) is not None:
            continue
        close = None
        if suggestions < _MAX_SUGGESTIONS and len(key) < 100:
            suggestions += 1
            close = near_miss(key)
        message = "no known key" if close is None else f"no known key; {close} meant?"
        yield warning(DefinitionCode.UNKNOWN_KEY, message, entry.place, clip(key))


def _all_entries(raw: RawMap) -> Iterator[tuple[str, Entry]]:
    for key, entry in raw.entries.items():
        if key.endswith(OVERRIDE_SUFFIX) and isinstance(entry.value, RawMap):
            yield from entry.value.entries.items()
        else:
            yield key, entry


def _oddities(definition: PluginDefinition, values: Values) -> Iterator[Finding]:
    stated = definition.identification.stated_identifier
    if (
        stated
        and stated != definition.plugin_id
        and values.place("plugin_identifier").plugin_id
        in {
            "",
            definition.plugin_id,
        }
    ):
        yield note(
            DefinitionCode.OTHER_IDENTIFIER,
            f"says {clip(stated)}; the file's path counts",
            values.place("plugin_identifier"),
            "plugin_identifier",
        )
    if not definition.collection.start_urls and "plugin_crawl_seed_factory" not in definition.classes:
        yield warning(DefinitionCode.NO_START_URL, "nothing to begin a crawl with", key="au_start_url")
