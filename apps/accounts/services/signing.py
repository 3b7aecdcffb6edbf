"""Wrong passwords cost time: a pause that doubles, per name and address, per address and per name.

An attempt is counted before its password is looked at, so that many at once gain nothing; a right password takes
its own count back. Names are kept as digests: people type passwords into the wrong field.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from apps.accounts.choices import Door
from apps.accounts.models import SignInFailure, User
from apps.accounts.services.auditing import audit
from apps.common.clock import now

FORGET_AFTER = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` attempts without a pause. An address may be a whole library behind one proxy, so it has more;
    a name has most, so that nobody locks somebody else out from one place.
    """

    scope: str
    free: int


PAIR, ADDRESS, NAME = Limit("pair", 5), Limit("address", 40), Limit("name", 100)


def begin_attempt(*, username: str, address: str) -> timedelta:
    """Count an attempt; zero: look at the password; else how long to wait before the next one is looked at."""
    at = now()
    keys = _keys(username, address)
    with transaction.atomic():
        SignInFailure.objects.filter(last_at__lt=at - FORGET_AFTER).delete()
        SignInFailure.objects.bulk_create(
            [SignInFailure(key=key, last_at=at) for key in sorted(keys)], ignore_conflicts=True
        )
        # In the order of keys, so that two attempts do not wait for each other.
        rows = list(SignInFailure.objects.select_for_update().filter(key__in=keys).order_by("key"))
        until = max((row.blocked_until for row in rows if row.blocked_until), default=at)
        if until > at:
            return until - at
        for row in rows:
            _count(row, keys[row.key], at)
            if row.failures == keys[row.key].free + 1:
                _note_block(username, address)
    return timedelta(0)


def end_attempt(*, username: str, address: str) -> None:
    """The password was right: the count of this name begins anew, the address gets its attempt back."""
    keys = _keys(username, address)
    own = [key for key, limit in keys.items() if limit is not ADDRESS]
    with transaction.atomic():
        SignInFailure.objects.filter(key__in=own).delete()
        SignInFailure.objects.filter(key__in=set(keys) - set(own)).update(
            failures=Greatest(F("failures") - 1, 0), blocked_until=None
        )


def note_sign_in(*, user: User, address: str, door: Door = Door.FORM) -> None:
    with transaction.atomic():
        audit(
            user=user,
            action="accounts.sign-in",
            subject=f"user:{user.username}",
            after={"address": address, "door": str(door)},
        )


def _count(row: SignInFailure, limit: Limit, at) -> None:
    row.failures += 1
    row.last_at = at
    beyond = row.failures - limit.free
    if beyond > 0:
        row.blocked_until = at + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(beyond - 1, 10))
    row.save(update_fields=["failures", "last_at", "blocked_until"])


def _note_block(username: str, address: str) -> None:
    known = User.objects.filter(username__iexact=username).values_list("username", flat=True).first()
    subject = f"user:{known}" if known else "user:?"
    audit(action="accounts.sign-in-slowed", subject=subject, after={"address": address})


def _keys(username: str, address: str) -> dict[str, Limit]:
    name = username.strip().casefold()
    return {
        _digest("pair", name, address): PAIR,
        _digest("address", address): ADDRESS,
        _digest("name", name): NAME,
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
