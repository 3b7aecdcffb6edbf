"""The words of a mail and of a POST about alerts."""

import json
from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext, ngettext

from apps.accounts.services import head as newest_seal
from apps.common.display import count_text, moment_text
from apps.nodes.alert_words import said, sentence
from apps.nodes.choices_alerts import AlertKind, NoticeEvent, Weight
from apps.nodes.models import Alert, AlertNotice

LONGEST_SUBJECT = 150


def mail_text(notices: Sequence[AlertNotice]) -> tuple[str, str]:
    """Subject and text of one mail that tells all of these."""
    node = settings.NODE
    parts = [_part(one) for one in notices]
    if len(notices) == 1:
        said = f"{_word(notices[0])}: {sentence(notices[0].alert.kind, notices[0].alert.params)}"
    else:
        said = ngettext("%s alert", "%s alerts", len(notices)) % count_text(len(notices))
    subject = " ".join(f"[{node.name}] {said}".split())
    foot = gettext("What you are told, and when: %s") % f"{node.public_url}/alerts/rules/"
    # Outside the database, a head shows that the record's end was cut off (``verify_audit --heads``).
    head = newest_seal()
    if head is not None:
        noted = f"{head.position}:{bytes(head.digest).hex()}"
        foot += "\n" + gettext("Keep this mail: it tells the head of the audit record, %s") % noted
    return subject[:LONGEST_SUBJECT], "\n\n".join([*parts, f"-- \n{node.name}\n{foot}"]) + "\n"


def _part(notice: AlertNotice) -> str:
    alert = notice.alert
    lines = [f"{_word(notice)}: {sentence(alert.kind, alert.params)}"]
    if notice.event == NoticeEvent.CLEARED:
        lines.append(gettext("Its cause is gone since %s.") % moment_text(alert.cleared_at))
    else:
        lines += [
            gettext("Since %s.") % moment_text(alert.raised_at),
            str(said(alert.kind, alert.params).next_step),
        ]
    return "\n".join([*lines, page(alert)])


def _word(notice: AlertNotice) -> str:
    if notice.event == NoticeEvent.CLEARED:
        return gettext("Over")
    return str(Weight(notice.alert.severity).label).capitalize()


def page(alert: Alert) -> str:
    return f"{settings.NODE.public_url}/alerts/{alert.pk}/"


def post_text(notice: AlertNotice) -> str:
    """JSON, as docs/operation.md tells it."""
    alert = notice.alert
    return json.dumps(
        {
            "node": settings.NODE.name,
            "identity": settings.NODE.lcap_identity,
            "event": notice.event,
            "alert": alert.pk,
            "kind": alert.kind,
            "title": str(AlertKind(alert.kind).label),
            "subject": alert.subject,
            "severity": alert.severity,
            "message": sentence(alert.kind, alert.params),
            "values": alert.params,
            "raised_at": alert.raised_at.isoformat(),
            "cleared_at": alert.cleared_at.isoformat() if alert.cleared_at else None,
            "page": page(alert),
        },
        ensure_ascii=False,
    )
