"""Which written agreements cover an AU, for one or for thousands with the same few queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import DateField, ExpressionWrapper, F, Q, QuerySet, Value

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import node_day, now
from apps.permissions.choices import AgreementState, Renewal, Right, Said, ScopeKind
from apps.permissions.models import PublisherAgreement

# The narrower an agreement, the more its word counts.
_NARROWNESS = {ScopeKind.PUBLISHER: 0, ScopeKind.TITLES: 1, ScopeKind.AUS: 2}
_ONCE_SIGNED = (AgreementState.SIGNED, AgreementState.LAPSED, AgreementState.WITHDRAWN)


def today() -> dt.date:
    """Agreements begin and end with a day of the node's time zone, whoever reads."""
    return node_day(now())


@dataclass(frozen=True, slots=True)
class Covered:
    """What agreements ask of an AU."""

    key: int
    publisher_id: int | None
    publisher: str
    title_id: int | None
    listed_id: int | None
    plugin_id: str


def covered_rows(keys: Iterable[int]) -> list[Covered]:
    fields = ("pk", "publisher_id", "publisher__name", "title_id", "listed_id", "plugin_id")
    rows = Au.objects.filter(pk__in=list(keys)).values_list(*fields)
    return [Covered(key, house, name or "", *rest) for key, house, name, *rest in rows]


def covered(au: Au) -> Covered:
    """Of one that is there already."""
    name = au.publisher.name if au.publisher else ""
    return Covered(au.pk, au.publisher_id, name, au.title_id, au.listed_id, au.plugin_id)


class Covering:
    """The agreements of a batch of AUs; three queries, however many they are."""

    def __init__(self, aus: list[Covered], *, every_state: bool = False) -> None:
        houses = {one.publisher_id for one in aus} - {None}
        rows = PublisherAgreement.objects.filter(publisher__in=houses).defer("clause", "opening", "notes")
        if not every_state:
            rows = rows.filter(state__in=_ONCE_SIGNED)
        self._by_house: dict[int, list[PublisherAgreement]] = defaultdict(list)
        for row in rows.order_by("pk"):
            if _in_this_network(row):
                self._by_house[row.publisher_id].append(row)
        found = [row for some in self._by_house.values() for row in some]
        self._titles = _named(
            PublisherAgreement.titles, "title_id", _of(found, ScopeKind.TITLES), {one.title_id for one in aus}
        )
        self._listed = _named(
            PublisherAgreement.listed_aus,
            "listedau_id",
            _of(found, ScopeKind.AUS),
            {one.listed_id for one in aus},
        )

    def of(self, au: Covered) -> list[PublisherAgreement]:
        if au.publisher_id is None:
            return []
        return [row for row in self._by_house[au.publisher_id] if self._covers(row, au)]

    def _covers(self, row: PublisherAgreement, au: Covered) -> bool:
        if row.platforms and au.plugin_id not in row.platforms:
            return False
        # An AU without a title is not one of an agreement that has lost its titles.
        if row.scope == ScopeKind.TITLES:
            return (row.pk, au.title_id) in self._titles
        return row.scope == ScopeKind.PUBLISHER or (row.pk, au.listed_id) in self._listed


def selected_of(row: PublisherAgreement) -> QuerySet[Au]:
    """What is selected here and named by one agreement, whatever its state and whichever its networks."""
    found = Au.objects.filter(publisher=row.publisher_id, state=AuState.SELECTED)
    if row.scope == ScopeKind.TITLES:
        found = found.filter(title__in=row.titles.all())
    elif row.scope == ScopeKind.AUS:
        found = found.filter(listed__in=row.listed_aus.all())
    return found.filter(plugin_id__in=row.platforms) if row.platforms else found


def selected_under(number: int) -> QuerySet[Au]:
    """The same by the agreement's number; nothing for one that nobody entered."""
    row = PublisherAgreement.objects.filter(pk=number).first()
    return selected_of(row) if row else Au.objects.none()


def _of(rows: list[PublisherAgreement], scope: ScopeKind) -> list[int]:
    return [row.pk for row in rows if row.scope == scope]


def _named(relation, field: str, agreements: list[int], wanted: set) -> set[tuple[int, int]]:
    """Pairs of agreement and what it names, of those that are asked about."""
    if not agreements:
        return set()
    rows = relation.through.objects.filter(
        publisheragreement__in=agreements, **{f"{field}__in": wanted - {None}}
    )
    return set(rows.values_list("publisheragreement_id", field))


def _in_this_network(row: PublisherAgreement) -> bool:
    ours = settings.NODE.network_name.strip().casefold()
    return not row.networks or ours in {name.strip().casefold() for name in row.networks}


