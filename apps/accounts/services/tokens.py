"""Tokens: made, found, used and revoked. 256 random bits, so that a plain digest keeps them."""

import datetime as dt
import hashlib
import secrets
import uuid

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from apps.accounts.choices import SCOPE_ROLES, Scope
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import ApiToken, User
from apps.accounts.services.auditing import audit
from apps.common.clock import now

# Marks a token as such: for people, for programs that look for leaked ones, and apart from a password.
PREFIX = "lpt_"
SHOWN = 10
LONGEST_LIFE = dt.timedelta(days=366)
USED_EVERY = dt.timedelta(minutes=1)


def make_token(
    *, user: User, name: str, scopes: list[str], life: dt.timedelta, request_key: uuid.UUID
) -> tuple[ApiToken, str]:
    """The row, and the token itself, which nobody can show again; "" where the form came a second time.

    AccountError: a scope beyond the person's roles (SCOPE), a life that is too long or over (BAD_VALUE).
    """
    wanted = [scope for scope in Scope.values if scope in scopes]
    for scope in wanted:
        if not may_have(user, scope):
            raise AccountError(
                AccountCode.SCOPE, gettext("Your roles do not reach so far: %s.") % Scope(scope).label
            )
    if not wanted or not dt.timedelta(0) < life <= LONGEST_LIFE:
        raise AccountError(
            AccountCode.BAD_VALUE, gettext("A token is for something, and for a year at most.")
        )
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        version = User.objects.select_for_update().values_list("access_version", flat=True).get(pk=user.pk)
        row, made = ApiToken.objects.get_or_create(
            request_key=request_key,
            defaults={
                "user": user,
                "name": name,
                "start": text[:SHOWN],
                "digest": _digest(text),
                "scopes": wanted,
                "access_version": version,
                "created_at": now(),
                "expires_at": now() + life,
            },
        )
        if not made:
            return row, ""
        audit(
            user=user,
            action="accounts.token-make",
            subject=f"user:{user.username}",
            after={"name": name, "start": row.start, "scopes": wanted, "expires": row.expires_at.isoformat()},
        )
    return row, text


def may_have(user: User, scope: str) -> bool:
    roles = SCOPE_ROLES[scope]
    return user.is_active and (not roles or user.has_role(*roles))


def revoke_token(*, token: ApiToken, by: User) -> None:
    with transaction.atomic():
        if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now()):
            return
        audit(
            user=by,
            action="accounts.token-revoke",
            subject=f"user:{token.user.username}",
            before={"name": token.name, "start": token.start, "scopes": token.scopes},
        )


def find_token(text: str) -> ApiToken | None:
    """The good token of this text with its person; None: there is none (any more)."""
    if not text.startswith(PREFIX):
        return None
    return ApiToken.objects.good().select_related("user").filter(digest=_digest(text)).first()


def note_use(*, token: ApiToken, address: str) -> None:
    """To a minute: a program may ask often."""
    at = now()
    lately = (at - USED_EVERY, at + USED_EVERY)
    last = token.last_used_at
    if last is None or not lately[0] <= last <= lately[1] or token.last_address != address:
        old = Q(last_used_at=None) | ~Q(last_used_at__range=lately) | ~Q(last_address=address)
        ApiToken.objects.filter(old, pk=token.pk).update(last_used_at=at, last_address=address)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
