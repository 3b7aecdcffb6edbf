"""What can be done with current definitions, and which classes are missing for the rest, kept as rows.

The ranking of missing classes is sums over all definitions; they are made here, after each change, so that no page
has to add up anything.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from django.db import transaction

from apps.common.text import storable
from apps.lockss.plugin.javaclasses import CLASS_USES, REGISTRY, Policy
from apps.plugins.models import MissingClass, Plugin, PluginNeed, PluginUse
from apps.plugins.services.definitions import abilities_for, descendants_of
from apps.plugins.services.using import alone

MOST_FINDINGS = 200
_STRICTEST = (Policy.REFUSE, Policy.NO_CRAWL, Policy.NO_VOTE, Policy.PROCEED)
_BLOCKING = (Policy.REFUSE, Policy.NO_CRAWL)


def refresh_abilities(plugin_ids: set[str]) -> None:
    """Judge current definitions anew, and all that inherit from them; the ranking of missing classes follows."""
    with transaction.atomic():
        alone()
        for row in Plugin.objects.filter(current=True, plugin_id__in=descendants_of(plugin_ids)):
            _judge(row)
        sum_up()


@cache
def known_classes() -> str:
    """A digest of which classes have a counterpart here and of what a missing one means."""
    tables = (
        REGISTRY.filters,
        REGISTRY.normalizers,
        REGISTRY.link_extractors,
        REGISTRY.result_handlers,
        *(REGISTRY.others[use] for use in sorted(REGISTRY.others)),
    )
    said = [sorted(table) for table in tables] + [sorted(f"{key} {use}" for key, use in CLASS_USES.items())]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def judge_outdated() -> int:
    """After an upgrade: definitions that were judged by code that knew other classes. How many there were."""
    ids = set(
        Plugin.objects.filter(current=True)
        .exclude(judged_with=known_classes())
        .values_list("plugin_id", flat=True)
    )
    if ids:
        refresh_abilities(ids)
    return len(ids)


def _judge(row: Plugin) -> None:
    found = abilities_for(row.plugin_id)
    core = found.core
    reasons = [
        {"capability": name, "key": r.key, "class": r.missing, "effect": r.blocks, "policy": r.policy.value}
        for name, ability in (
            ("collect", core.collect),
            ("poll", core.poll),
            ("extract", core.extract_metadata),
        )
        for r in ability.reasons
    ]
    findings = [
        {
            "code": f.code.value,
            "severity": f.severity.value,
            "key": storable(f.key, 200),
            "place": storable(f.place, 300),
            "message": storable(f.message, 500),
        }
        for f in found.definition.findings[:MOST_FINDINGS]
    ]
    needs = _needs(row, reasons) if core.usable else []
    row.needs.all().delete()
    PluginNeed.objects.bulk_create(needs)
    Plugin.objects.filter(pk=row.pk).update(
        name=storable(found.definition.name, 300),
        usable=core.usable,
        can_collect=found.can_collect,
        collect_overridable=core.collect.can == "overridable",
        can_poll=found.can_poll,
        can_extract=found.can_extract,
        reasons=reasons,
        findings=findings,
        judged_with=known_classes(),
        missing_count=sum(need.policy != Policy.PROCEED for need in needs),
    )


def _needs(row: Plugin, reasons: list[dict]) -> list[PluginNeed]:
    """One need per class, whatever the number of keys that name it."""
    found: dict[str, _Need] = {}
    for reason in reasons:
        # "(none)" is no class: the definition does not say how articles are found.
        if "(" not in reason["class"]:
            found.setdefault(storable(reason["class"], 500), _Need()).add(reason)
    return [need.row(row, class_name) for class_name, need in found.items()]


@dataclass(slots=True)
class _Need:
    keys: dict[str, None] = field(default_factory=dict)
    effects: dict[str, None] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)
    collect: bool = False
    vote: bool = False
    extract: bool = False

    def add(self, reason: dict) -> None:
        self.keys[storable(reason["key"], 200)] = None
        self.effects[reason["effect"]] = None
        self.policies.add(reason["policy"])
        self.collect |= reason["capability"] == "collect" and reason["policy"] in _BLOCKING
        self.vote |= reason["capability"] == "poll"
        self.extract |= reason["capability"] == "extract"

    def take(self, row: PluginNeed) -> None:
        self.keys |= dict.fromkeys(row.keys)
        self.effects |= dict.fromkeys(row.effect.split("; "))
        self.policies.add(row.policy)
        self.collect, self.vote, self.extract = (
            self.collect or row.collect,
            self.vote or row.vote,
            self.extract or row.extract,
        )

    def values(self) -> dict:
        return {
            "keys": list(self.keys),
            "policy": next(one.value for one in _STRICTEST if one in self.policies),
            "collect": self.collect,
            "vote": self.vote,
            "extract": self.extract,
            "effect": "; ".join(self.effects),
        }

    def row(self, plugin: Plugin, class_name: str) -> PluginNeed:
        return PluginNeed(plugin=plugin, class_name=class_name, **self.values())


def sum_up() -> None:
    """The ranking of missing classes and the counts of current rows, out of needs and uses."""
    alone()
    PluginNeed.objects.filter(plugin__current=False).delete()
    uses = {use.plugin_id: use for use in PluginUse.objects.all()}
    _copy_counts(uses)
    sums: dict[str, _Need] = {}
    rows: dict[str, MissingClass] = {}
    for need in PluginNeed.objects.select_related("plugin").defer(
        "plugin__xml", "plugin__findings", "plugin__reasons"
    ):
        sums.setdefault(need.class_name, _Need()).take(need)
        row = rows.setdefault(need.class_name, MissingClass(class_name=need.class_name))
        use = uses.get(need.plugin.plugin_id)
        row.definitions += 1
        row.listed += use.listed if use else 0
        row.selected += use.selected if use else 0
    for class_name, row in rows.items():
        for name, value in sums[class_name].values().items():
            setattr(row, name, value)
    MissingClass.objects.exclude(class_name__in=list(rows)).delete()
    fields = ["keys", "policy", "collect", "vote", "extract", "effect", "definitions", "listed", "selected"]
    MissingClass.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["class_name"], update_fields=fields
    )


def _copy_counts(uses: dict[str, PluginUse]) -> None:
    changed: list[Plugin] = []
    current = Plugin.objects.filter(current=True).only("plugin_id", "listed_count", "selected_count")
    for row in current:
        use = uses.get(row.plugin_id)
        counts = (use.listed, use.selected) if use else (0, 0)
        if (row.listed_count, row.selected_count) != counts:
            row.listed_count, row.selected_count = counts
            changed.append(row)
    Plugin.objects.bulk_update(changed, ["listed_count", "selected_count"])
    _mark_loaded(uses.values(), {row.plugin_id for row in current})


def _mark_loaded(uses: Iterable[PluginUse], loaded: set[str]) -> None:
    wrong = [use for use in uses if use.loaded != (use.plugin_id in loaded)]
    for use in wrong:
        use.loaded = not use.loaded
    PluginUse.objects.bulk_update(wrong, ["loaded"])
