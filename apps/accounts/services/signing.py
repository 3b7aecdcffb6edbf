"""Wrong passwords cost time: a pause that doubles, per name and address, per address and per name.

An attempt is counted before its password is looked at, so that many at once gain nothing; a right password takes
its own count back. Names are kept as digests: people type passwords into the wrong field.

What slows those who guess must not be a way to shut others out. So where somebody has signed in lately, only guesses
of their own name from that address make them wait; one address alone never fills the count of a name; and a door
(a name that begins with ``:``) is counted per address only, or anybody could shut it for all.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from apps.accounts.choices import Door
from apps.accounts.models import AuditEvent, SignInFailure, User
from apps.accounts.services.auditing import audit
from apps.common.clock import now

FORGET_AFTER = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
# How long an address stays one where a person has signed in.
KNOWN_FOR = timedelta(days=90)
# No name that anybody could sign in with begins so.
DOOR = ":"


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` attempts without a pause. An address may be a whole library behind one proxy, so it has more;
    a name has most, so that nobody locks somebody else out from one place.
    """

    scope: str
    free: int


PAIR, ADDRESS, NAME = Limit("pair", 5), Limit("address", 40), Limit("name", 100)
# What one address adds to the count of a name at most: to slow a name everywhere takes many of them.
SHARE = 10


def begin_attempt(*, username: str, address: str, forgeable: bool = False) -> timedelta:
    """Count an attempt; zero: look at the password; else how long to wait before the next one is looked at.

    ``forgeable``: a page of another site can make anybody's browser ask so (by GET); it is counted for this door and
    this address alone.
    """
    at = now()
    keys = _keys(username, address, forgeable)
    with transaction.atomic():
        SignInFailure.objects.filter(last_at__lt=at - FORGET_AFTER).delete()
        SignInFailure.objects.bulk_create(
            [SignInFailure(key=key, last_at=at) for key in sorted(keys)], ignore_conflicts=True
        )
        # In the order of keys, so that two attempts do not wait for each other.
        rows = {
            keys[row.key]: row
            for row in SignInFailure.objects.select_for_update().filter(key__in=keys).order_by("key")
        }
        for row in rows.values():
            _set_back(row, at)
        if wait := _wait(rows, at, username, address):
            return wait
        for limit, row in rows.items():
            if limit is NAME and rows[PAIR].failures > SHARE:
                continue
            _count(row, limit, at, rows[PAIR].key)
            if row.failures == limit.free + 1:
                _note_block(username, address)
    return timedelta(0)


def _wait(rows: dict[Limit, SignInFailure], at: datetime, username: str, address: str) -> timedelta:
    waits = {limit: row.blocked_until - at for limit, row in rows.items() if row.blocked_until}
    waits = {limit: wait for limit, wait in waits.items() if wait > timedelta(0)}
    if waits and PAIR not in waits and _has_come_in(username, address, at):
        return timedelta(0)
    return max(waits.values(), default=timedelta(0))


def _has_come_in(username: str, address: str, at: datetime) -> bool:
    if username.startswith(DOOR):
        return False
    names = User.objects.filter(username__iexact=username.strip()).values_list("username", flat=True)
    return AuditEvent.objects.filter(
        action="accounts.sign-in",
        subject__in=[f"user:{name}" for name in names],
        after__address=address,
        at__gt=at - KNOWN_FOR,
    ).exists()


def _set_back(row: SignInFailure, at: datetime) -> None:
    """The clock went back: what is left of a pause is as long as it was, not until the wrong clock's moment."""
    if row.last_at > at:
        if row.blocked_until:
            row.blocked_until -= row.last_at - at
        row.last_at = at
        row.save(update_fields=["last_at", "blocked_until"])


def end_attempt(*, username: str, address: str) -> None:
    """The password was right: the count of this name begins anew, the address gets its attempt back."""
    keys = _keys(username, address)
    own = [key for key, limit in keys.items() if limit is not ADDRESS]
    with transaction.atomic():
        SignInFailure.objects.filter(key__in=own).delete()
        shared = SignInFailure.objects.filter(key__in=set(keys) - set(own))
        shared.update(failures=Greatest(F("failures") - 1, 0))
        # A pause that others' guesses began goes on: nobody's own password lets them guess again.
        shared.filter(blocked_by=_digest("pair", _folded(username), address)).update(blocked_until=None)


def note_sign_in(*, user: User, address: str, door: Door = Door.FORM) -> None:
    with transaction.atomic():
        audit(
            user=user,
            action="accounts.sign-in",
            subject=f"user:{user.username}",
            after={"address": address, "door": str(door)},
        )


def _count(row: SignInFailure, limit: Limit, at: datetime, pair: str) -> None:
    """A pause that is running, which somebody known here passed by, is neither longer for that nor theirs."""
    row.failures += 1
    row.last_at = at
    beyond = row.failures - limit.free
    if beyond > 0 and not (row.blocked_until and row.blocked_until > at):
        row.blocked_until = at + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(beyond - 1, 10))
        row.blocked_by = pair
    row.save(update_fields=["failures", "last_at", "blocked_until", "blocked_by"])


def _note_block(username: str, address: str) -> None:
    known = User.objects.filter(username__iexact=username).values_list("username", flat=True).first()
    subject = f"user:{known}" if known else "user:?"
    audit(action="accounts.sign-in-slowed", subject=subject, after={"address": address})


def _keys(username: str, address: str, forgeable: bool = False) -> dict[str, Limit]:
    name = _folded(username)
    keys = {_digest("pair", name, address): PAIR}
    if not forgeable:
        keys[_digest("address", address)] = ADDRESS
    if not name.startswith(DOOR):
        keys[_digest("name", name)] = NAME
    return keys


def _folded(username: str) -> str:
    """However it was typed."""
    return username.strip().casefold()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
