"""Sends the messages of alerts. An attempt is noted before it is made and its end after it: a message is never lost.

A kill between the two sends the same message once more, under the same name (Message-ID, X-Lockss-Delivery), by which
its receiver knows it.
"""

import datetime as dt
import hashlib
import hmac
import time

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.common import mail
from apps.common.clock import now
from apps.common.http_guard import Guard
from apps.common.http_post import PostFailed, post
from apps.common.text import storable
from apps.nodes.choices_alerts import Channel
from apps.nodes.models import AlertMessage
from apps.nodes.services import telling

FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(hours=6)
TIMEOUT_S = 15.0
# One run ends after these; the next scan goes on.
MOST_SENT = 200
LONGEST_S = 120.0


class NotSent(Exception):  # noqa: N818 - said by a channel on purpose
    """Why, for people."""


def waiting() -> bool:
    """Whether there is something that should be sent now."""
    return due().exists() or telling.due().exists()


def due() -> QuerySet:
    """What is not sent yet and whose time has come, or can only have been planned by a clock that was ahead."""
    at = now()
    planned = Q(next_attempt_at__lte=at) | Q(next_attempt_at__gt=at + LONGEST_PAUSE)
    return AlertMessage.objects.filter(planned, sent_at=None)


def send_due() -> int:
    """Write and send what is due; returns how many were sent."""
    telling.compose()
    sent, began = 0, time.monotonic()
    for _ in range(MOST_SENT):
        row = _claim()
        if row is None or time.monotonic() - began > LONGEST_S:
            break
        try:
            send_mail(row) if row.channel == Channel.MAIL else send_post(row)
        except NotSent as error:
            AlertMessage.objects.filter(pk=row.pk).update(error=storable(error))
        else:
            AlertMessage.objects.filter(pk=row.pk).update(sent_at=now(), error="")
            sent += 1
    return sent


def _claim() -> AlertMessage | None:
    """The message that is due longest; its next attempt is set before this one is made."""
    at = now()
    with transaction.atomic():
        rows = due().select_for_update(skip_locked=True)
        row = rows.order_by("next_attempt_at", "pk").first()
        if row is None:
            return None
        row.attempts += 1
        row.next_attempt_at = at + pause(row.attempts)
        row.save(update_fields=["attempts", "next_attempt_at"])
    return row


def pause(attempts: int) -> dt.timedelta:
    """Before the next attempt: half a minute, then ever twice as long, at most six hours."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 20))


def send_mail(row: AlertMessage) -> None:
    try:
        mail.send(
            to=row.address, subject=row.subject, body=row.body, key=f"alert-{row.key}", at=row.created_at
        )
    except mail.MailNotTaken as error:
        raise NotSent(str(error)) from error


def send_post(row: AlertMessage) -> None:
    node = settings.NODE
    if not node.webhook_url:
        raise NotSent("no address is named any more (webhook_url)")
    body = row.body.encode()
    stamp = str(int(now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "LOCKSS-Portal",
        "X-Lockss-Delivery": str(row.key),
        "X-Lockss-Timestamp": stamp,
    }
    if node.webhook_secret:
        headers["X-Lockss-Signature"] = f"sha256={signature(node.webhook_secret, stamp, body)}"
    try:
        post(node.webhook_url, body, headers, guard=Guard.of(node.webhook_private_hosts), seconds=TIMEOUT_S)
    except PostFailed as error:
        raise NotSent(str(error)) from error


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the moment, a dot and the body, in hex: an old POST cannot be said again as a new one."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
