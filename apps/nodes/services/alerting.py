"""Raises alerts, keeps them up to date and clears them. Looking twice changes nothing; a kill loses nothing."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common import clock_trust
from apps.common.clock import now
from apps.common.text import storable, storable_json
from apps.nodes.alert_condition import Condition
from apps.nodes.alert_rules import RULES, Rule
from apps.nodes.alert_words import sentence
from apps.nodes.choices import Tally
from apps.nodes.choices_alerts import RANK, AlertKind, Weight
from apps.nodes.errors import ActRefused, RefusalCode
from apps.nodes.models import Alert, AlertRule, Count
from apps.nodes.services import measuring, telling

log = logging.getLogger(__name__)
LONGEST_NOTE = 2000


def look(rules: Mapping[str, Rule] = RULES) -> int:
    """Ask every rule, and note who is to be told; returns how many alerts are open. One broken rule stops no other."""
    for kind, rule in rules.items():
        found = _carefully(f"the rule {kind}", rule)
        if found is not None:
            apply(kind=kind, found=found)
    _carefully("whether the clock may be relied on", _trust_clock)
    telling.plan()
    _carefully("the numbers", measuring.measure)
    return _looked()


def _trust_clock() -> None:
    """While the clock is far off, no poll is called; closing the finding by hand does not make it right."""
    wrong = Alert.objects.filter(kind=AlertKind.CLOCK, severity=Weight.CRITICAL, cleared_at=None).first()
    if wrong is None:
        clock_trust.release()
    elif clock_trust.held() is None:
        clock_trust.hold(server=str(wrong.params.get("name", "")), seconds=wrong.params.get("offset", 0.0))


def _carefully(what: str, act):
    """What ``act`` gives; None where it fails: nothing is known then."""
    try:
        with transaction.atomic():
            return act()
    except Exception:
        log.exception("%s could not be asked", what)
        return None


def _looked() -> int:
    n = Alert.objects.filter(cleared_at=None).count()
    Count.objects.update_or_create(key=Tally.ALERTS, defaults={"value": n, "at": now()})
    return n


def apply(*, kind: str, found: Sequence[Condition]) -> None:
    """Make the open alerts of a kind those that were found: new ones, worse ones, and those whose cause is gone."""
    at = now()
    by_subject = {storable(one.subject, 200): one for one in found}
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        known = {
            row.subject: row for row in Alert.objects.select_for_update().filter(kind=kind, cleared_at=None)
        }
        # Somebody else may be raising the same just now: then it is raised, which is all that is wanted.
        Alert.objects.bulk_create(
            [
                Alert(kind=kind, subject=subject, raised_at=at, severity=one.weight, **_fresh(kind, one, at))
                for subject, one in by_subject.items()
                if subject not in known
            ],
            ignore_conflicts=True,
        )
        for subject, row in known.items():
            one = by_subject.get(subject)
            if one is not None:
                _go_on(row, one, at)
            # Seen in the future: the clock was ahead and has been set right.
            elif (
                not dt.timedelta() <= at - row.last_seen_at < dt.timedelta(seconds=settings.NODE.alert_settle)
            ):
                Alert.objects.filter(pk=row.pk).update(cleared_at=at)


def _fresh(kind: str, one: Condition, at: dt.datetime) -> dict:
    params = storable_json(one.params)
    return {"params": params, "message": sentence(kind, params), "last_seen_at": at}


def _go_on(row: Alert, one: Condition, at: dt.datetime) -> None:
    changes = {**_fresh(row.kind, one, at), "severity": one.weight}
    if _gravity(one.weight, one.params) > _gravity(row.severity, row.params):
        # Who acknowledged it had something smaller before their eyes.
        changes |= {"worse_at": at, "turns": row.turns + 1, "acknowledged_at": None, "acknowledged_by": None}
    Alert.objects.filter(pk=row.pk).update(**changes)


def _gravity(weight: str, params: Mapping[str, object]) -> tuple[int, int]:
    """Of one weight, a disk on which nothing is written is worse than one for which no crawl begins."""
    level = params.get("level", 0)
    return RANK[weight], level if isinstance(level, int) else 0


def acknowledge(*, alert: Alert, by: User, note: str = "") -> None:
    """Somebody knows of it and sees to it. ActRefused where it is cleared, or another person said so before."""
    with transaction.atomic():
        row = Alert.objects.select_for_update().get(pk=alert.pk)
        if row.cleared_at is not None:
            raise ActRefused(RefusalCode.ALERT_CLEARED, gettext("Its cause is gone already."))
        if row.acknowledged_at is not None:
            raise ActRefused(RefusalCode.ALERT_KNOWN, gettext("Somebody has acknowledged it already."))
        said = storable(note, LONGEST_NOTE)
        Alert.objects.filter(pk=row.pk).update(acknowledged_at=now(), acknowledged_by=by, note=said)
        audit(
            user=by,
            action="alerts.acknowledge",
            subject=f"alert:{row.pk}",
            after={"kind": row.kind, "note": said},
        )


def set_rule(*, user: User, version: int, values: Mapping[str, object]) -> AlertRule:
    """Keep what a person wants to be told. ActRefused when they changed it elsewhere since ``version``."""
    with transaction.atomic():
        row = AlertRule.objects.select_for_update().filter(user=user).first()
        if (row.version if row else 0) != version:
            raise ActRefused(
                RefusalCode.RULE_CHANGED,
                gettext("You have changed these rules elsewhere. Look at them once more."),
            )
        row, _new = AlertRule.objects.update_or_create(user=user, defaults={**values, "version": version + 1})
        audit(user=user, action="alerts.rules", subject=f"user:{user.pk}", after=_said(values))
        telling.due_anew(rule=row)
    return row


def _said(values: Mapping[str, object]) -> dict:
    return {
        name: value if isinstance(value, list | bool | int | None) else str(value)
        for name, value in values.items()
    }
