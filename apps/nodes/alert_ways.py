"""How alerts reach somebody beyond the pages, and why one reached nobody: the same words on each page that says it."""

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.nodes.choices_alerts import Channel
from apps.nodes.models import Alert
from apps.nodes.services import telling

# So many accounts are told by name.
NAMED = 3


def no_server() -> str:
    return gettext("This node names no mail server (mail_host), so nobody gets e-mail.")


def how_told() -> str:
    """Of all alerts, as the node is set up now."""
    said, node = [], settings.NODE
    found = telling.recipients()
    if not node.mail_host:
        said.append(no_server())
    elif any(one.channel == Channel.MAIL for one in found):
        said.append(gettext("Alerts are sent by e-mail to whoever wants to be told."))
    else:
        said.append(_nobody_by_mail())
    if node.webhook_url:
        said.append(gettext("They are posted to %s.") % telling.host_of(node.webhook_url))
    elif not node.mail_host:
        said.append(gettext("Alerts stand on its pages."))
    return " ".join(said)


def posted_to() -> str:
    """Where programs are told, whoever wants what by mail; without its end."""
    url = settings.NODE.webhook_url
    if not url:
        return gettext("Alerts are posted nowhere")
    return gettext("Alerts are posted to %s") % telling.host_of(url)


def why_nobody(alert: Alert) -> str:
    """Of one that nobody was told of: the cause, and the next act."""
    node = settings.NODE
    if any(alert.severity in one.severities for one in telling.recipients()):
        if alert.cleared_at:
            return gettext("Nobody: it was over before anybody was told.")
        return gettext("Nobody yet: the node tells it with its next look, within minutes.")
    if not node.mail_host and not node.webhook_url:
        return " ".join(
            [
                gettext("Nobody."),
                no_server(),
                gettext(
                    "No address that alerts are posted to is named either (webhook_url). Whoever runs the node "
                    "enters one of them in its settings."
                ),
            ]
        )
    if not node.mail_host:
        return " ".join(
            [
                gettext("Nobody."),
                no_server(),
                gettext("Alerts as light as this one are not posted (webhook_severity)."),
            ]
        )
    return gettext("Nobody.") + " " + _nobody_by_mail()


def _nobody_by_mail() -> str:
    """There is a mail server: does nobody want mail, or has who wants it no address?"""
    wants = Q(alert_rule__mail=True) | Q(alert_rule=None, roles__contains=[Role.SYSTEM])
    lacking = User.objects.filter(wants, is_active=True, email="").order_by("pk")
    names = list(lacking.values_list("username", flat=True)[:NAMED])
    if names:
        said = gettext(
            "Who wants to be told has no e-mail address: %s. A system administrator enters it under People."
        )
        return said % ", ".join(names)
    return gettext(
        "No person wants to be told of alerts like this one. Each chooses it under “What you are told”."
    )
