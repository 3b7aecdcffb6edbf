"""What pages tell of an AU: the verdict for own readers and for anybody else."""

import datetime as dt
import json
from collections.abc import Mapping

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import JSONObject

from apps.aus.models import Au
from apps.common.clock import node_time, now
from apps.common.prepared import Prepared
from apps.delivery.models import ServingRule, StemReading, TriggerEvent
from apps.delivery.services.facts import facts_in, facts_of, row_of_au, rows_of
from apps.delivery.services.kept import kept
from apps.delivery.services.sayings import agreed_lines, said_in
from apps.lockss.delivery import AuFacts, OwnReaders, Reader, Surface, Verdict
from apps.lockss.delivery.verdict import verdict
from apps.permissions.choices import Right
from apps.permissions.services import AgreedTerm

# Whoever they are: somebody who counts as one of the node's own.
_OWN = OwnReaders(roles=frozenset({"own"}))
_OURS, _ANYBODY = Reader(roles=frozenset({"own"})), Reader()
_OF_RULE = (
    *("publisher_id", "title_id", "au_id", "choice", "serve", "while_available", "openly", "trigger"),
    *("open_access", "flag", "embargo_until", "wall_length", "wall_unit"),
)
_OF_EVENT = ("reason", "since", "proposed_name", "confirmed_name")
_DAYS = ("embargo_until", "since")


def verdicts_on(
    au: Au, moment: dt.datetime | None = None, terms: Mapping[Right, AgreedTerm] | None = None
) -> tuple[Verdict, Verdict]:
    """For one of the own readers, and for anybody else, on the content host.

    Of an AU that was read ``with_said`` no query, where the ``terms`` of the agreements that cover it are given.
    """
    at = node_time(moment or now())
    facts = _facts_here(au, terms, at.date()) if terms is not None else facts_on(au, at)
    return (
        verdict(Surface.CONTENT, _OURS, _OWN, facts, at),
        verdict(Surface.CONTENT, _ANYBODY, _OWN, facts, at),
    )


def facts_on(au: Au, moment: dt.datetime) -> AuFacts:
    """All that the verdict about an AU rests on."""
    rows = rows_of(Au.objects.filter(pk=au.pk))
    return facts_of(rows, kept(moment))[au.pk]


def with_said(au: Au) -> Au:
    """The AU with all rules and events that are about it, and where it begins: one query."""
    for rules, events, starts in _SAID.rows(au.pk):
        au.__dict__.update(said_rules=rules, said_events=events, said_starts=starts)
    return au


def _said(au: int) -> QuerySet:
    nearness = Case(
        When(au__isnull=False, then=Value(3)),
        When(title__isnull=False, then=Value(2)),
        When(publisher__isnull=False, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    rules = ServingRule.objects.filter(
        Q(publisher__isnull=True, title__isnull=True, au__isnull=True)
        | Q(publisher=OuterRef("publisher"))
        | Q(title=OuterRef("title"))
        | Q(au=OuterRef("pk"))
    ).order_by(nearness)
    events = TriggerEvent.objects.filter(confirmed_at__isnull=False, withdrawn_at__isnull=True).filter(
        Q(title=OuterRef("title")) | Q(au=OuterRef("pk"))
    )
    return Au.objects.filter(pk=au).values_list(
        ArraySubquery(rules.values(told=JSONObject(**{name: name for name in _OF_RULE}))),
        ArraySubquery(events.values(told=JSONObject(**{name: name for name in _OF_EVENT}))),
        Subquery(StemReading.objects.filter(au=OuterRef("pk")).values("start_urls")[:1]),
    )


_SAID = Prepared(_said, -77)


def _facts_here(au: Au, terms: Mapping[Right, AgreedTerm], day: dt.date) -> AuFacts:
    said = said_in(
        [ServingRule(**_read(one)) for one in au.__dict__["said_rules"]],
        agreed_lines(terms),
        [TriggerEvent(**_read(one)) for one in au.__dict__["said_events"]],
        day,
    )
    return facts_in(row_of_au(au), said, day)


def _read(told: str) -> dict:
    """Of JSON, where days are texts."""
    return {
        name: dt.date.fromisoformat(value) if name in _DAYS and value else value
        for name, value in json.loads(told).items()
    }
