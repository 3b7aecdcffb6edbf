"""Agreements of membership: which edition of which text, and from when to when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.uploads import Upload
from apps.network.models import Member, Membership
from apps.network.services.papers import attach, drop, kept
from apps.network.services.rows import facts, locked, once, past_day, put

FACTS = ("name", "edition", "signed_on", "starts", "ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    name: str
    starts: dt.date
    edition: str = ""
    signed_on: dt.date | None = None
    ends: dt.date | None = None


def add_membership(
    *,
    member: Member,
    user: User,
    said: Terms,
    uploads: Sequence[Upload] = (),
    request_key: UUID | None = None,
) -> Membership:
    """With its documents. One ``request_key``, one agreement."""
    _check(said)
    made = []
    with kept(uploads) as files:

        def make() -> Membership:
            row = Membership(member=member, request_key=request_key)
            put(row, said)
            row.save()
            _note(row, user, None)
            attach(files, user, member=member, membership=row, decision=None)
            made.append(row)
            return row

        found = once(Membership, request_key, said, make)
    if not made:
        drop(files)
    return found


def change_membership(*, membership: Membership, version: int, user: User, said: Terms) -> Membership:
    _check(said)
    with transaction.atomic():
        row = locked(membership, version)
        before = facts(row, FACTS)
        put(row, said)
        row.version += 1
        row.save()
        if facts(row, FACTS) != before:
            _note(row, user, before)
    return row


def _check(said: Terms) -> None:
    if said.signed_on is not None:
        past_day(said.signed_on, "signed_on")
    if said.ends is not None and said.ends < said.starts:
        raise ValidationError({"ends": gettext("It would end before it begins on %s.") % said.starts})


def _note(row: Membership, user: User, before) -> None:
    after = {"agreement": row.pk, **facts(row, FACTS)}
    audit(
        user=user, action="network.membership", subject=f"member:{row.member_id}", before=before, after=after
    )
