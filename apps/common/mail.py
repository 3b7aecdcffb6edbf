"""One mail, given to the node's mail server and waited for; who calls says what follows where it was not taken."""

import datetime as dt
import smtplib
import ssl
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from apps.common.failures import exchange_said

TIMEOUT_S = 15.0


class MailNotTaken(Exception):  # noqa: N818 - said by the server on purpose
    """Why, for logs and administrators."""


def configured() -> bool:
    """Whether the node has a mail server."""
    return bool(settings.NODE.mail_host)


def sender() -> str:
    return settings.NODE.mail_from or f"lockss@{urlsplit(settings.NODE.public_url).hostname}"


def send(*, to: str, subject: str, body: str, key: str, at: dt.datetime) -> None:
    """MailNotTaken. ``key`` makes its Message-ID: a mail that is sent again is known by it."""
    node = settings.NODE
    if not node.mail_host:
        raise MailNotTaken("no mail server is named any more (mail_host)")
    backend = EmailBackend(
        host=node.mail_host,
        port=node.mail_port,
        username=node.mail_user,
        password=node.mail_password,
        use_tls=node.mail_tls == "starttls",
        use_ssl=node.mail_tls == "tls",
        timeout=TIMEOUT_S,
    )
    headers = {
        "Message-ID": f"<{key}@{urlsplit(node.public_url).hostname}>",
        "Date": format_datetime(at),
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMessage(subject, body, sender(), [to], headers=headers, connection=backend)
    try:
        if node.mail_ca_file:
            backend.ssl_context = ssl.create_default_context(cafile=str(node.home / node.mail_ca_file))
        mail.send()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MailNotTaken(exchange_said(error)) from error