def in_force(row: PublisherAgreement, day: dt.date) -> bool:
    """The dates decide, not the state that a scanner writes; what renews itself does not end by its date."""
    open_ended = row.ends is None or row.renewal == Renewal.AUTOMATIC
    return (
        row.state == AgreementState.SIGNED
        and row.starts is not None
        and row.starts <= day
        and (open_ended or (row.ends is not None and row.ends >= day))
    )


def has_ended(row: PublisherAgreement, day: dt.date) -> bool:
    """Whether it was in force once and is no more; what was never signed has not ended."""
    if row.state in (AgreementState.LAPSED, AgreementState.WITHDRAWN):
        return row.signed_on is not None
    begun = row.starts is not None and row.starts <= day
    return row.state == AgreementState.SIGNED and begun and not in_force(row, day)


def standing(row: PublisherAgreement, day: dt.date | None = None) -> AgreementState:
    """Its state with today: one whose last day is over is shown as lapsed before the scanner has written it."""
    over = row.ends is not None and row.ends < (day or today()) and row.renewal != Renewal.AUTOMATIC
    return AgreementState.LAPSED if row.state == AgreementState.SIGNED and over else AgreementState(row.state)


def standing_as(state: AgreementState | str) -> Q:
    """The same as a condition, for lists and counts."""
    over = Q(state=AgreementState.SIGNED, ends__lt=today()) & ~Q(renewal=Renewal.AUTOMATIC)
    if state == AgreementState.LAPSED:
        return Q(state=state) | over
    return Q(state=state) & ~over


def coming_to_an_end() -> Q:
    """Signed ones that have a last day and do not renew themselves: for those the last day for notice matters."""
    return Q(state=AgreementState.SIGNED, ends__gte=today()) & ~Q(renewal=Renewal.AUTOMATIC)


def renewing_themselves(until: dt.date) -> Q:
    """Signed ones that renew themselves, and whose last day, or last day for notice, has come by ``until``."""
    by_notice = ExpressionWrapper(Value(until) + F("notice_days"), output_field=DateField())
    return Q(state=AgreementState.SIGNED, renewal=Renewal.AUTOMATIC, ends__lte=by_notice)


def of_this_year() -> Q:
    """Those that end in this calendar year or have ended in it; what renews itself does neither."""
    january = today().replace(month=1, day=1)
    return (standing_as(AgreementState.LAPSED) | coming_to_an_end()) & Q(
        ends__gte=january, ends__lte=january.replace(month=12, day=31)
    )


def speaking_now(
    rows: Iterable[PublisherAgreement], day: dt.date
) -> tuple[list[PublisherAgreement], PublisherAgreement | None]:
    """Those whose word on what is here counts, and the last one to end where none is in force: its word goes on."""
    covering = list(rows)
    holding = [row for row in covering if in_force(row, day)]
    if holding:
        return holding, None
    ended = sorted((row for row in covering if has_ended(row, day)), key=lambda row: last_day(row, day))
    return ended[-1:], ended[-1] if ended else None


def last_day(row: PublisherAgreement, day: dt.date) -> dt.date:
    return min(filter(None, (row.ends, row.closed_on, day)))


def ended_on(row: PublisherAgreement) -> dt.date | None:
    """Since when it permits nothing more, of one that lapsed or was withdrawn; a later last day changes nothing."""
    if row.state in (AgreementState.LAPSED, AgreementState.WITHDRAWN):
        return row.closed_on or row.ends
    return row.ends


def prolonged(row: PublisherAgreement) -> bool:
    """Whether it lapsed and was given a last day to come: it holds when it is taken to signed again."""
    return row.state == AgreementState.LAPSED and (row.ends is None or row.ends >= today())


def denying(right: Right, rows: Iterable[PublisherAgreement]) -> PublisherAgreement | None:
    """The agreement that says no to a right: the narrowest ones that speak of it decide, and there one no is enough."""
    row = speaking_of(right, rows)
    return row if row is not None and getattr(row, right) == Said.NO else None


def speaking_of(right: Right, rows: Iterable[PublisherAgreement]) -> PublisherAgreement | None:
    """The agreement whose word on a right counts: of the narrowest ones that speak of it one that says no, else the first."""
    speaking = [row for row in rows if getattr(row, right) != Said.NOTHING]
    if not speaking:
        return None
    narrowest = max(_narrowness(row) for row in speaking)
    found = [row for row in speaking if _narrowness(row) == narrowest]
    return next((row for row in found if getattr(row, right) == Said.NO), found[0])


def _narrowness(row: PublisherAgreement) -> tuple[int, bool]:
    return _NARROWNESS[ScopeKind(row.scope)], bool(row.platforms)
