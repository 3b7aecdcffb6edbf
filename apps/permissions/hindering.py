"""What a choice lacks in written permission, before it is selected; and whose statement was refused."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from apps.aus.hindrances import Hindrance
from apps.aus.models import Au
from apps.common.clock import now
from apps.permissions.choices import AgreementState, Policy, Reason, ScopeKind, Verdict
from apps.permissions.models import PublisherAgreement
from apps.titles.models import ListedAu, Publisher

NAMED = 3


def hindrances(listed: QuerySet[ListedAu]) -> list[Hindrance]:
    """As ``services.decide`` would say of the units when they are selected; four queries."""
    policy = Policy(settings.NODE.permission_policy)
    found = []
    if policy != Policy.MACHINE:
        found += _without_agreement(listed)
    if policy != Policy.WRITTEN:
        found += _without_statement(listed)
    return found


def _without_agreement(listed: QuerySet[ListedAu]) -> list[Hindrance]:
    today = now().date()
    holding = PublisherAgreement.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=today), state=AgreementState.SIGNED, starts__lte=today
    )
    same = holding.filter(publisher=OuterRef("publisher"))
    # A row of a list names its publisher and title itself, so that no join widens the query that is counted.
    bare = listed.exclude(
        Exists(same.filter(scope=ScopeKind.PUBLISHER))
        | Exists(same.filter(scope=ScopeKind.TITLES, titles=OuterRef("title")))
        | Exists(same.filter(scope=ScopeKind.AUS, listed_aus=OuterRef("pk")))
    )
    number = bare.order_by().count()
    if not number:
        return []
    ids = bare.order_by().values_list("publisher_id", flat=True).distinct()[: NAMED + 1]
    names = list(
        Publisher.objects.filter(pk__in=list(ids)).order_by("name_key").values_list("name", flat=True)
    )
    shown = ", ".join(names[:NAMED]) + (gettext(" and others") if len(names) > NAMED else "")
    said = gettext("No signed agreement covers them: %s. They can be selected, and wait for one.") % shown
    return [
        Hindrance(
            Reason.NO_AGREEMENT, gettext("No agreement"), number, said, "/permissions/", selectable=True
        )
    ]


def _without_statement(listed: QuerySet[ListedAu]) -> list[Hindrance]:
    """Of what is here already and was asked: the publisher's page said no."""
    refused = Au.objects.filter(listed=OuterRef("pk"), permission__verdict=Verdict.REFUSED)
    number = listed.filter(Exists(refused)).order_by().count()
    if not number:
        return []
    said = gettext("When it was asked last, the publisher's site did not permit it.")
    return [Hindrance("refused", gettext("No permission"), number, said, "/permissions/", selectable=True)]
