"""What the written side will say of a choice when it is selected, and whose statement was refused: before it is selected."""

from collections import defaultdict
from dataclasses import replace

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.aus.hindrances import Hindrance
from apps.aus.models import Au
from apps.common.stored import retold
from apps.permissions.choices import UNREACHED, Policy, Reason, ScopeKind, Verdict
from apps.permissions.models import PublisherAgreement
from apps.permissions.services.covering import Covered, Covering, today
from apps.permissions.services.deciding import Answer, written_answer
from apps.titles.models import ListedAu

# So many reasons of one kind are told whole.
NAMED = 20
_LABELS = {
    Reason.NO_AGREEMENT: _("No agreement"),
    Reason.AGREEMENT_ENDED: _("Agreement ended"),
    Reason.RIGHT_DENIED: _("Not permitted by the agreement"),
}


def hindrances(listed: QuerySet[ListedAu]) -> list[Hindrance]:
    """As ``services.decide`` would say of the units; seven queries at most."""
    found = _written(listed)
    if settings.NODE.permission_policy != Policy.WRITTEN:
        found += _refused(listed)
    return found


def _written(listed: QuerySet[ListedAu]) -> list[Hindrance]:
    """Units of one title and platform are alike, but for those that an agreement names one by one."""
    fields = ("publisher_id", "publisher__name", "title_id", "plugin_id")
    rows = listed.order_by().values_list(*fields).annotate(number=Count("pk"))
    groups = {
        Covered(0, house, name, title, None, plugin): number for house, name, title, plugin, number in rows
    }
    single = _named(listed, {one.publisher_id for one in groups})
    covering, day = Covering([*groups, *single]), today()
    for one in single:
        groups[replace(one, key=0, listed_id=None)] -= 1
    counted: dict[Answer, int] = defaultdict(int)
    for one, number in [*groups.items(), *((one, 1) for one in single)]:
        answer = written_answer(covering.of(one), one.publisher or "the publisher", day)
        if number and not answer.allowed:
            counted[answer] += number
    return _by_reason(counted)


def _named(listed: QuerySet[ListedAu], houses: set[int | None]) -> list[Covered]:
    """Units of the choice that an agreement names by themselves."""
    named = PublisherAgreement.listed_aus.through.objects.filter(
        publisheragreement__publisher__in=houses, publisheragreement__scope=ScopeKind.AUS
    )
    fields = ("publisher_id", "publisher__name", "title_id", "pk", "plugin_id")
    rows = listed.filter(pk__in=named.values("listedau_id")).order_by().values_list(*fields)
    return [Covered(0, *row) for row in rows]


def _by_reason(counted: dict[Answer, int]) -> list[Hindrance]:
    """One for each reason; its sentence is that of most of them."""
    by_reason: dict[Reason, list[tuple[int, str]]] = defaultdict(list)
    for answer, number in counted.items():
        by_reason[answer.reason].append((number, answer.sentence))
    found = []
    for reason, some in by_reason.items():
        some.sort(key=lambda one: (-one[0], one[1]))
        said = [retold(sentence) for _count, sentence in some[:NAMED]]
        found.append(
            Hindrance(
                str(reason),
                str(_LABELS[reason]),
                sum(count for count, _sentence in some),
                said[0],
                "/permissions/",
                selectable=True,
                others=tuple(said[1:]),
                left=len(some) - len(said),
            )
        )
    return found


def _refused(listed: QuerySet[ListedAu]) -> list[Hindrance]:
    """Of what is here already and was asked: the publisher's page said no, or did not come."""
    asked = Au.objects.filter(listed=OuterRef("pk"), permission__verdict=Verdict.REFUSED)
    unreached = Q(permission__reason__in=UNREACHED)
    kinds = (
        (
            "refused",
            asked.exclude(unreached),
            gettext("No permission"),
            gettext("When it was asked last, the publisher's site did not permit it."),
        ),
        (
            "unreached",
            asked.filter(unreached),
            gettext("Permission page not reached"),
            gettext("When it was asked last, the publisher's permission page could not be reached."),
        ),
    )
    found = []
    for key, rows, label, said in kinds:
        if number := listed.filter(Exists(rows)).order_by().count():
            found.append(Hindrance(key, label, number, said, "/permissions/", selectable=True))
    return found
