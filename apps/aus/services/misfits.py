"""Units that could be collected by platform and status and are not selected all the same: looked at one by one, where
a choice is not too large for that."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from apps.aus.hindrances import Hindrance
from apps.aus.models import Au
from apps.aus.services.judging import Judge, Possible
from apps.aus.services.prospects import collectable
from apps.common.stored import retold
from apps.titles.models import ListedAu

# Beyond this a look would take longer than somebody waits; such units are told by the act, each with its reason.
MOST = 500
UNFIT, SAME = "unfit", "same-unit"


@dataclass(frozen=True, slots=True)
class Misfits:
    ids: tuple[int, ...] = ()
    hindrances: tuple[Hindrance, ...] = ()


def misfits(listed: QuerySet[ListedAu]) -> Misfits:
    """As ``batches`` decides: parameters that do not fit, and entries that are one archival unit with another."""
    own = Au.objects.filter(listed=OuterRef("pk"))
    rows = list(collectable(listed).exclude(Exists(own)).order_by("pk")[: MOST + 1])
    if not rows or len(rows) > MOST:
        return Misfits()
    judge = Judge()
    judged = {row.pk: judge.possible(row) for row in rows}
    unfit = [pk for pk, found in judged.items() if not isinstance(found, Possible)]
    auids = {pk: found.auid for pk, found in judged.items() if isinstance(found, Possible)}
    taken = set(Au.objects.filter(auid__in=auids.values()).values_list("auid", flat=True))
    same = []
    for pk, auid in auids.items():
        if auid in taken:
            same.append(pk)
        taken.add(auid)
    said = gettext("Another entry of the lists is the same archival unit; it is selected once.")
    found = []
    if unfit:
        found.append(
            Hindrance(UNFIT, gettext("Does not fit its plugin"), len(unfit), retold(str(judged[unfit[0]])))
        )
    if same:
        found.append(Hindrance(SAME, gettext("The same unit once more"), len(same), said))
    return Misfits((*unfit, *same), tuple(found))
