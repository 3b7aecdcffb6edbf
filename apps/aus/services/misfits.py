"""Units that could be collected by platform and status and are not selected all the same, of a choice of any size.

As ``judging`` decides of one: but units of one platform whose parameters have the same values are alike, so that the
database counts values, each is read once, and only what has a parameter beside those of its AUID is looked at by itself.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from apps.aus.hindrances import Hindrance
from apps.aus.models import Au
from apps.aus.services.judging import LONGEST_AUID, no_fit, too_long
from apps.aus.services.prospects import collectable
from apps.common.stored import retold
from apps.lockss.auid import make_auid
from apps.lockss.plugin.au_params import asked_of, definitional, fault_of
from apps.lockss.plugin.params import ConfigParam, ParamFault, ParamType
from apps.plugins.services import abilities_for
from apps.titles.models import ListedAu

UNFIT, SAME = "unfit", "same-unit"
# So many reasons are told whole.
NAMED = 20
# A text without a value is known by this; no list can say it.
_MISSING = "\x01"
_CHOSEN = """
SELECT id, plugin_id, auid, params, other_params, other_params || params AS config
FROM ({chosen}) AS c (id, plugin_id, auid, params, other_params) OFFSET 0
"""
# What a parameter's text is, of all that have to be there and of others where they are.
_SAID = """
WITH asked (plugin_id, key, free, needed) AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::bool[], %s::bool[])
),
said AS (
    SELECT c.id, c.plugin_id, a.key,
        CASE WHEN a.free AND c.config ->> a.key <> '' THEN 'x' ELSE coalesce(c.config ->> a.key, chr(1)) END AS text
    FROM ({chosen}) c JOIN asked a USING (plugin_id) WHERE a.needed OR c.config ? a.key
)
"""
_SAID_ONCE = f"{_SAID} SELECT DISTINCT plugin_id, key, text FROM said"  # noqa: S608 - our own text
_WRONG = f"""{_SAID},
bad (n, plugin_id, key, text) AS (SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[]))
SELECT faults, array_agg(id) FROM (
    SELECT said.id, array_agg(bad.n ORDER BY bad.n) AS faults FROM said JOIN bad USING (plugin_id, key, text) GROUP BY 1
) AS wrong GROUP BY 1
"""  # noqa: S608 - our own text
_ODD = """
SELECT c.id, c.plugin_id, c.config FROM ({chosen}) c
JOIN (SELECT plugin_id, string_to_array(keys, chr(1)) AS keys FROM unnest(%s::text[], %s::text[]) AS d(plugin_id, keys)) d
    USING (plugin_id)
