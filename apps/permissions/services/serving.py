"""What written agreements say of serving, as terms: for the verdict about readers, which adds what else is known."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, Sum, Value

from apps.common.prepared import Prepared
from apps.permissions.choices import Right, Said, ScopeKind
from apps.permissions.models import PublisherAgreement
from apps.permissions.services.covering import Covered, Covering, speaking_now, speaking_of, today

RIGHTS = (Right.SERVE, Right.SERVE_OPENLY, Right.TRIGGER)


@dataclass(frozen=True, slots=True)
class AgreedTerm:
    """One agreement's word on a right, ``granted`` or refused; ``scope``: at which level it was said."""

    granted: bool
    scope: ScopeKind
    agreement: int
    name: str


def serving_terms(aus: Iterable[Covered], day: dt.date | None = None) -> dict[int, dict[Right, AgreedTerm]]:
    """By AU, of the rights to serve, to serve openly and of trigger events those that an agreement speaks of; with
    three queries at most. The same word that ``decide`` follows."""
    asked = list(aus)
    covering, on = Covering(asked), day or today()
    return {one.key: agreed_terms(covering.of(one), on) for one in asked}


_changes = Prepared(
    lambda: PublisherAgreement.objects.values_list(Value(1)).annotate(
        Count("pk"), Sum("version"), Max("updated_at")
    )
)


def agreements_stamp() -> tuple:
    """Another value after every change of an agreement: rows only come, and count their changes."""
    return tuple(_changes.rows())


def agreed_terms(
    covering: Iterable[PublisherAgreement], day: dt.date | None = None
) -> dict[Right, AgreedTerm]:
    """The same of agreements that cover an AU, whatever their state."""
    speaking, ended = speaking_now(covering, day or today())
    found = {right: row for right in RIGHTS if (row := speaking_of(right, speaking)) is not None}
    said = {right: _term(row, granted=getattr(row, right) == Said.YES) for right, row in found.items()}
    if ended is not None and ended.perpetual == Said.NO:
        # It gives no access after its end.
        said[Right.SERVE] = _term(ended, granted=False)
    return said


def _term(row: PublisherAgreement, *, granted: bool) -> AgreedTerm:
    return AgreedTerm(granted, ScopeKind(row.scope), row.pk, row.name)
