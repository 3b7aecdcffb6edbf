"""A form that comes again: whether it says what the agreement says that it made before."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from apps.common.clock import node_day
from apps.permissions.choices import AgreementState
from apps.permissions.models import AgreementContact, AgreementLetter, PublisherAgreement
from apps.permissions.services.documents import Paper
from apps.permissions.services.terms import Terms, says
from apps.titles.models import Publisher

_PIECE = 1 << 20
Kept = TypeVar("Kept", AgreementLetter, AgreementContact)


class SentBeforeError(ValidationError):
    """``agreement``: what the form made when it came first, and that says something else."""

    def __init__(self, agreement: PublisherAgreement) -> None:
        super().__init__(
            f"This form was sent before and made the agreement “{agreement.name}”; nothing was saved now. "
            "Change the agreement instead."
        )
        self.agreement = agreement


def kept_by(model: type[Kept], request_key: UUID | None, agreement: PublisherAgreement) -> Kept | None:
    """What a form on an agreement's page made when it came first; ValidationError where it was another's form."""
    row = (
        model.objects.filter(request_key=request_key).select_related("agreement").first()
        if request_key
        else None
    )
    if row is not None and row.agreement_id != agreement.pk:
        raise ValidationError(
            gettext(
                "This form was made for “%(name)s”, another agreement, and was sent there; nothing was kept here. "
                "Look at it again and send it if it is meant for this one."
            )
            % {"name": row.agreement.name}
        )
    return row


def same(
    row: PublisherAgreement,
    publisher: Publisher,
    terms: Terms,
    state: AgreementState,
    since: dt.date | None,
    digests: Iterable[str],
) -> PublisherAgreement:
    """The row, if it says all that the form says; SentBeforeError where anything would be lost."""
    kept = set(row.documents.values_list("sha256", flat=True))
    if not (
        row.state == state
        and _day(row) in (None, since or min(terms.starts or dt.date.max, node_day(row.created_at)))
        and kept == set(digests)
        and says(row, publisher, terms)
    ):
        raise SentBeforeError(row)
    return row


def _day(row: PublisherAgreement) -> dt.date | None:
    """When it came to its state; a draft has no such day."""
    return {AgreementState.SENT: row.sent_on, AgreementState.SIGNED: row.signed_on}.get(
        AgreementState(row.state)
    )


def digests_of(papers: Sequence[Paper]) -> list[str]:
    """Of what came, nothing of it stored; each stands afterwards where it stood before."""
    return [_digest(paper) for paper in papers]


def _digest(paper: Paper) -> str:
    begin, digest = paper.file.tell(), hashlib.sha256()
    while piece := paper.file.read(_PIECE):
        digest.update(piece)
    paper.file.seek(begin)
    return digest.hexdigest()