WHERE c.params - d.keys <> '{{}}' OR c.other_params ?| d.keys
"""
_HERE = "SELECT c.id FROM ({chosen}) c JOIN aus_au a USING (auid)"
_NAMED = "SELECT c.id, c.auid FROM ({chosen}) c WHERE c.auid = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Misfits:
    ids: tuple[int, ...] = ()
    hindrances: tuple[Hindrance, ...] = ()


def misfits(listed: QuerySet[ListedAu]) -> Misfits:
    """As ``batches`` decides: parameters that do not fit, and entries that are one archival unit with another."""
    own = Au.objects.filter(listed=OuterRef("pk"))
    rows = collectable(listed).exclude(Exists(own)).order_by()
    try:
        choice = _Choice(rows)
    except EmptyResultSet:
        return Misfits()
    unfit, odd = choice.unfit(), choice.odd()
    auids: dict[int, str] = {}
    for pk, auid in odd.items():
        if pk in unfit:
            continue
        if len(auid) > LONGEST_AUID:
            unfit[pk] = too_long(auid)
        else:
            auids[pk] = auid
    same = choice.same(auids, unfit, odd)
    return Misfits((*unfit, *same), tuple(_told(Counter(unfit.values()), len(same))))


class _Choice:
    """The statements about one choice; EmptyResultSet where it can hold nothing."""

    def __init__(self, rows: QuerySet[ListedAu]) -> None:
        columns = rows.values_list("pk", "plugin_id", "auid", "params", "other_params")
        chosen, self._values = columns.query.sql_with_params()
        self._chosen = _CHOSEN.format(chosen=chosen)
        ids = rows.values_list("plugin_id", flat=True).distinct()
        self._params = {
            plugin_id: definition.parameters
            for plugin_id in ids
            if (definition := abilities_for(plugin_id).definition) is not None
        }

    def unfit(self) -> dict[int, str]:
        """Units whose parameters do not fit, each with its reason."""
        asked: dict[tuple[str, str], tuple[int, ConfigParam]] = {}
        for plugin_id, params in self._params.items():
            for place, param in enumerate(asked_of(params).values()):
                asked[plugin_id, param.key] = place, param
        free = [param.type is ParamType.STRING for _place, param in asked.values()]
        needed = [fault_of(param, None) is not None for _place, param in asked.values()]
        given = [[one for one, _key in asked], [key for _one, key in asked], free, needed]
        bad: list[tuple[int, str, str, str, ParamFault]] = []
        for plugin_id, key, text in self._rows(_SAID_ONCE, before=given):
            place, param = asked[plugin_id, key]
            fault = fault_of(param, None if text == _MISSING else text)
            if fault is not None:
                bad.append((place, plugin_id, key, text, fault))
        if not bad:
            return {}
        bad.sort(key=lambda one: one[:4])
        columns = [
            list(range(len(bad))),
            *(list(column) for column in zip(*(one[1:4] for one in bad), strict=True)),
        ]
        found = {}
        for faults, ids in self._rows(_WRONG, before=given, after=columns):
            reason = no_fit([bad[n][4] for n in faults])
            found.update(dict.fromkeys(ids, reason))
        return found

    def odd(self) -> dict[int, str]:
        """Units whose AUID here is not that of the list, with what it would be here."""
        plugins = list(self._params)
        keys = [_MISSING.join(p.key for p in self._params[one] if p.definitional) for one in plugins]
        return {
            pk: make_auid(plugin_id, definitional(self._params[plugin_id], json.loads(config)))
            for pk, plugin_id, config in self._rows(_ODD, after=[plugins, keys])
        }

    def same(self, auids: dict[int, str], unfit: dict[int, str], odd: dict[int, str]) -> list[int]:
        """Units that are here under another entry, or come after another entry of the choice that is the same."""
        found = [pk for (pk,) in self._rows(_HERE) if pk not in unfit and pk not in odd]
        if not auids:
            return found
        wanted = sorted(set(auids.values()))
        here = set(Au.objects.filter(auid__in=wanted).values_list("auid", flat=True))
        entries: dict[str, list[int]] = defaultdict(list)
        for pk, auid in self._rows(_NAMED, after=[wanted]):
            if pk not in unfit and pk not in odd:
                entries[auid].append(pk)
        for pk, auid in auids.items():
            entries[auid].append(pk)
        for auid, ids in entries.items():
            # Those of the lists' own AUID that are here were found by it.
            found += [pk for pk in ids if pk in odd] if auid in here else sorted(ids)[1:]
        return found

    def _rows(self, statement: str, *, before: list = (), after: list = ()) -> Iterator[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(chosen=self._chosen), [*before, *self._values, *after])
            return iter(cursor.fetchall())


def _told(reasons: Counter[str], same: int) -> Iterator[Hindrance]:
    if reasons:
        ranked = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
        said = [retold(reason) for reason in ranked[:NAMED]]
        yield Hindrance(
            UNFIT,
            gettext("Does not fit its plugin"),
            reasons.total(),
            said[0],
            others=tuple(said[1:]),
            left=len(ranked) - len(said),
        )
    if same:
        said = gettext("Another entry of the lists is the same archival unit; it is selected once.")
        yield Hindrance(SAME, gettext("The same unit once more"), same, said)
