"""The list of alerts."""

from dataclasses import dataclass, replace
from functools import partial

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.kept_search import own_words
from apps.common.lists import Cell, Choice, Column, Day, Exact, Flag, Search, Table, cells
from apps.common.opening import opened_by
from apps.common.pages import Action, Empty, Link
from apps.common.search import fold
from apps.common.stored import longest_part
from apps.common.subjects import links
from apps.common.words import Word
from apps.nodes.alert_words import ACKNOWLEDGED, CLEARED, WEIGHTS, english, sentence, templates
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import Alert
from apps.nodes.work import linked

# Subjects that are things of the node itself; others are named by ``subjects``.
PLACES = {
    "disk": "/node/",
    "process": "/node/",
    "queue": "/jobs/?state=waiting",
    "broker": "/node/",
    "certificate": "/peers/",
    "aus": "/aus/?state=stale",
    "backup": "/node/",
    "clock": "/node/",
    "audit": "/accounts/audit/",
}


@dataclass(frozen=True, slots=True)
class AlertRow:
    alert: Alert
    link: Link


def alert_rows(user, alerts: list[Alert]) -> list[AlertRow]:
    found = subject_links(user, [one.subject for one in alerts])
    return [AlertRow(one, found[one.subject]) for one in alerts]


def subject_links(user, subjects: list[str]) -> dict[str, Link]:
    """By subject: things of the node itself, and what all rooms know; words alone where ``user`` may not go."""
    found = links(subjects)
    return {subject: opened_by(user, _place(subject) or found[subject]) for subject in subjects}


def _place(subject: str) -> Link | None:
    kind, _colon, rest = subject.partition(":")
    page = PLACES.get(kind)
    return Link(rest or str(_NAMES.get(kind, kind)), page) if page else None


_NAMES = {
    "aus": _("archival units"),
    "broker": _("broker"),
    "backup": _("backup"),
    "clock": _("clock"),
    "audit": _("audit record"),
}


def alert_word(alert: Alert) -> Word:
    """How it stands: cleared, known to somebody, or as serious as it is."""
    if alert.cleared_at:
        return CLEARED
    return ACKNOWLEDGED if alert.acknowledged_at else WEIGHTS[Weight(alert.severity)]


def _state(row: AlertRow) -> Cell:
    known = row.alert.acknowledged_at and not row.alert.cleared_at
    note = gettext("by %s") % row.alert.acknowledged_by if known else ""
    return cells.status(alert_word(row.alert), note)


def _said(row: AlertRow) -> Cell:
    alert = row.alert
    said = sentence(alert.kind, alert.params)
    return Cell(cells.link(said, f"/alerts/{alert.pk}/", str(AlertKind(alert.kind).label)).html, said)


def _found(rows: QuerySet, text: str) -> QuerySet:
    """Each word in the sentence, as it is kept or as the reader sees it, in the kind's name or in what it is about."""
    for word in text.split()[: Search.MOST_WORDS]:
        wanted = fold(word)
        kinds = [kind for kind in AlertKind if wanted in fold(str(kind.label))]
        told = Q(message__icontains=word) | Q(subject__icontains=word) | Q(kind__in=kinds)
        for kind, template in templates():
            if wanted and wanted in own_words(str(template)):
                told |= Q(kind=kind, message__contains=longest_part(english(template)))
        rows = rows.filter(told)
    return rows


ALERTS = Table(
    name="alerts",
    caption=_("Alerts"),
    columns=(
        Column("state", _("State"), _state),
        Column("message", _("What is wrong"), _said),
        Column("subject", _("Of what"), lambda row: linked(row.link), priority=2),
        Column("weight", _("Weight"), lambda row: str(Weight(row.alert.severity).label), priority=3),
        Column(
            "raised",
            _("Since"),
            lambda row: cells.age(row.alert.raised_at),
            sort="raised_at",
            descending_first=True,
        ),
        Column("cleared", _("Until"), lambda row: cells.moment(row.alert.cleared_at), priority=3),
    ),
    filters=(
        Flag("open", pgettext_lazy("alerts", "Open"), Q(cleared_at__isnull=True)),
        Flag("known", _("Acknowledged"), Q(acknowledged_at__isnull=False)),
        Choice("severity", _("Weight"), "severity", Weight.choices),
        Choice("kind", _("Kind"), "kind", AlertKind.choices),
        Day("since", _("From"), "raised_at"),
        Day("until", _("To"), "raised_at", until=True),
        Exact("subject", _("Of what"), "subject"),
    ),
    search=Search(label=_("Words"), how=_found),
    sort="-raised",
    noun=lambda n: ngettext("alert", "alerts", n),
    empty=Empty(
        _("Nothing has been wrong yet"),
        _("The node looks at itself every minute. What somebody should know stands here."),
        Action(_("What you are told"), "/alerts/rules/"),
    ),
)


def alerts_for(user) -> Table:
    """The list with links only to what ``user`` may open."""
    return replace(ALERTS, prepare=partial(alert_rows, user))
