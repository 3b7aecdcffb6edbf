"""An AU row as its platform definition makes it, and what this node can do with it.

Making one compiles its patterns, so it is kept: on the row's object for as long as that lives, and in a small
cache under the digests of the definition's files and the AU's own values. A newer definition has other digests.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db.models import Model

from apps.aus.models import Au
from apps.lockss.lcap.hash_stream import Filter
from apps.lockss.plugin.au import AuDefinition, AuSettings
from apps.lockss.plugin.au_make import NoAu, make_au
from apps.lockss.plugin.javaclasses import NamedClass
from apps.lockss.plugin.params import IMPLICIT_PARAMS
from apps.plugins.services import Abilities, Chain, abilities_for, chain_of, definition_for
from apps.titles.choices import DOWN
from apps.titles.models import ListedAu

# Parameters that stay in the title list, so that an AU follows it (tdb §5.1).
FOLLOWED = frozenset(param.key for param in IMPLICIT_PARAMS)
_KEPT = "_kept_definition"


@dataclass(frozen=True, slots=True)
class Unmade:
    """No AU can be made of this row; ``reason`` is a sentence for a librarian."""

    reason: str


@dataclass(frozen=True, slots=True)
class CollectAbility:
    can: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PollAbility:
    """How an AU takes part in polls. ``can_hash`` False: ``reason`` says why its votes would be wrong.

    ``poll_version`` is what poll messages carry; only equal ones vote together (lcap-v3 §5.8).
    """

    can_hash: bool
    reason: str
    poll_version: str
    weighted: bool
    made: AuDefinition | None = None
    publisher_down: bool = False

    def includes(self, url: str) -> bool:
        """Whether a URL that is held is voted on."""
        return self.made is not None and self.made.in_polls(url)

    def weight_of(self, url: str) -> float:
        return 1.0 if self.made is None else self.made.weights.of(url)

    @property
    def knows_substance(self) -> bool:
        return self.made is not None and self.made.substance.known

    def is_substance(self, url: str) -> bool:
        return self.made is not None and self.made.substance.is_substance(url)

    def hash_filter(self, content_type: str | None) -> Filter | None:
        """What a body passes before it is hashed; None: nothing.

        One that is missing here is None too: an AU that needs it has ``can_hash`` False.
        """
        found = None if self.made is None else self.made.hash_filter(content_type)
        return None if isinstance(found, NamedClass) else found

    @property
    def deletes_extra(self) -> bool | None:
        return None if self.made is None else self.made.plugin.validation.delete_extra_files

    @property
    def min_replicas(self) -> int | None:
        return None if self.made is None else self.made.plugin.validation.min_replicas_for_no_quorum_repair

    @property
    def publisher_when_too_close(self) -> bool | None:
        return None if self.made is None else self.made.plugin.validation.repair_from_publisher_when_too_close

    def peer_repair_if_missing(self, url: str) -> bool:
        return self.made is not None and self.made.repair_from_peer.matches(url)


def definition_of(au: Au) -> AuDefinition | Unmade:
    """The AU with every pattern compiled, or why there is none."""
    return _kept(au).made


def definitions_of(aus: Iterable[Au]) -> dict[int, AuDefinition | Unmade]:
    """The same of several, by AU; as many queries as they have plugins."""
    plugins: dict[str, tuple[Abilities, Chain]] = {}
    found = {}
    for au in aus:
        if au.plugin_id not in plugins:
            plugins[au.plugin_id] = _plugin(au.plugin_id)
        found[au.pk] = _made(au, *plugins[au.plugin_id])
    return found


def abilities_of(au: Au) -> Abilities:
    """What this node can do with the AU's plugin."""
    return _kept(au).abilities


def collect_ability(au: Au) -> CollectAbility:
    """Whether this node can collect it faithfully. Permission is another question (``permissions.decide``)."""
    kept = _kept(au)
    if not kept.abilities.can_collect:
        return CollectAbility(False, kept.abilities.why_not_collect)
    if isinstance(kept.made, Unmade):
        return CollectAbility(False, kept.made.reason)
    if kept.down:
        return CollectAbility(False, "Its publisher no longer provides it. What is preserved stays.")
    return CollectAbility(True, "")


