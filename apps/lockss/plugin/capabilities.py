"""What a node can do with a definition, and why not (plugins §10)."""

from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.plugin.findings import Severity
from apps.lockss.plugin.javaclasses import REGISTRY, NamedClass, Policy, Registry, unmapped_classes
from apps.lockss.plugin.model import PluginDefinition


class Can(StrEnum):
    """``OVERRIDABLE``: no, unless a person who knows the publisher says so."""

    YES = "yes"
    OVERRIDABLE = "overridable"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Reason:
    """A key, what is missing behind it, and what that blocks."""

    key: str
    missing: str
    blocks: str
    policy: Policy

    def __str__(self) -> str:
        return f"{self.key}: {self.missing} is not known here: {self.blocks}"


@dataclass(frozen=True, slots=True)
class Ability:
    """``reasons`` are also given where the answer is yes: what will be done in the usual way instead."""

    can: Can
    reasons: tuple[Reason, ...] = ()

    def allowed(self, *, overridden: bool = False) -> bool:
        return self.can is Can.YES or (overridden and self.can is Can.OVERRIDABLE)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """``usable`` False: no AU can be made of the definition at all."""

    usable: bool
    collect: Ability
    poll: Ability
    extract_metadata: Ability


def capabilities(definition: PluginDefinition, registry: Registry = REGISTRY) -> Capabilities:
    """The three abilities, each with the classes that are missing for it."""
    if not definition.usable:
        reasons = tuple(
            Reason(finding.key, finding.code.value, finding.message, Policy.REFUSE)
            for finding in definition.findings
            if finding.severity is Severity.ERROR
        )
        never = Ability(Can.NO, reasons)
        return Capabilities(False, never, never, never)
    missing = unmapped_classes(definition, registry)
    return Capabilities(True, _collect(missing), _poll(missing), _metadata(definition, missing))


def _reason(named: NamedClass) -> Reason:
    return Reason(named.key, named.class_name, named.meaning.blocks, named.meaning.policy)


def _collect(missing: tuple[NamedClass, ...]) -> Ability:
    concerned = [
        named
        for named in missing
        if not named.meaning.metadata and named.meaning.policy is not Policy.NO_VOTE
    ]
    policies = {named.meaning.policy for named in concerned}
    can = Can.YES
    if Policy.REFUSE in policies:
        can = Can.NO
    elif Policy.NO_CRAWL in policies:
        can = Can.OVERRIDABLE
    return Ability(can, tuple(map(_reason, concerned)))


def _poll(missing: tuple[NamedClass, ...]) -> Ability:
    """Without a hash filter honest peers would seem to be damaged: no override can make such a vote right."""
    concerned = [
        named for named in missing if named.meaning.policy is Policy.NO_VOTE or not named.meaning.votes
    ]
    return Ability(Can.NO if concerned else Can.YES, tuple(map(_reason, concerned)))


def _metadata(definition: PluginDefinition, missing: tuple[NamedClass, ...]) -> Ability:
    concerned = [named for named in missing if named.meaning.metadata]
    declared = "plugin_article_iterator_factory" in definition.classes or bool(definition.access.article_root)
    if not declared:
        none = Reason("plugin_article_iterator_factory", "(none)", "no articles are defined", Policy.PROCEED)
        return Ability(Can.NO, (none, *map(_reason, concerned)))
    return Ability(Can.NO if concerned else Can.YES, tuple(map(_reason, concerned)))
