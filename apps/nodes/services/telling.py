"""Who is to be told of which alert, when, and with which message. Rows only: nothing is sent here."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.common.clock import now
from apps.nodes.alert_mail import mail_text, post_text
from apps.nodes.alert_times import Hours, due_at
from apps.nodes.choices_alerts import RANK, Channel, NoticeEvent
from apps.nodes.models import Alert, AlertMessage, AlertNotice, AlertRule

# An alert that was cleared this long ago is news for nobody.
STALE = dt.timedelta(days=7)
# A digest's day and a night behind it, with what summer time adds.
LONGEST_WAIT = dt.timedelta(days=2, hours=3)
MOST_PEOPLE = 1000
# More alerts stand in one mail as a number.
MOST_IN_ONE = 200


@dataclass(frozen=True, slots=True)
class Recipient:
    channel: str
    user: User | None
    severities: Sequence[str]
    hours: Hours | None = None

    def due_at(self, weight: str, at: dt.datetime) -> dt.datetime:
        return at if self.hours is None else due_at(self.hours, weight, at)


def rule_of(user: User) -> AlertRule:
    """The rule of a person; where they made none, the one that holds meanwhile (not saved)."""
    row = AlertRule.objects.filter(user=user).first()
    return row or AlertRule(user=user, zone=settings.NODE.time_zone, mail=Role.SYSTEM in user.roles)


def hours_of(rule: AlertRule) -> Hours:
    return Hours(
        zone=rule.zone,
        digest_hour=rule.digest_hour,
        quiet_from=rule.quiet_from,
        quiet_until=rule.quiet_until,
    )


def recipients() -> list[Recipient]:
    node = settings.NODE
    found = []
    if node.mail_host:
        told = Q(alert_rule__mail=True) | Q(alert_rule=None, roles__contains=[Role.SYSTEM])
        rows = User.objects.filter(told, is_active=True).exclude(email="").select_related("alert_rule")
        for user in rows.order_by("pk")[:MOST_PEOPLE]:
            rule = getattr(user, "alert_rule", None) or AlertRule(user=user, zone=node.time_zone)
            found.append(Recipient(Channel.MAIL, user, rule.severities, hours_of(rule)))
    if node.webhook_url:
        least = RANK[node.webhook_severity]
        found.append(Recipient(Channel.WEBHOOK, None, [name for name, rank in RANK.items() if rank >= least]))
    return found


def plan() -> None:
    """Note for each open alert who is to be told, and for each cleared one who was. Once each, however often asked."""
    at = now()
    rows = []
    people = recipients()
    for alert in Alert.objects.filter(cleared_at=None).order_by("pk"):
        rows += _notices(alert, people, at)
    AlertNotice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    told = AlertNotice.objects.filter(
        event=NoticeEvent.CLEARED, alert=OuterRef("alert"), channel=OuterRef("channel")
    )
    same = Q(user=OuterRef("user")) | Q(user=None, channel=Channel.WEBHOOK)
    over = (
        AlertNotice.objects.filter(
            ~Exists(told.filter(same)),
            alert__cleared_at__gt=at - STALE,
            event__in=(NoticeEvent.RAISED, NoticeEvent.WORSE),
            dropped_at=None,
        )
        .select_related("alert")
        .order_by("pk")
    )
    by_key = {(one.channel, one.user.pk if one.user else None): one for one in people}
    # Who wants to know nothing more is not told of the end either.
    ends = [(row, by_key.get((row.channel, row.user_id))) for row in over]
    AlertNotice.objects.bulk_create(
        [_cleared(row, one, at) for row, one in ends if one is not None],
        ignore_conflicts=True,
        batch_size=500,
    )


def _notices(alert: Alert, people: Iterable[Recipient], at: dt.datetime) -> list[AlertNotice]:
    event = NoticeEvent.WORSE if alert.turns else NoticeEvent.RAISED
    return [
        AlertNotice(
            alert=alert,
            event=event,
            turn=alert.turns,
            channel=one.channel,
            user=one.user,
            due_at=one.due_at(alert.severity, at),
        )
        for one in people
        if alert.severity in one.severities
    ]


def _cleared(row: AlertNotice, recipient: Recipient, at: dt.datetime) -> AlertNotice:
    """Good news wakes nobody: it goes by the hours even where the alert was critical."""
    when = recipient.due_at("note", at)
    return AlertNotice(
        alert=row.alert, event=NoticeEvent.CLEARED, channel=row.channel, user_id=row.user_id, due_at=when
    )


def due_anew(*, rule: AlertRule) -> None:
    """A person changed their rule: what waits for them is told by the new one, or not at all."""
    waiting = AlertNotice.objects.filter(
        user=rule.user, channel=Channel.MAIL, message=None, dropped_at=None
    ).select_related("alert")
    at, hours = now(), hours_of(rule)
    for row in waiting:
        if not rule.mail or row.alert.severity not in rule.severities:
            AlertNotice.objects.filter(pk=row.pk).delete()
            continue
        weight = "note" if row.event == NoticeEvent.CLEARED else row.alert.severity
        AlertNotice.objects.filter(pk=row.pk).update(due_at=due_at(hours, weight, at))


def compose() -> int:
    """Write the messages that are due: one mail a person for all of them, one POST for each; returns how many."""
    made = 0
    for user_id in (
        due().filter(channel=Channel.MAIL).order_by("user").values_list("user", flat=True).distinct()
    ):
        made += _compose_mail(user_id)
    for pk in due().filter(channel=Channel.WEBHOOK).order_by("pk").values_list("pk", flat=True)[:MOST_IN_ONE]:
        made += _compose_post(pk)
    return made


def due():
    """Notices whose time has come and that stand in no message yet.

    Digest and quiet hours hold nothing for longer than ``LONGEST_WAIT``: what lies further ahead was planned by a clock
    that was wrong.
    """
    at = now()
    planned = Q(due_at__lte=at) | Q(due_at__gt=at + LONGEST_WAIT)
    return AlertNotice.objects.filter(planned, message=None, dropped_at=None)


def _compose_mail(user_id: int) -> int:
    at = now()
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        rows = list(
            due()
            .select_for_update(skip_locked=True, of=("self",))
            .filter(channel=Channel.MAIL, user=user_id)
            .select_related("alert")
            .order_by("due_at", "pk")[:MOST_IN_ONE]
        )
        user = User.objects.get(pk=user_id)
        keys = [row.pk for row in rows]
        if not rows or not user.is_active or not user.email:
            AlertNotice.objects.filter(pk__in=keys).update(dropped_at=at)
            return 0
        rule = rule_of(user)
        with timezone.override(rule.zone):
            subject, body = mail_text(_once(rows))
        message = AlertMessage.objects.create(
            channel=Channel.MAIL,
            user=user,
            address=user.email,
            subject=subject,
            body=body,
            created_at=at,
            next_attempt_at=at,
        )
        AlertNotice.objects.filter(pk__in=keys).update(message=message)
        # That it was less once is no news any more.
        worse = [row.alert_id for row in rows if row.event == NoticeEvent.WORSE]
        AlertNotice.objects.filter(alert__in=worse, user=user, message=None, dropped_at=None).exclude(
            event=NoticeEvent.CLEARED
        ).update(message=message)
    return 1


def _once(rows: Sequence[AlertNotice]) -> list[AlertNotice]:
    """What became worse while it waited is told as it is now."""
    last = {(row.alert_id, row.event == NoticeEvent.CLEARED): row.pk for row in rows}
    kept = set(last.values())
    return [row for row in rows if row.pk in kept]


def _compose_post(pk: int) -> int:
    at = now()
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        row = (
            due()
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk=pk)
            .select_related("alert")
            .first()
        )
        if row is None:
            return 0
        row.message = AlertMessage.objects.create(
            channel=Channel.WEBHOOK,
            address=host_of(settings.NODE.webhook_url),
            body=post_text(row),
            created_at=at,
            next_attempt_at=at,
        )
        row.save(update_fields=["message"])
    return 1


def host_of(url: str) -> str:
    """Without what may be a secret: webhooks carry theirs in the path or the query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"
