"""Written agreements: entered once, changed by who saw the newest state, moved from state to state, renewed, lapsed."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.display import day_text
from apps.permissions.choices import AgreementState, Renewal
from apps.permissions.models import PublisherAgreement
from apps.permissions.services.again import digests_of, same
from apps.permissions.services.calendar import renewed_until
from apps.permissions.services.covering import standing, today
from apps.permissions.services.documents import Paper, Stored, attach, remove, removed_if_failing, store
from apps.permissions.services.renewing import check_first, check_renewal, take_parties
from apps.permissions.services.terms import Terms, check, check_signed, facts, put, wrong_day
from apps.titles.models import Publisher

State = AgreementState
# From each state to where a person may take it. Lapsing is the calendar's doing.
MOVES: dict[str, tuple[AgreementState, ...]] = {
    State.DRAFT: (State.SENT, State.SIGNED, State.WITHDRAWN),
    State.SENT: (State.SIGNED, State.DRAFT, State.WITHDRAWN),
    State.SIGNED: (State.WITHDRAWN,),
    State.LAPSED: (State.SIGNED,),
    State.WITHDRAWN: (),
}
ENTERED = (State.DRAFT, State.SENT, State.SIGNED)
# Renewals that are made up at once for a node that slept long.
MOST_RENEWALS = 1_000


def register_agreement(
    *,
    user: User,
    publisher: Publisher,
    terms: Terms,
    state: AgreementState = State.SIGNED,
    since: dt.date | None = None,
    papers: Sequence[Paper] = (),
    renews: PublisherAgreement | None = None,
    request_key: UUID | None = None,
) -> PublisherAgreement:
    """Enter an agreement. ``since``: when it was sent or signed; ``renews``: what ended and it goes on from, with the
    same parties. One ``request_key``, one agreement. RenewedBeforeError where somebody renewed it before."""
    if (before := _entered(request_key)) is not None:
        return same(before, publisher, terms, state, since, digests_of(papers))
    if renews is not None:
        check_renewal(renews, publisher)
    check(terms)
    if state not in ENTERED:
        raise ValidationError(
            {"state": gettext("An agreement is entered as a draft, as sent, or as signed.")}
        )
    check_signed(terms.starts, state)
    day = since or min(terms.starts or today(), today())
    if day > today():
        raise ValidationError({"since": gettext("%(day)s is still to come.") % {"day": day_text(day)}})
    stored = store(papers)
    with removed_if_failing(stored):
        try:
            return _enter(user, publisher, terms, state, day, stored, renews, request_key)
        except IntegrityError:
            # The same form, sent twice at the same moment.
            if (before := _entered(request_key)) is None:
                raise
    for one in stored:
        remove(one.leaf)
    return same(before, publisher, terms, state, since, [one.sha256 for one in stored])


def _entered(request_key: UUID | None) -> PublisherAgreement | None:
    return PublisherAgreement.objects.filter(request_key=request_key).first() if request_key else None


def _enter(
    user: User,
    publisher: Publisher,
    terms: Terms,
    state: AgreementState,
    day: dt.date,
    stored: Sequence[Stored],
    renews: PublisherAgreement | None,
    request_key: UUID | None,
) -> PublisherAgreement:
    with transaction.atomic():
        if renews is not None:
            check_first(renews, request_key)
        row = PublisherAgreement(state=state, renews=renews, request_key=request_key)
        if state == State.SENT:
            row.sent_on = day
        elif state == State.SIGNED:
            row.signed_on = day
        put(row, publisher, terms)
        if renews is not None:
            take_parties(row, renews)
        audit(user=user, action="permissions.agreement", subject=f"agreement:{row.pk}", after=facts(row))
        attach(row, stored, user)
    return row


def change_agreement(
    *, agreement: PublisherAgreement, version: int, user: User, publisher: Publisher, terms: Terms
) -> PublisherAgreement:
    """``version``: of the row that the person saw."""
    check(terms)
    with transaction.atomic():
        row = locked(agreement, version)
        check_signed(terms.starts, row.state)
        before = facts(row)
        row.version += 1
        put(row, publisher, terms)
        after = facts(row)
        if after != before:
            audit(
                user=user,
                action="permissions.agreement",
                subject=f"agreement:{row.pk}",
                before=before,
                after=after,
            )
    return row


def move_agreement(
    *,
    agreement: PublisherAgreement,
    version: int,
    user: User,
    to: AgreementState,
    on: dt.date,
    ends: dt.date | None = None,
) -> PublisherAgreement:
    """Take it to another state on a day. ``ends``: the new last day of one that lapsed and is signed anew."""
    with transaction.atomic():
        row = locked(agreement, version)
        move(row, user, to, on, ends)
    return row


def move(
    row: PublisherAgreement, user: User, to: AgreementState, on: dt.date, ends: dt.date | None = None
) -> None:
    """As ``move_agreement``, of a locked row."""
    if row.state != standing(row):
        # Its last day is over, and the scanner has not come yet.
        _lapse(row)
    if to not in MOVES[row.state]:
        was = State(row.state).label
        raise ValidationError(
            {
                "to": gettext("From “%(was)s” an agreement does not become “%(state)s”.")
                % {"was": was, "state": State(to).label}
            }
        )
    if on > today():
        raise ValidationError({"on": gettext("%(on)s is still to come.") % {"on": day_text(on)}})
    last = _since(row)
    if last is not None and on < last:
        was = State(row.state).label
        raise ValidationError(
            {
                "on": gettext("%(on)s lies before %(last)s, since when the agreement is “%(was)s”.")
                % {"on": day_text(on), "last": day_text(last), "was": was}
            }
        )
    if to == State.SIGNED and row.starts is None:
        raise ValidationError(
            {"to": gettext("It has no first day yet. Enter it under “Change”, then take it to signed.")}
        )
    before = _dates(row)
    if row.state == State.LAPSED:
        _check_end(row, ends)
        row.ends, row.closed_on = ends, None
        if ends is None:
            row.renewal = Renewal.NONE
    row.state, row.version = to, row.version + 1
    if to == State.SENT:
        row.sent_on = on
    elif to == State.SIGNED:
        row.signed_on = on
    elif to == State.WITHDRAWN:
        row.closed_on = on
    row.save()
    audit(
        user=user,
        action="permissions.move",
        subject=f"agreement:{row.pk}",
        before=before,
        after=_dates(row),
    )


def _since(row: PublisherAgreement) -> dt.date | None:
    """The day on which it came to its state; a draft has none, also one that was sent before."""
    days = {State.SENT: row.sent_on, State.SIGNED: row.signed_on, State.LAPSED: row.closed_on}
    return days.get(State(row.state))


def _check_end(row: PublisherAgreement, ends: dt.date | None) -> None:
    """ValidationError where what lapsed cannot be signed anew until that day."""
    if ends is None:
        return
    if ends < today():
        raise ValidationError(
            {"ends": gettext("The new last day, %(ends)s, is over already.") % {"ends": day_text(ends)}}
        )
    if row.starts is not None and ends < row.starts:
        raise ValidationError(
            {
                "ends": gettext("The agreement would end on %(ends)s before it begins on %(starts)s.")
                % {"ends": day_text(ends), "starts": day_text(row.starts)}
            }
        )
    if said := wrong_day(ends):
        raise ValidationError({"ends": said})


def _dates(row: PublisherAgreement) -> dict:
    days = ("ends", "sent_on", "signed_on", "closed_on")
    return {"state": row.state, **{day: str(value) for day in days if (value := getattr(row, day))}}


def locked(agreement: PublisherAgreement, version: int | None) -> PublisherAgreement:
    """The row, for this transaction; ValidationError where it is newer than the page somebody decided on."""
    row = PublisherAgreement.objects.select_for_update().get(pk=agreement.pk)
    if version is not None and row.version != version:
        raise ValidationError(
            gettext(
                "Somebody has changed this agreement since your page was made. Look at it again; nothing was saved."
            )
        )
    return row


def lapse_agreements() -> int:
    """Scanner: signed agreements whose last day is over are renewed or become lapsed; returns how many."""
    over = PublisherAgreement.objects.filter(state=State.SIGNED, ends__lt=today())
    return sum(_close(pk) for pk in over.values_list("pk", flat=True))


def _close(pk: int) -> int:
    with transaction.atomic():
        row = PublisherAgreement.objects.select_for_update().get(pk=pk)
        if row.state != State.SIGNED or row.ends is None or row.ends >= today():
            return 0
        if row.renewal != Renewal.AUTOMATIC:
            _lapse(row)
            return 1
        before, after = {"ends": str(row.ends)}, {"ends": str(_renew(row))}
        row.version += 1
        row.save()
        audit(action="permissions.renew", subject=f"agreement:{pk}", before=before, after=after)
    return 1


def _lapse(row: PublisherAgreement) -> None:
    """It is over by its last day; nobody did it."""
    before = {"state": row.state}
    row.state, row.closed_on, row.version = State.LAPSED, row.ends, row.version + 1
    row.save()
    audit(
        action="permissions.lapse",
        subject=f"agreement:{row.pk}",
        before=before,
        after={"state": State.LAPSED},
    )


def _renew(row: PublisherAgreement) -> dt.date:
    last, n = row.ends, 0
    if last is None:
        raise ValueError("what has no end is not renewed")
    while row.ends < today() and n < MOST_RENEWALS:
        n += 1
        row.ends = renewed_until(row.starts, last, n * row.renewal_months)
    return row.ends
