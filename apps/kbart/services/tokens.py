"""Keys for knowledge bases: made, shown once, withdrawn, and their use counted."""

import hashlib
import secrets
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.accounts.services import audit, may_have
from apps.common.clock import now
from apps.common.text import storable
from apps.kbart.errors import ActError
from apps.kbart.models import FeedToken, Series

LONGEST_LABEL = 200
# Bytes of chance in a secret; nobody guesses it, so its digest needs no slow hash.
SECRET = 32


def make_token(
    *, label: str, series: Series | None, user: User, request_key: UUID | None = None
) -> tuple[FeedToken, str]:
    """The row and the secret, which is known only now; "" for a form that was sent twice."""
    label = label.strip()
    if not label or label != storable(label, LONGEST_LABEL):
        raise ActError(gettext("Say in at most %d characters who fetches with this key.") % LONGEST_LABEL)
    secret = secrets.token_urlsafe(SECRET)
    try:
        with transaction.atomic():
            row = FeedToken.objects.create(
                label=label,
                key=f"kb-{secrets.token_hex(6)}",
                digest=_digest(secret),
                series=series,
                user=user,
                request_key=request_key,
            )
            told = {"label": label, "series": series.audit_subject if series else "all"}
            audit(user=user, action="kbart.key-new", subject=row.audit_subject, after=told)
    except IntegrityError:
        before = FeedToken.objects.filter(request_key=request_key).first() if request_key else None
        if before is None:
            raise
        return before, ""
    return row, secret


def revoke_token(*, token: FeedToken, user: User) -> None:
    """From now on it opens nothing. Done twice, it is done once."""
    with transaction.atomic():
        if FeedToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now(), updated_at=now()):
            audit(
                user=user,
                action="kbart.key-revoke",
                subject=token.audit_subject,
                after={"label": token.label},
            )


def token_for(secret: str, key: str = "") -> FeedToken | None:
    """Whose secret it is, unless it opens nothing any more; ``key``, where it is given, must be its own."""
    if not secret or len(secret) > 200:
        return None
    rows = FeedToken.objects.select_related("user")
    row = rows.filter(digest=_digest(secret), revoked_at=None).first()
    return None if row is None or sleeps(row) or (key and key != row.key) else row


def sleeps(token: FeedToken) -> bool:
    """Whether who made it may read reports no more: a key reaches as far as its person does now."""
    return token.user is not None and not may_have(token.user, Scope.REPORTS)


def count_use(*, token: FeedToken) -> None:
    FeedToken.objects.filter(pk=token.pk).update(uses=F("uses") + 1, last_used_at=now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
