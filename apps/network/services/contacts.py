"""The people of a member. Names and addresses stand in the row alone: the audit record says that, not who."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.network.choices import ContactRole
from apps.network.models import Member, MemberContact
from apps.network.services.rows import locked, once, put

MOST_CONTACTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    role: ContactRole
    name: str
    email: str = ""


def add_contact(
    *, member: Member, user: User, said: Person, request_key: UUID | None = None
) -> MemberContact:
    def make() -> MemberContact:
        Member.objects.select_for_update().get(pk=member.pk)
        if member.contacts.filter(erased_at=None).count() >= MOST_CONTACTS:
            raise ValidationError({"name": gettext("A member may have %d contacts at most.") % MOST_CONTACTS})
        row = MemberContact(member=member, request_key=request_key)
        put(row, said)
        row.save()
        _note(row, user, "network.contact", None, {"contact": row.pk, "role": row.role})
        return row

    return once(MemberContact, request_key, said, make)


def change_contact(*, contact: MemberContact, version: int, user: User, said: Person) -> MemberContact:
    with transaction.atomic():
        row = locked(contact, version)
        if row.erased_at is not None:
            raise ValidationError(gettext("This contact was erased. Enter another one instead."))
        before = {"contact": row.pk, "role": row.role}
        put(row, said)
        row.version += 1
        row.save()
        _note(row, user, "network.contact", before, {"contact": row.pk, "role": row.role})
    return row


def erase_contact(*, contact: MemberContact, user: User) -> MemberContact:
    """Name and address go for good; that they were erased, and by whom, stays. Twice is once."""
    with transaction.atomic():
        row = MemberContact.objects.select_for_update().get(pk=contact.pk)
        if row.erased_at is not None:
            return row
        row.name, row.email, row.erased_at = "", "", now()
        row.version += 1
        row.save()
        _note(row, user, "network.erase", None, {"contact": row.pk, "role": row.role})
    return row


def _note(row: MemberContact, user: User, action: str, before, after) -> None:
    audit(user=user, action=action, subject=f"member:{row.member_id}", before=before, after=after)
