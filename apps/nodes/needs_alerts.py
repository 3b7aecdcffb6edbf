"""What alarms, among what waits for a person: open alerts that nobody has acknowledged, the most serious first."""

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.common.display import count_text
from apps.common.pages import Action, Need
from apps.common.parts import status_word
from apps.nodes.alert_words import WEIGHTS, sentence
from apps.nodes.choices_alerts import RANK, AlertKind, Weight
from apps.nodes.models import Alert

# Beyond these there is one line with the number of the rest.
MOST = 3
# What the first page says of archival units by themselves.
TOLD = (Weight.CRITICAL, Weight.WARNING)
SAID_ELSEWHERE = (AlertKind.UNPROVED, AlertKind.DAMAGE)


def alert_needs() -> list[Need]:
    """Of all weights but notes."""
    return _told(list(_open_alerts()[: MOST + 1]), TOLD)


def alert_needs_by_weight() -> tuple[list[Need], list[Need]]:
    """Of the critical ones, and of the warnings."""
    some = list(_open_alerts()[: 2 * (MOST + 1)])
    critical, warnings = (
        [row for row in some if row.severity == weight] for weight in (Weight.CRITICAL, Weight.WARNING)
    )
    return _told(critical, (Weight.CRITICAL,)), _told(warnings, (Weight.WARNING,))


def _open_alerts() -> QuerySet[Alert]:
    """The most serious first."""
    rank = Case(*(When(severity=name, then=Value(number)) for name, number in RANK.items()), default=Value(0))
    rows = Alert.objects.filter(cleared_at=None, acknowledged_at=None, severity__in=TOLD)
    return rows.exclude(kind__in=SAID_ELSEWHERE).order_by(rank.desc(), "-raised_at", "-id")


def _told(some: list[Alert], weights: tuple[Weight, ...]) -> list[Need]:
    needs = [_need(row) for row in some[:MOST]]
    if len(some) > MOST:
        # As many as the list that it leads to has rows, whose filters know one weight or all.
        listed = Alert.objects.filter(cleared_at=None, acknowledged_at=None)
        page = "/alerts/?open=yes&known=no"
        if len(weights) == 1:
            page, listed = f"{page}&severity={weights[0]}", listed.filter(severity=weights[0])
        number = listed.count()
        subject = ngettext("%s open alert", "All %s open alerts", number) % count_text(number)
        word = status_word(WEIGHTS[Weight(some[MOST].severity)])
        cause = sentence(some[MOST].kind, some[MOST].params)
        needs.append(Need(word, subject, page, cause, Action(gettext("Look"), page), (Role.SYSTEM,)))
    return needs


def _need(row: Alert) -> Need:
    page = f"/alerts/{row.pk}/"
    return Need(
        status_word(WEIGHTS[Weight(row.severity)]),
        str(AlertKind(row.kind).label),
        page,
        sentence(row.kind, row.params),
        Action(gettext("Look"), page),
        (Role.SYSTEM, Role.NETWORK) if row.kind == AlertKind.PEER else (Role.SYSTEM,),
    )
