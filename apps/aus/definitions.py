"""What a platform definition makes of an AU: how it is collected, and how it is voted on.

Definitions are read by the core from the texts that ``plugins`` keeps; an AU's own is made once per process
and text, because compiling its patterns costs far more than using them.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.conf import settings

from apps.aus.models import Au
from apps.lockss.lcap.hash_stream import Filter
from apps.lockss.plugin.au import AuDefinition, AuSettings, NoAu, make_au
from apps.lockss.plugin.javaclasses import NamedClass
from apps.plugins.services import abilities_for, chain_of, definition_for

# Compiled AUs kept by one process; a worker meets few at a time.
KEPT = 256


@dataclass(frozen=True, slots=True)
class Unmade:
    """An AU that its definition cannot make, in words for a librarian."""

    reason: str


def definition_of(au: Au) -> AuDefinition | Unmade:
    """The AU as its current platform definition makes it."""
    attributes = au.listed.attributes if au.listed is not None else {}
    return _made(
        au.plugin_id,
        chain_of(au.plugin_id),
        tuple(sorted({**au.other_params, **au.params}.items())),
        tuple(sorted((str(k), str(v)) for k, v in attributes.items())),
        settings.NODE.crawl_fetch_floor_ms,
    )


@lru_cache(maxsize=KEPT)
def _made(
    plugin_id: str,
    chain: tuple[tuple[str, str], ...],
    params: tuple[tuple[str, str], ...],
    attributes: tuple[tuple[str, str], ...],
    floor_ms: int,
) -> AuDefinition | Unmade:
    if not chain:
        return Unmade(f"The platform definition {plugin_id} is not loaded on this node.")
    made = make_au(
        definition_for(plugin_id),
        dict(params),
        attributes=dict(attributes),
        settings=AuSettings(fetch_floor=timedelta(milliseconds=floor_ms)),
    )
    if isinstance(made, NoAu):
        told = "; ".join(str(fault) for fault in made.faults[:3])
        return Unmade(f"The platform definition {plugin_id} cannot make this AU: {told}.")
    return made


@dataclass(frozen=True, slots=True)
class CollectAbility:
    """Whether the crawler may work on an AU; ``reason`` names what is missing, "" where nothing is."""

    can: bool
    reason: str


def collect_ability(au: Au) -> CollectAbility:
    made = definition_of(au)
    if isinstance(made, Unmade):
        return CollectAbility(False, made.reason)
    able = abilities_for(au.plugin_id)
    return CollectAbility(able.can_collect, able.why_not_collect)


@dataclass(frozen=True, slots=True)
class PollAbility:
    """An AU as polls see it. ``can_hash`` False: we cannot make the bytes that others vote on, ``reason`` says why."""

    can_hash: bool
    reason: str
    poll_version: str = "1"
    definition: AuDefinition | None = None

    @property
    def weighted(self) -> bool:
        return self.definition is not None and bool(self.definition.weights)

    def weight_of(self, url: str) -> float:
        return self.definition.weights.of(url) if self.definition else 1.0

    def includes(self, url: str) -> bool:
        """Whether a URL that is held is voted on (lcap-v3 §5.6)."""
        return self.definition is not None and self.definition.in_polls(url)

    def hash_filter(self, content_type: str) -> Filter | None:
        """The platform's filter for a media type. A class that is missing here never gets this far: can_hash."""
        found = self.definition.hash_filter(content_type) if self.definition else None
        return None if isinstance(found, NamedClass) else found

    @property
    def knows_substance(self) -> bool:
        return self.definition is not None and self.definition.substance.known

    def is_substance(self, url: str) -> bool:
        return self.definition is not None and self.definition.substance.is_substance(url)

    @property
    def publisher_down(self) -> bool:
        """Whether the title list says that the publisher no longer delivers the AU."""
        values = self.definition.params.values if self.definition else {}
        return values.get("pub_down") is True or values.get("pub_never") is True

    def peer_repair_if_missing(self, url: str) -> bool:
        return self.definition is not None and self.definition.repair_from_peer.matches(url)

    @property
    def deletes_extra(self) -> bool | None:
        return self.definition.plugin.validation.delete_extra_files if self.definition else None

    @property
    def min_replicas(self) -> int | None:
        return (
            self.definition.plugin.validation.min_replicas_for_no_quorum_repair if self.definition else None
        )

    @property
    def publisher_when_too_close(self) -> bool | None:
        validation = self.definition.plugin.validation if self.definition else None
        return validation.repair_from_publisher_when_too_close if validation else None


def poll_ability(au: Au) -> PollAbility:
    """What polls need to know; made anew from cached parts, so it is cheap to ask."""
    made = definition_of(au)
    if isinstance(made, Unmade):
        return PollAbility(False, made.reason)
    able = abilities_for(au.plugin_id)
    return PollAbility(able.can_poll, able.why_not_poll, made.poll_version, made)
