"""Keys for knowledge bases: made, shown once, withdrawn, and their use counted."""

import datetime as dt
import hashlib
import secrets
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext

from apps.accounts.choices import Scope
from apps.accounts.factors import needs_second_factor
from apps.accounts.models import User
from apps.accounts.services import LONGEST_LIFE, audit, may_have
from apps.common.clock import now
from apps.common.text import storable
from apps.kbart.choices import KeyEnd
from apps.kbart.errors import ActError
from apps.kbart.models import FeedToken, Series

LONGEST_LABEL = 200
# Bytes of chance in a secret; nobody guesses it, so its digest needs no slow hash.
SECRET = 32
# As if there were no such key; who lacks a second factor is told so.
ENDED = frozenset({KeyEnd.OVER, KeyEnd.MAY_NOT, KeyEnd.SHUT_OUT})


def make_token(
    *,
    label: str,
    series: Series | None,
    user: User,
    life: dt.timedelta = LONGEST_LIFE,
    request_key: UUID | None = None,
) -> tuple[FeedToken, str]:
    """The row and the secret, which is known only now; "" for a form that was sent twice."""
    if not dt.timedelta(0) < life <= LONGEST_LIFE:
        raise ActError(gettext("A key is good for a year at most."))
    label = label.strip()
    if not label or label != storable(label, LONGEST_LABEL):
        raise ActError(gettext("Say in at most %d characters who fetches with this key.") % LONGEST_LABEL)
    secret = secrets.token_urlsafe(SECRET)
    try:
        with transaction.atomic():
            version = (
                User.objects.select_for_update().values_list("access_version", flat=True).get(pk=user.pk)
            )
            row = FeedToken.objects.create(
                label=label,
                key=f"kb-{secrets.token_hex(6)}",
                digest=_digest(secret),
                series=series,
                user=user,
                access_version=version,
                expires_at=now() + life,
                request_key=request_key,
            )
            told = {"label": label, "series": series.audit_subject if series else "all"}
            told["expires"] = row.expires_at.isoformat()
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
    return None if row is None or end_of(row) in ENDED or (key and key != row.key) else row


def end_of(token: FeedToken) -> KeyEnd | None:
    """Why it opens nothing although nobody withdrew it, by the laws of persons' tokens; None: it opens."""
    if token.expires_at is not None and token.expires_at <= now():
        return KeyEnd.OVER
    if token.user is None:
        return None
    if not may_have(token.user, Scope.REPORTS):
        return KeyEnd.MAY_NOT
    if token.access_version not in (None, token.user.access_version):
        return KeyEnd.SHUT_OUT
    return KeyEnd.SECOND_FACTOR if needs_second_factor(token.user) else None


def count_use(*, token: FeedToken) -> None:
    FeedToken.objects.filter(pk=token.pk).update(uses=F("uses") + 1, last_used_at=now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
