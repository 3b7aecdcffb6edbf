"""Who the parties are, and what was said to and by them."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.display import day_text
from apps.common.text import storable
from apps.permissions.choices import Channel, PartyRole
from apps.permissions.models import AgreementContact, AgreementParty, PublisherAgreement
from apps.permissions.services.again import kept_by
from apps.permissions.services.covering import today

LONGEST_NAME = 300
LONGEST_TEXT = 20_000
MOST_PARTIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of the contact log."""

    on: dt.date
    channel: Channel
    who: str
    said: str
    next_step: str = ""
    next_on: dt.date | None = None


def add_party(
    *, agreement: PublisherAgreement, user: User, name: str, role: PartyRole, email: str = ""
) -> AgreementParty:
    """The same party in the same role again is the same row, with the newer address."""
    name = " ".join(storable(name, LONGEST_NAME).split())
    if not name:
        raise ValidationError({"name": gettext("The party needs a name.")})
    with transaction.atomic():
        PublisherAgreement.objects.select_for_update().get(pk=agreement.pk)
        if agreement.parties.count() >= MOST_PARTIES:
            raise ValidationError(
                {"name": gettext("An agreement may have %(most)s parties at most.") % {"most": MOST_PARTIES}}
            )
        row, made = AgreementParty.objects.get_or_create(
            agreement=agreement, role=role, name=name, defaults={"email": email}
        )
        before = None if made else {"party": name, "role": role, "email": row.email}
        if not made and row.email != email:
            row.email = email
            row.save(update_fields=["email"])
        elif not made:
            return row
        _note(agreement, user, "permissions.party", before, {"party": name, "role": role, "email": email})
    return row


def remove_party(*, party: AgreementParty, user: User) -> None:
    with transaction.atomic():
        before = {"party": party.name, "role": party.role, "email": party.email}
        gone, _kinds = AgreementParty.objects.filter(pk=party.pk).delete()
        if gone:
            _note(party.agreement, user, "permissions.party", before, None)


def add_contact(
    *, agreement: PublisherAgreement, user: User, line: LogLine, request_key: UUID | None = None
) -> AgreementContact:
    """A line more of the log. One ``request_key``, one line."""
    if (before := kept_by(AgreementContact, request_key, agreement)) is not None:
        return before
    if line.on > today():
        raise ValidationError(
            {"on": gettext("%(on)s is still to come; enter it as the next step.") % {"on": day_text(line.on)}}
        )
    if line.next_on is not None and not line.next_step.strip():
        raise ValidationError({"next_step": gettext("Say what is to be done on that day.")})
    try:
        with transaction.atomic():
            row = AgreementContact.objects.create(
                agreement=agreement,
                on=line.on,
                channel=line.channel,
                who=storable(line.who, LONGEST_NAME),
                said=storable(line.said, LONGEST_TEXT),
                next_step=storable(line.next_step, LONGEST_TEXT),
                next_on=line.next_on,
                added_by=user,
                added_at=now(),
                request_key=request_key,
            )
            _note(agreement, user, "permissions.contact", None, {"on": str(line.on), "channel": line.channel})
    except IntegrityError:
        # The same form, sent twice at the same moment.
        if (before := kept_by(AgreementContact, request_key, agreement)) is None:
            raise
        return before
    return row


def _note(agreement: PublisherAgreement, user: User, action: str, before, after) -> None:
    audit(user=user, action=action, subject=f"agreement:{agreement.pk}", before=before, after=after)
