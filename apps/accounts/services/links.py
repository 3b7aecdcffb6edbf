"""One-time links with which somebody sets a password: made by an administrator, used by a POST alone."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.choices import LinkKind
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import OneTimeLink, User
from apps.accounts.services.auditing import audit
from apps.accounts.services.people import set_password
from apps.common.clock import now

LIFE = dt.timedelta(days=3)


def make_link(*, person: User, by: User, kind: LinkKind = LinkKind.RESET) -> str:
    """What the address ends with; those before are good no more."""
    if not person.is_active:
        raise AccountError(
            AccountCode.BAD_VALUE, gettext("This account is closed: a link would open nothing.")
        )
    text = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        OneTimeLink.objects.filter(user=row, used_at=None).update(expires_at=now())
        OneTimeLink.objects.create(
            user=row,
            kind=kind,
            digest=_digest(text),
            access_version=row.access_version,
            made_by=by,
            created_at=now(),
            expires_at=now() + LIFE,
        )
        audit(user=by, action="accounts.link-make", subject=f"user:{row.username}", after={"kind": kind})
    return text


def find_link(text: str) -> OneTimeLink | None:
    """A link that is still good; looking does not use it."""
    row = OneTimeLink.objects.select_related("user").filter(digest=_digest(text)).first()
    return row if row is not None and _is_good(row, row.user) else None


def use_link(*, text: str, password: str) -> User:
    """Sets the password. Of many who try at once one succeeds. AccountError NO_LINK."""
    with transaction.atomic():
        # The person first, then the link, as ``make_link`` does: the other way round they wait for each other.
        links = OneTimeLink.objects.filter(digest=_digest(text))
        person = User.objects.select_for_update().filter(pk__in=links.values("user_id")).first()
        row = links.select_for_update().first() if person else None
        if row is None or not _is_good(row, person):
            raise AccountError(AccountCode.NO_LINK, gettext("This link was used, or is too old."))
        row.used_at = now()
        row.save(update_fields=["used_at"])
        audit(user=person, action="accounts.link-use", subject=f"user:{person.username}")
        set_password(person=person, password=password, by=person)
    return person


def _is_good(row: OneTimeLink, person: User) -> bool:
    return (
        row.used_at is None
        and row.expires_at > now()
        and person.is_active
        and row.access_version == person.access_version
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
