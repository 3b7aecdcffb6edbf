"""Reminders: rows that a scanner writes once for each day that comes, and that a person marks as done."""

import datetime as dt
from collections.abc import Iterator

from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q, QuerySet

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.permissions.choices import AgreementState, ReminderKind, Renewal
from apps.permissions.models import AgreementContact, AgreementReminder, PublisherAgreement
from apps.permissions.services.covering import today


def remind() -> int:
    """Scanner: write what is due and not yet written; returns how many rows are new."""
    day = today()
    rows = [*_days_of_agreements(day), *_next_steps(day)]
    before = AgreementReminder.objects.count()
    AgreementReminder.objects.bulk_create(rows, ignore_conflicts=True)
    return AgreementReminder.objects.count() - before


def _days_of_agreements(day: dt.date) -> Iterator[AgreementReminder]:
    """The notice day where notice stops something; the last day where nothing goes on by itself."""
    rows = PublisherAgreement.objects.filter(state=AgreementState.SIGNED, ends__gte=day)
    # Notice lies before the end: both spans together are the farthest that a day can be.
    rows = rows.filter(ends__lte=day + F("remind_days") + F("notice_days"))
    for row in rows.only("id", "ends", "renewal", "notice_days", "remind_days"):
        shown = dt.timedelta(days=row.remind_days)
        notice = row.notice_day
        if notice is not None and day <= notice <= day + shown:
            yield _row(row, ReminderKind.NOTICE, notice)
        if row.renewal != Renewal.AUTOMATIC and row.ends is not None and row.ends <= day + shown:
            yield _row(row, ReminderKind.ENDS, row.ends)


def _next_steps(day: dt.date) -> Iterator[AgreementReminder]:
    """Steps that are due, unless the agreement was given up."""
    known = AgreementReminder.objects.filter(contact__isnull=False).values("contact")
    rows = AgreementContact.objects.filter(next_on__lte=day).exclude(pk__in=known).exclude(_given_up())
    for row in rows.select_related("agreement"):
        yield _row(row.agreement, ReminderKind.NEXT_STEP, row.next_on, row)


def _row(
    agreement: PublisherAgreement,
    kind: ReminderKind,
    due: dt.date | None,
    contact: AgreementContact | None = None,
) -> AgreementReminder:
    return AgreementReminder(agreement=agreement, kind=kind, due_on=due, contact=contact, made_at=now())


def _given_up() -> Q:
    return Q(agreement__state=AgreementState.WITHDRAWN)


def open_reminders() -> QuerySet[AgreementReminder]:
    """What nobody has marked as done, the nearest day first; a day that an agreement no longer has is left out."""
    notice = ExpressionWrapper(
        F("agreement__ends") - F("agreement__notice_days"), output_field=models.DateField()
    )
    signed = Q(agreement__state=AgreementState.SIGNED)
    wanted = (
        Q(kind=ReminderKind.NEXT_STEP) & ~_given_up()
        | Q(kind=ReminderKind.ENDS, due_on=F("agreement__ends")) & signed
        | Q(kind=ReminderKind.NOTICE, due_on=F("notice_day"), agreement__notice_days__gt=0) & signed
    )
    rows = AgreementReminder.objects.filter(done_at__isnull=True).alias(notice_day=notice).filter(wanted)
    return rows.select_related("agreement", "contact").order_by("due_on", "id")


def reminder_done(*, reminder: AgreementReminder, user: User) -> None:
    """A second click changes nothing."""
    with transaction.atomic():
        changed = AgreementReminder.objects.filter(pk=reminder.pk, done_at__isnull=True).update(
            done_at=now(), done_by=user
        )
        if changed:
            audit(
                user=user,
                action="permissions.reminder",
                subject=f"agreement:{reminder.agreement_id}",
                after={"kind": reminder.kind, "due_on": str(reminder.due_on)},
            )
