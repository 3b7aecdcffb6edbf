"""A report that is made no more: nobody and no clock makes editions of it, those that were made stay where they are."""

from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.kbart.choices import ENDED, EditionState
from apps.kbart.errors import ActError
from apps.kbart.models import Edition, Series


def end_series(*, series: Series, user: User) -> bool:
    """Whether it had gone on until now. One that is being made is made to its end. Begun again by ``change_series``."""
    with transaction.atomic():
        row = Series.objects.select_for_update().get(pk=series.pk)
        if row.is_ended:
            return False
        before = {"every": row.every}
        row.every, row.next_at, row.version = ENDED, None, row.version + 1
        row.save(update_fields=["every", "next_at", "version", "updated_at"])
        audit(
            user=user,
            action="kbart.series-end",
            subject=row.audit_subject,
            before=before,
            after={"ended": now()},
        )
    return True


def refuse_ended(series: Series) -> None:
    """ActError: no edition is made of it. The series is locked."""
    if series.is_ended:
        raise ActError(gettext("This report was ended: no edition of it is made any more."))


def is_made(series: Series) -> bool:
    """Whether an edition of it is being made just now."""
    return Edition.objects.filter(series=series, state=EditionState.WAITING).exists()
