"""What is said of AUs, of all levels: rules of the network, publisher, title and AU, agreements, trigger events."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db.models import Q

from apps.delivery.choices import WallUnit
from apps.delivery.models import ServingRule, TriggerEvent
from apps.delivery.services.kept import Kept, Place, Said
from apps.lockss.delivery import (
    Embargo,
    FixedDate,
    Level,
    MovingWall,
    Policy,
    PolicyLine,
    PublisherFlag,
    Terms,
    Trigger,
    TriggerState,
    Unit,
)
from apps.permissions.choices import Right, ScopeKind
from apps.permissions.choices import Said as Word
from apps.permissions.services import AgreedTerm, Covered, serving_terms

_WORDS = {Word.YES: True, Word.NO: False, Word.NOTHING: None}
_SCOPES = {ScopeKind.PUBLISHER: Level.PUBLISHER, ScopeKind.TITLES: Level.TITLE, ScopeKind.AUS: Level.AU}
_TERMS = {Right.SERVE: "serve", Right.SERVE_OPENLY: "openly", Right.TRIGGER: "trigger"}
_UNITS = {WallUnit.DAYS: Unit.DAYS, WallUnit.MONTHS: Unit.MONTHS}


def said_of(places: Iterable[Place], held: Kept) -> dict[int, Said]:
    """By AU; with six queries for those that are not kept yet."""
    wanted = list(places)
    lacking = [place for place in wanted if place not in held.said]
    if lacking:
        held.said.update(_read(lacking, held))
    return {place.au: held.said[place] for place in wanted}


def level_of(rule: ServingRule) -> Level:
    if rule.au_id is not None:
        return Level.AU
    if rule.title_id is not None:
        return Level.TITLE
    return Level.NETWORK if rule.publisher_id is None else Level.PUBLISHER


def line_of(rule: ServingRule) -> PolicyLine:
    """A rule as the verdict reads it."""
    terms = Terms(
        serve=_WORDS[Word(rule.serve)],
        while_available=_WORDS[Word(rule.while_available)],
        openly=_WORDS[Word(rule.openly)],
        trigger=_WORDS[Word(rule.trigger)],
    )
    return PolicyLine(level_of(rule), Policy(rule.choice) if rule.choice else None, terms)


def embargoes_of(rule: ServingRule) -> tuple[Embargo, ...]:
    found: list[Embargo] = []
    if rule.embargo_until is not None:
        found.append(FixedDate(rule.embargo_until))
    if rule.wall_length is not None:
        found.append(MovingWall(rule.wall_length, _UNITS[WallUnit(rule.wall_unit)]))
    return tuple(found)


def fallback() -> PolicyLine:
    """The node's setting: the network's choice for as long as no rule of the network makes one."""
    return PolicyLine(Level.NETWORK, Policy(settings.NODE.serving_policy))


def agreed_lines(terms: Mapping[Right, AgreedTerm]) -> list[PolicyLine]:
    """What agreements say, each word at the level of the agreement that says it."""
    return [
        PolicyLine(_SCOPES[term.scope], None, Terms(**{_TERMS[right]: term.granted}))
        for right, term in terms.items()
    ]


def _read(places: list[Place], held: Kept) -> dict[Place, Said]:
    rules = _rules(places)
    triggers = _triggers(places)
    covered = [Covered(one.au, one.publisher, "", one.title, one.listed, one.plugin_id) for one in places]
    agreed = serving_terms(covered, held.day)
    found = {}
    for place in places:
        # From the network to the AU.
        own = [rules[key] for key in _keys(place) if key in rules]
        events = triggers["title", place.title] + triggers["au", place.au]
        found[place] = said_in(own, agreed_lines(agreed[place.au]), events, held.day)
    return found


def said_in(
    rules: list[ServingRule], agreed: list[PolicyLine], events: list[TriggerEvent], day: dt.date
) -> Said:
    """Of one AU: ``rules`` from the network down, ``events`` that are confirmed and not withdrawn."""
    lines = [line_of(rule) for rule in rules]
    if not any(line.level is Level.NETWORK and line.policy for line in lines):
        lines.append(fallback())
    free = [rule.open_access for rule in rules if rule.open_access]
    flags = [rule.flag for rule in rules if rule.flag]
    return Said(
        (*lines, *agreed),
        _WORDS[Word(free[-1])] if free else None,
        PublisherFlag(flags[-1]) if flags else None,
        tuple(one for rule in rules for one in embargoes_of(rule)),
        _trigger(events, day),
    )


def _trigger(events: list[TriggerEvent], day: dt.date) -> Trigger | None:
    """One that counts on this day, if there is one."""
    made = [Trigger(one.reason, one.proposed_name, one.confirmed_name, one.since) for one in events]
    return next((one for one in made if one.state(day) is TriggerState.COUNTS), made[0] if made else None)


def _keys(place: Place) -> tuple[tuple[str, int | None], ...]:
    return (("network", None), ("publisher", place.publisher), ("title", place.title), ("au", place.au))


def _rules(places: list[Place]) -> dict[tuple[str, int | None], ServingRule]:
    rows = ServingRule.objects.filter(
        Q(publisher__isnull=True, title__isnull=True, au__isnull=True)
        | Q(publisher__in={one.publisher for one in places} - {None})
        | Q(title__in={one.title for one in places} - {None})
        | Q(au__in={one.au for one in places})
    )
    return {(str(level_of(row)), row.publisher_id or row.title_id or row.au_id): row for row in rows}


def _triggers(places: list[Place]) -> dict[tuple[str, int | None], list[TriggerEvent]]:
    rows = TriggerEvent.objects.filter(confirmed_at__isnull=False, withdrawn_at__isnull=True).filter(
        Q(title__in={one.title for one in places} - {None}) | Q(au__in={one.au for one in places})
    )
    found: dict[tuple[str, int | None], list[TriggerEvent]] = defaultdict(list)
    for row in rows:
        found["title" if row.title_id else "au", row.title_id or row.au_id].append(row)
    return found
