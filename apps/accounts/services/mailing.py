"""One-time links by mail. The link is in the mail alone: no row, no log and no queue holds it."""

import logging
import secrets

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from apps.accounts.choices import LinkKind
from apps.accounts.models import User
from apps.accounts.services.auditing import audit
from apps.common import mail
from apps.common.clock import now

log = logging.getLogger(__name__)


def can_mail(person: User) -> bool:
    """Whether this node sends mail, and knows where to."""
    return mail.configured() and bool(person.email)


def mail_link(*, person: User, by: User, kind: LinkKind, address: str) -> bool:
    """Send it to its person, waiting for the server; False where the server did not take it."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject, body = _text(person, kind, address)
    try:
        mail.send(to=person.email, subject=subject, body=body, key=f"link-{secrets.token_hex(16)}", at=now())
    except mail.MailNotTaken as error:
        log.warning("the mail with a link for %s was not taken: %s", person.username, error)
        return False
    audit(user=by, action="accounts.link-mail", subject=f"user:{person.username}", after={"to": person.email})
    return True


def _text(person: User, kind: LinkKind, address: str) -> tuple[str, str]:
    node = settings.NODE.name
    why = gettext("An administrator of %(node)s made a link with which you set a new password.")
    if kind == LinkKind.INVITATION:
        why = gettext("You have an account at %(node)s. With this link you set its password.")
    lines = [
        why % {"node": node},
        address,
        gettext("Your user name is %s.") % person.username,
        gettext(
            "It can be used once, within three days. Whoever has it can set the password: pass it on to nobody."
        ),
        gettext(
            "If you did not expect this mail, tell the people of the node; as long as nobody uses the link, nothing changes."
        ),
        f"-- \n{node}\n{settings.NODE.public_url}/",
    ]
    subject = " ".join([f"[{node}]", *gettext("Set your password").split()])
    return subject[:150], "\n\n".join(lines) + "\n"
