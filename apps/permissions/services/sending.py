"""Letters that were sent: kept as they were, with their PDF."""

import datetime as dt
import hashlib
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.display import day_text
from apps.permissions import letters
from apps.permissions.choices import AgreementState
from apps.permissions.models import AgreementLetter, PublisherAgreement
from apps.permissions.services.again import kept_by
from apps.permissions.services.agreements import locked, move
from apps.permissions.services.covering import today


def send_letter(
    *, agreement: PublisherAgreement, version: int, user: User, on: dt.date, request_key: UUID | None = None
) -> AgreementLetter:
    """Keep the letter as it is now, as sent on that day; a draft is then “sent”. One ``request_key``, one letter."""
    if (before := kept_by(AgreementLetter, request_key, agreement)) is not None:
        return before
    if on > today():
        raise ValidationError({"on": gettext("%(on)s is still to come.") % {"on": day_text(on)}})
    try:
        with transaction.atomic():
            row = locked(agreement, version)
            letter = _keep(row, user, on, request_key)
            if row.state == AgreementState.DRAFT:
                move(row, user, AgreementState.SENT, on)
    except (IntegrityError, ValidationError):
        # The same form, sent twice at the same moment: the second finds the number taken or the row changed.
        if (before := kept_by(AgreementLetter, request_key, agreement)) is None:
            raise
        return before
    return letter


def _keep(row: PublisherAgreement, user: User, on: dt.date, request_key: UUID | None) -> AgreementLetter:
    content = letters.content_of(row, on)
    pdf = letters.letter_pdf(content, now())
    letter = AgreementLetter.objects.create(
        agreement=row,
        number=(row.letters.aggregate(last=Max("number"))["last"] or 0) + 1,
        sent_on=on,
        subject=content["subject"],
        text=letters.mail_text(content),
        content=content,
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        sent_by=user,
        added_at=now(),
        request_key=request_key,
    )
    audit(
        user=user,
        action="permissions.letter",
        subject=f"agreement:{row.pk}",
        after={"letter": letter.number, "on": str(on), "sha256": letter.pdf_sha256},
    )
    return letter
