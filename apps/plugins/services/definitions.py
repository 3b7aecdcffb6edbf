"""Definitions out of rows, parents included. Read once per text: the cache is keyed by the digests of the chain."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember
from apps.lockss.plugin.capabilities import Can, Capabilities, Reason, capabilities
from apps.lockss.plugin.definition import load_definition
from apps.lockss.plugin.findings import Severity
from apps.lockss.plugin.inherit import MAX_CHAIN
from apps.lockss.plugin.javaclasses import Policy
from apps.lockss.plugin.model import PluginDefinition
from apps.plugins.models import Plugin

Chain = tuple[tuple[str, str], ...]
_BLOCKING = frozenset({Policy.NO_CRAWL, Policy.REFUSE})

# Kept in rows, and said again to whoever reads them.
NOT_LOADED = _("Its plugin %s is not loaded on this node.")
NOT_USABLE = _("Its plugin %(plugin)s cannot be used: %(fault)s.")
CODE_MISSING = _("Its plugin needs code that this node does not have: %s.")
VOTES_WRONG = _("Without code that this node does not have its votes would be wrong: %s.")
remember(NOT_LOADED, NOT_USABLE, CODE_MISSING, VOTES_WRONG)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What this node can do with a plugin's AUs. ``overridden``: a person lets it collect without some code."""

    definition: PluginDefinition
    core: Capabilities
    overridden: bool = False

    @property
    def loaded(self) -> bool:
        return bool(self.definition.chain)

    @property
    def can_collect(self) -> bool:
        return self.core.collect.allowed(overridden=self.overridden)

    @property
    def can_poll(self) -> bool:
        return self.core.poll.can is Can.YES

    @property
    def can_extract(self) -> bool:
        return self.core.extract_metadata.can is Can.YES

    @property
    def problem(self) -> str:
        """Why nothing at all can be done with it; empty: something can."""
        if not self.loaded:
            return NOT_LOADED % self.definition.plugin_id
        if self.core.usable:
            return ""
        fault = next(f for f in self.definition.findings if f.severity is Severity.ERROR)
        return NOT_USABLE % {"plugin": self.definition.plugin_id, "fault": fault.message}

    @property
    def why_not_collect(self) -> str:
        if self.problem or self.can_collect:
            return self.problem
        missing = [reason for reason in self.core.collect.reasons if reason.policy in _BLOCKING]
        return CODE_MISSING % _said(missing)

    @property
    def why_not_poll(self) -> str:
        if self.problem or self.can_poll:
            return self.problem
        return VOTES_WRONG % _said(self.core.poll.reasons)


def _said(reasons) -> str:
    shown: list[Reason] = list(reasons)[:3]
    more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(f"{r.missing.rpartition('.')[2]} ({r.blocks})" for r in shown) + more


def definition_for(plugin_id: str) -> PluginDefinition:
    """The current definition; of one that is not loaded the finding says so, and it is not ``usable``."""
    return _definition(plugin_id, chain_of(plugin_id))


def abilities_for(plugin_id: str) -> Abilities:
    chain = chain_of(plugin_id)
    definition = _definition(plugin_id, chain)
    overridden = (
        Plugin.objects.filter(plugin_id=plugin_id, current=True, collect_override=True).exists()
        if chain
        else False
    )
    return Abilities(definition, _capabilities(plugin_id, chain), overridden)


def definition_with(plugin_id: str, version: Plugin) -> PluginDefinition:
    """The definition as it would be if ``version`` were the one in use of its own id."""
    return _definition(plugin_id, chain_of(plugin_id, version))


def capabilities_with(plugin_id: str, version: Plugin) -> Capabilities:
    return _capabilities(plugin_id, chain_of(plugin_id, version))


def descendants_of(plugin_ids: set[str]) -> set[str]:
    """These ids and all whose current definitions inherit from them, at any distance."""
    waiting, seen = set(plugin_ids), set()
    while waiting:
        seen |= waiting
        children = Plugin.objects.filter(current=True, parent_id__in=waiting).exclude(plugin_id__in=seen)
        waiting = set(children.values_list("plugin_id", flat=True)) - seen
    return seen


def chain_of(plugin_id: str, instead: Plugin | None = None) -> Chain:
    """(id, SHA-256) of the current texts a definition is made of, itself first; empty: it is not loaded.

    ``instead`` stands for the current text of its own id.
    """
    found: list[tuple[str, str]] = []
    wanted = plugin_id
    while wanted and len(found) <= MAX_CHAIN and wanted not in {one for one, _ in found}:
        row: tuple[str, str] | None
        if instead is not None and instead.plugin_id == wanted:
            row = (instead.sha256, instead.parent_id)
        else:
            current = Plugin.objects.filter(plugin_id=wanted, current=True)
            row = current.values_list("sha256", "parent_id").first()
        if row is None:
            break
        found.append((wanted, row[0]))
        wanted = row[1]
    return tuple(found)


@lru_cache(maxsize=1024)
def _definition(plugin_id: str, chain: Chain) -> PluginDefinition:
    rows = Plugin.objects.filter(
        plugin_id__in=[one for one, _ in chain], sha256__in=[digest for _, digest in chain]
    )
    texts = {(row.plugin_id, row.sha256): bytes(row.xml) for row in rows}
    found = {one: texts[one, digest] for one, digest in chain if (one, digest) in texts}
    return load_definition(plugin_id, found.get)


@lru_cache(maxsize=1024)
def _capabilities(plugin_id: str, chain: Chain) -> Capabilities:
    return capabilities(_definition(plugin_id, chain))
