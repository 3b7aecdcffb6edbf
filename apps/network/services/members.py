"""Institutions: entered as applicants, changed by who saw the newest row; only decisions move their state."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.search import fold
from apps.network.models import Member
from apps.network.services.rows import facts, locked, once, past_day, put

FACTS = (
    "name",
    "short_name",
    "country",
    "web",
    "isil",
    "ror",
    "state",
    "applied_on",
    "admitted_on",
    "closed_on",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """``isil``, ``ror`` and ``country`` as ``identifiers`` writes them."""

    name: str
    applied_on: dt.date
    short_name: str = ""
    country: str = ""
    web: str = ""
    isil: str = ""
    ror: str = ""
    notes: str = ""


def register_member(*, user: User, said: Institution, request_key: UUID | None = None) -> Member:
    """Enter an institution that applied. One ``request_key``, one member."""
    past_day(said.applied_on, "applied_on")

    def make() -> Member:
        row = Member(request_key=request_key)
        put(row, said)
        _check(row)
        row.save()
        audit(user=user, action="network.member", subject=f"member:{row.pk}", after=facts(row, FACTS))
        return row

    return once(Member, request_key, said, make, _taken)


def change_member(*, member: Member, version: int, user: User, said: Institution) -> Member:
    """``version``: of the row that the person saw."""
    past_day(said.applied_on, "applied_on")
    try:
        with transaction.atomic():
            row = locked(member, version)
            before = facts(row, FACTS)
            put(row, said)
            _check(row)
            row.version += 1
            row.save()
            after = facts(row, FACTS)
            if after != before:
                audit(
                    user=user, action="network.member", subject=f"member:{row.pk}", before=before, after=after
                )
    except IntegrityError:
        raise ValidationError(_taken()) from None
    return row


def _check(row: Member) -> None:
    """ValidationError naming the field where another member has the same name or number."""
    row.name = " ".join(row.name.split())
    row.name_key = fold(row.name)
    if not row.name_key:
        raise ValidationError({"name": gettext("The institution needs a name.")})
    if row.admitted_on and row.applied_on > row.admitted_on:
        raise ValidationError(
            {"applied_on": gettext("It was admitted on %s, before that day.") % row.admitted_on}
        )
    others = Member.objects.exclude(pk=row.pk)
    for field, key in (("name", "name_key"), ("isil", "isil"), ("ror", "ror")):
        value = getattr(row, key)
        if value and (other := others.filter(**{key: value}).first()):
            raise ValidationError({field: gettext("“%s” is entered with it already.") % other.name})


def _taken() -> str:
    return gettext("Another member was entered with this name or number a moment ago. Nothing was saved.")