def poll_ability(au: Au) -> PollAbility:
    """Cheap to ask again for the same object."""
    return _kept(au).poll


@dataclass(frozen=True, slots=True)
class _Kept:
    abilities: Abilities
    made: AuDefinition | Unmade
    poll: PollAbility
    down: bool


def _kept(au: Au) -> _Kept:
    found = au.__dict__.get(_KEPT)
    if found is None:
        found = au.__dict__[_KEPT] = _make(au)
    return found


def _make(au: Au) -> _Kept:
    abilities, chain = _plugin(au.plugin_id)
    made = _made(au, abilities, chain)
    _config, _attributes, down = _values(au)
    return _Kept(abilities, made, _poll_ability(abilities, made, down=down), down)


def _plugin(plugin_id: str) -> tuple[Abilities, Chain]:
    abilities = abilities_for(plugin_id)
    return abilities, () if abilities.problem else chain_of(plugin_id)


def _made(au: Au, abilities: Abilities, chain: Chain) -> AuDefinition | Unmade:
    if abilities.problem:
        return Unmade(abilities.problem)
    config, attributes, _down = _values(au)
    floor = settings.NODE.crawl_fetch_floor_ms
    return _definition(au.plugin_id, chain, _frozen(config), _frozen(attributes), floor)


def _poll_ability(abilities: Abilities, made: AuDefinition | Unmade, *, down: bool) -> PollAbility:
    if isinstance(made, Unmade):
        return PollAbility(False, made.reason, "", weighted=False, publisher_down=down)
    reason = abilities.why_not_poll
    if not reason and (made.plugin.validation.dont_poll or "nopoll" in made.attributes.get("flags", "")):
        reason = "Its definition or its title list says that it is not polled."
    return PollAbility(
        not reason, reason, made.poll_version, weighted=bool(made.weights), made=made, publisher_down=down
    )


def configuration_of(au: Au) -> tuple[dict[str, str], dict[str, str]]:
    """Raw parameters and title attributes, as a definition is filled in with them."""
    config, attributes, _down = _values(au)
    return config, attributes


def settings_of() -> AuSettings:
    """What this node sets for all AUs."""
    return AuSettings(fetch_floor=dt.timedelta(milliseconds=settings.NODE.crawl_fetch_floor_ms))


def _values(au: Au) -> tuple[dict[str, str], dict[str, str], bool]:
    """Configuration and title attributes of an AU, and whether its publisher no longer has it."""
    config = {**au.other_params, **au.params}
    listed = _listed(au)
    if listed is None:
        return config, {}, _true(config.get("pub_down", ""))
    followed = {**listed.other_params, **listed.params}
    config |= {key: followed[key] for key in FOLLOWED & followed.keys()}
    config["reserved.displayName"] = au.name
    columns = {"year": listed.year, "volume": listed.volume, "issue": listed.issue, "isbn": listed.isbn}
    attributes = {**{key: value for key, value in columns.items() if value}, **listed.attributes}
    down = listed.status in DOWN or _true(config.get("pub_down", ""))
    return config, attributes, down


def _listed(au: Au) -> ListedAu | None:
    found: Model | None = au.listed
    return found if isinstance(found, ListedAu) else None


def _true(text: str) -> bool:
    return text.strip().lower() in ("true", "yes", "on", "1")


def _frozen(values: dict[str, str]) -> str:
    return json.dumps(values, sort_keys=True)


@lru_cache(maxsize=512)
def _definition(
    plugin_id: str, chain: object, config: str, attributes: str, floor_ms: int
) -> AuDefinition | Unmade:
    made = make_au(
        definition_for(plugin_id),
        json.loads(config),
        attributes=json.loads(attributes),
        settings=AuSettings(fetch_floor=dt.timedelta(milliseconds=floor_ms)),
    )
    if isinstance(made, NoAu):
        fatal = [fault for fault in made.faults if fault.fatal]
        said = "; ".join(f"{fault.key}: {fault.message}" for fault in fatal[:3])
        return Unmade(f"Its parameters and its plugin do not fit: {said}.")
    return made
