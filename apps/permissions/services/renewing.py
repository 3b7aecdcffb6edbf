"""Renewals of what has ended: for which period, and whether there is one already."""

import datetime as dt
import re
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from apps.permissions.choices import AgreementState, Renewal
from apps.permissions.models import AgreementParty, PublisherAgreement
from apps.permissions.services.calendar import months_later
from apps.permissions.services.covering import ended_on, standing, today
from apps.permissions.services.terms import LAST_DAY
from apps.titles.models import Publisher

ENDED = (AgreementState.LAPSED, AgreementState.WITHDRAWN)
DAY = dt.timedelta(days=1)
LONGEST_NAME = 300
# As a renewal is named: by years, or by days.
_PERIOD = re.compile(r"\s*\((?:\d{4}|\d{4}-\d\d-\d\d)(?:\s*–\s*(?:\d{4}|\d{4}-\d\d-\d\d)?)?\)$")


def has_ended_now(row: PublisherAgreement) -> bool:
    """Whether it was signed, and has lapsed, written or not yet, or was withdrawn."""
    return row.signed_on is not None and standing(row) in ENDED


def renewal_of(row: PublisherAgreement) -> PublisherAgreement | None:
    """The newest agreement that goes on from it and has not ended itself."""
    return next((one for one in row.renewals.order_by("-pk") if standing(one) not in ENDED), None)


def coming_period(row: PublisherAgreement) -> tuple[dt.date, dt.date | None]:
    """First and last day of what is asked for when it is renewed: from its end on, never from a past day, and as long
    as it was; what was to hold for longer than until today keeps its last day."""
    over = ended_on(row)
    begins = min(LAST_DAY, max(today(), over + DAY) if over else today())
    if row.ends is None or (row.ends >= begins and has_ended_now(row)):
        return begins, row.ends
    return begins, max(begins, min(LAST_DAY, _as_long(row, row.ends, begins)))


def _as_long(row: PublisherAgreement, ends: dt.date, begins: dt.date) -> dt.date:
    if row.renewal != Renewal.NONE or row.starts is None:
        return months_later(begins, row.renewal_months) - DAY
    after = ends + DAY
    months = (after.year - row.starts.year) * 12 + after.month - row.starts.month
    # Whole months are meant as such: a year has 365 days or 366.
    if months and after.day == row.starts.day:
        return months_later(begins, months) - DAY
    return begins + (ends - row.starts)


def renewal_name(row: PublisherAgreement) -> str:
    """What ended and what goes on from it are told apart by their periods; a person may call it otherwise."""
    starts, ends = coming_period(row)
    base = _PERIOD.sub("", row.name).rstrip() or row.name
    if ends is None:
        years = f"{starts:%Y}–"
    else:
        years = f"{starts:%Y}" if starts.year == ends.year else f"{starts:%Y}–{ends:%Y}"
    named = _named(base, years)
    taken = PublisherAgreement.objects.filter(publisher=row.publisher_id, name=named)
    if taken.exists():
        named = _named(base, f"{starts} – {ends}" if ends else f"{starts} –")
    return named


def _named(base: str, period: str) -> str:
    end = f" ({period})"
    return f"{base[: LONGEST_NAME - len(end)].rstrip()}{end}"


def check_renewal(row: PublisherAgreement, publisher: Publisher) -> None:
    """ValidationError where an agreement with this publisher cannot go on from it."""
    if row.publisher_id != publisher.pk:
        raise ValidationError(
            gettext(
                "“%(name)s” is an agreement of another publisher, %(house)s; it is not renewed by this one."
            )
            % {"name": row.name, "house": row.publisher.name}
        )
    if not has_ended_now(row):
        raise ValidationError(gettext("“%s” has not ended, so there is nothing to renew.") % row.name)


class RenewedBeforeError(ValidationError):
    """``agreement``: the renewal that somebody else entered since the form was made."""

    def __init__(self, old: PublisherAgreement, agreement: PublisherAgreement) -> None:
        super().__init__(
            f"“{old.name}” was renewed since this form was made, by “{agreement.name}”; nothing was saved now."
        )
        self.agreement = agreement


def check_first(row: PublisherAgreement, request_key: UUID | None) -> None:
    """RenewedBeforeError where it has a renewal of another form already; nobody enters another until the transaction
    ends."""
    locked = PublisherAgreement.objects.select_for_update(of=("self",)).get(pk=row.pk)
    before = renewal_of(locked)
    if before is not None and (request_key is None or before.request_key != request_key):
        raise RenewedBeforeError(locked, before)


def take_parties(new: PublisherAgreement, old: PublisherAgreement) -> None:
    """Who signed before signs again; a person takes out who does not."""
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=new, name=one.name, role=one.role, email=one.email)
        for one in old.parties.order_by("id")
    )
