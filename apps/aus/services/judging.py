"""Whether an AU of a title list can be selected, and why not, in words for a librarian."""

from dataclasses import dataclass

from apps.lockss.auid import make_auid
from apps.lockss.plugin.au_params import definitional, read_params
from apps.plugins.services import Abilities, abilities_for
from apps.titles.choices import Availability, availability
from apps.titles.models import ListedAu

# An index entry holds 2,700 bytes.
LONGEST_AUID = 2_000


@dataclass(frozen=True, slots=True)
class Possible:
    """What the AU would be. ``down`` not empty: only if this node holds it already, because of what it says."""

    auid: str
    params: dict[str, str]
    other_params: dict[str, str]
    down: str = ""


class Judge:
    """Remembers each plugin for as long as a batch lasts."""

    def __init__(self, *, unreleased: bool = False) -> None:
        self._unreleased = unreleased
        self._known: dict[str, Abilities] = {}

    def possible(self, listed: ListedAu) -> Possible | str:
        """A sentence where it cannot be selected."""
        refusal = self._refusal(listed)
        if refusal:
            return refusal
        abilities = self._abilities(listed.plugin_id)
        if not abilities.can_collect:
            return abilities.why_not_collect
        definition = abilities.definition
        config = {**listed.other_params, **listed.params}
        read = read_params(definition.parameters, config)
        if read.faults:
            return (
                f"Its parameters do not fit its plugin: {'; '.join(str(fault) for fault in read.faults[:3])}."
            )
        params = definitional(definition.parameters, config)
        auid = make_auid(definition.plugin_id, params)
        if len(auid) > LONGEST_AUID:
            return f"Its AUID has {len(auid):,} characters; {LONGEST_AUID:,} can be kept."
        kept = {p.key for p in definition.parameters if not p.definitional and not p.default_only}
        other = {key: config[key] for key in sorted(kept & config.keys())}
        down = ""
        if availability(listed.status) is Availability.DOWN:
            down = f"Its publisher no longer provides it (status “{listed.status}”), and this node does not hold it."
        return Possible(auid, params, other, down)

    def _refusal(self, listed: ListedAu) -> str:
        kind = availability(listed.status)
        if kind is Availability.RETIRED:
            return "No title list names it any more."
        if kind is Availability.NOT_OFFERED:
            return f"The title list does not offer it (status “{listed.status}”)."
        if kind is Availability.UNRELEASED and not self._unreleased:
            return f"The network has not released it yet (status “{listed.status}”)."
        return ""

    def _abilities(self, plugin_id: str) -> Abilities:
        found = self._known.get(plugin_id)
        if found is None:
            found = self._known[plugin_id] = abilities_for(plugin_id)
        return found
