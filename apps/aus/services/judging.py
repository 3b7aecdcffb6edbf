"""Whether an AU of a title list can be selected, and why not, in words for a librarian."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember
from apps.lockss.auid import make_auid
from apps.lockss.plugin.au_params import definitional, read_params
from apps.lockss.plugin.params import ParamFault
from apps.plugins.services import Abilities, abilities_for
from apps.titles.choices import Availability, availability
from apps.titles.models import ListedAu

# An index entry holds 2,700 bytes.
LONGEST_AUID = 2_000
# Kept with the act in English, and said again to whoever reads them.
NO_FIT = _("Its parameters do not fit its plugin: %s.")
TOO_LONG = _("Its AUID has %(length)s characters; %(most)s can be kept.")
GONE = _("Its publisher no longer provides it (status “%s”), and this node does not hold it.")
RETIRED = _("No title list names it any more.")
NOT_OFFERED = _("The title list does not offer it (status “%s”).")
UNRELEASED = _("The network has not released it yet (status “%s”).")
remember(NO_FIT, TOO_LONG, GONE, RETIRED, NOT_OFFERED, UNRELEASED)


@dataclass(frozen=True, slots=True)
class Possible:
    """What the AU would be. ``down`` not empty: only if this node holds it already, because of what it says."""

    auid: str
    params: dict[str, str]
    other_params: dict[str, str]
    down: str = ""


def no_fit(faults: Sequence[ParamFault]) -> str:
    return NO_FIT % "; ".join(str(fault) for fault in faults[:3])


def too_long(auid: str) -> str:
    return TOO_LONG % {"length": f"{len(auid):,}", "most": f"{LONGEST_AUID:,}"}


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
            return no_fit(read.faults)
        params = definitional(definition.parameters, config)
        auid = make_auid(definition.plugin_id, params)
        if len(auid) > LONGEST_AUID:
            return too_long(auid)
        kept = {p.key for p in definition.parameters if not p.definitional and not p.default_only}
        other = {key: config[key] for key in sorted(kept & config.keys())}
        down = ""
        if availability(listed.status) is Availability.DOWN:
            down = GONE % listed.status
        return Possible(auid, params, other, down)

    def _refusal(self, listed: ListedAu) -> str:
        kind = availability(listed.status)
        if kind is Availability.RETIRED:
            return RETIRED
        if kind is Availability.NOT_OFFERED:
            return NOT_OFFERED % listed.status
        if kind is Availability.UNRELEASED and not self._unreleased:
            return UNRELEASED % listed.status
        return ""

    def _abilities(self, plugin_id: str) -> Abilities:
        found = self._known.get(plugin_id)
        if found is None:
            found = self._known[plugin_id] = abilities_for(plugin_id)
        return found
