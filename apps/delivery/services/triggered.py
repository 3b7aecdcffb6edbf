"""Trigger events as everybody may know them: those that count today, of what they really gave to everybody.

An event that the publisher's refusal makes void, or whose AUs an embargo hides, is in nothing here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from apps.aus.models import Au
from apps.common.clock import node_day
from apps.delivery.models import StemReading, TriggerEvent
from apps.delivery.services.facts import rows_of
from apps.delivery.services.judging import shown
from apps.delivery.services.kept import kept
from apps.delivery.services.readers import asker_of
from apps.lockss.delivery import Surface
from apps.lockss.delivery.verdict import Reason
from apps.permissions.models import Permission

MOST_EVENTS = 1_000
MOST_AUS = 500
MOST_STATEMENTS = 20


@dataclass(frozen=True, slots=True)
class Given:
    """An AU that is open to everybody, and where it begins."""

    name: str
    auid: str
    starts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What a publisher's page said when it was read."""

    text: str
    url: str
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvent:
    pk: int
    name: str
    publisher: str
    reason: str
    since: date
    confirmed_at: datetime
    licence: str
    citation: str
    aus: tuple[Given, ...] = ()
    statements: tuple[Statement, ...] = field(default=())


def public_events(moment: datetime) -> list[PublicEvent]:
    """All of them by name, without their AUs; at most 1,000. ``moment`` is aware."""
    rows = list(_counting(moment).order_by("-since", "-pk")[:MOST_EVENTS])
    of_aus = {row.au_id for row in rows if row.au_id}
    of_titles = {row.title_id for row in rows if row.title_id}
    found = Au.objects.filter(Q(pk__in=of_aus) | Q(title__in=of_titles)).order_by("pk")
    aus, titles = _open_to_everybody(found, moment)
    told = [_told(row) for row in rows if row.au_id in aus or row.title_id in titles]
    return sorted(told, key=lambda one: (one.name.casefold(), one.pk))


def public_event(pk: int, moment: datetime) -> PublicEvent | None:
    """One with the first 500 of its AUs by name, and what their publisher's pages said."""
    row = _counting(moment).filter(pk=pk).first()
    if row is None:
        return None
    which = Q(pk=row.au_id) if row.au_id else Q(title=row.title_id)
    found = Au.objects.filter(which).order_by("name_key", "pk")[:MOST_AUS]
    judged = [
        one
        for one in shown(rows_of(found), asker_of(Surface.CONTENT, None), kept(moment), moment)
        if one.verdict.reason is Reason.TRIGGERED
    ]
    if not judged:
        return None
    numbers = [one.row.pk for one in judged]
    starts = dict(StemReading.objects.filter(au__in=numbers).values_list("au", "start_urls"))
    aus = [Given(one.row.name, one.row.auid, tuple(starts.get(one.row.pk) or ())) for one in judged]
    return _told(row, tuple(aus), _statements(numbers))


def _counting(moment: datetime):
    day = node_day(moment)
    rows = TriggerEvent.objects.filter(confirmed_at__isnull=False, withdrawn_at__isnull=True, since__lte=day)
    return rows.select_related("title__publisher", "au__publisher")


def _open_to_everybody(found, moment: datetime) -> tuple[set[int], set[int]]:
    """AUs, and titles with at least one, that a trigger event really opens."""
    judged = shown(rows_of(found), asker_of(Surface.CONTENT, None), kept(moment), moment)
    opened = [one.row for one in judged if one.verdict.reason is Reason.TRIGGERED]
    return {row.pk for row in opened}, {row.title_id for row in opened if row.title_id}


def _told(
    row: TriggerEvent, aus: tuple[Given, ...] = (), statements: tuple[Statement, ...] = ()
) -> PublicEvent:
    where = row.au or row.title
    publisher = where.publisher if where is not None else None
    if where is None or row.confirmed_at is None:
        raise ValueError(f"{row} is of nothing, or counts not")
    return PublicEvent(
        pk=row.pk,
        name=where.name,
        publisher=publisher.name if publisher is not None else "",
        reason=row.reason,
        since=row.since,
        confirmed_at=row.confirmed_at,
        licence=row.licence,
        citation=row.citation,
        aus=aus,
        statements=statements,
    )


def _statements(aus: Sequence[int]) -> tuple[Statement, ...]:
    """Each wording once, the newest reading of it."""
    rows = Permission.objects.filter(au__in=aus, evidence__granted=True).exclude(evidence__statement="")
    found = rows.order_by("-evidence__read_at").values_list(
        "evidence__statement", "evidence__url", "evidence__read_at"
    )
    each: dict[str, Statement] = {}
    for text, url, read_at in found[:MOST_AUS]:
        each.setdefault(text, Statement(text, url, read_at))
    return tuple(each.values())[:MOST_STATEMENTS]
