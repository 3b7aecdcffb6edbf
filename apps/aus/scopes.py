"""What the lists of titles and units are narrowed by besides words: platform, title list, title set, years, what is
selected here. The same filters serve both lists, so that a set or a year means the same titles on every page.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from django.db.models import F, Max, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.aus.period_words import period_fault
from apps.common.few import Probe, any_of, is_counting, narrowed
from apps.lockss.holdings import Period, PeriodCode, PeriodError, parse_periods
from apps.plugins.models import Plugin
from apps.titles.models import ListedAu, ListEntry, Title, TitleCoverage, TitleList, TitleSet
from apps.titles.services import narrow

HERE, STOPPED, NOT_HERE = "selected", "deactivated", "none"
# From here on a list names so much that rows are better asked one by one whether they are in it.
BIG_LIST = 20_000
MOST_SHOWN = 500
MOST_PLATFORMS = 500


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(gettext("a number"))
    return int(text)


@dataclass(frozen=True, slots=True)
class Platform:
    """Part of a platform definition's name or identifier, typed; or the whole of one that is not loaded here."""

    key: str
    label: str | Promise
    kind: str = "search"

    def parse(self, text: str) -> str:
        if len(text) > 200:
            raise ValueError(gettext("at most %d characters") % 200)
        return text.strip()

    def apply(self, rows: QuerySet, value: str) -> QuerySet:
        named = Plugin.objects.filter(Q(name__icontains=value) | Q(plugin_id__icontains=value))
        ids = {value, *named.order_by("pk").values_list("plugin_id", flat=True)[:MOST_PLATFORMS]}
        units = Q(plugin_id__in=sorted(ids))
        return narrowed(rows, units) if rows.model is ListedAu else titles_with(rows, units)


@dataclass(frozen=True, slots=True)
class InList:
    """One of the title lists, by its number."""

    key: str
    label: str | Promise
    kind: str = "choice"

    def pairs(self) -> list[tuple[str, str]]:
        rows = TitleList.objects.order_by("name").values_list("pk", "name")[:MOST_SHOWN]
        return [(str(pk), name) for pk, name in rows]

    def parse(self, text: str) -> TitleList:
        found = TitleList.objects.filter(pk=_number(text)).first()
        if found is None:
            raise ValueError(gettext("the number of a title list"))
        return found

    def apply(self, rows: QuerySet, value: TitleList) -> QuerySet:
        entries = ListEntry.objects.filter(title_list=value, retired_at=None)
        if rows.model is ListedAu:
            condition = Q(Probe(entries.filter(listed_au=OuterRef("pk"))))
            keys = entries.values_list("listed_au", flat=True)
            return narrowed(rows, condition, keys=keys, counted=Q(pk__in=keys), hashed=keys)
        return self._titles(rows, value, entries)

    @staticmethod
    def _titles(rows: QuerySet, found: TitleList, entries: QuerySet) -> QuerySet:
        lines = TitleCoverage.objects.filter(title_list=found, retired_at=None)
        named = ListedAu.objects.filter(title=OuterRef("pk")).filter(
            Probe(entries.filter(listed_au=OuterRef("pk")))
        )
        ways = [Q(Probe(named))] * bool(found.au_count)
        ways += [Q(Probe(lines.filter(title=OuterRef("pk"))))] * bool(found.coverage_count)
        if max(found.au_count, found.coverage_count) > BIG_LIST:
            return rows.filter(any_of(ways))
        keys = entries.values_list("listed_au__title_id", flat=True)
        keys = keys.union(lines.values_list("title_id", flat=True), all=True)
        return narrowed(rows, any_of(ways), keys=keys, counted=Q(pk__in=keys))


@dataclass(frozen=True, slots=True)
class InSet:
    """One of the title sets, by its number."""

    key: str
    label: str | Promise
    kind: str = "choice"

    def pairs(self) -> list[tuple[str, str]]:
        rows = TitleSet.objects.order_by("name_key", "pk").values_list("pk", "name")[:MOST_SHOWN]
        return [(str(pk), name) for pk, name in rows]

    def parse(self, text: str) -> TitleSet:
        found = TitleSet.objects.filter(pk=_number(text)).first()
        if found is None:
            raise ValueError(gettext("the number of a title set"))
        return found

    def apply(self, rows: QuerySet, value: TitleSet) -> QuerySet:
        return narrow(rows, value)


@dataclass(frozen=True, slots=True)
class Years:
    """Ranges of years as subscriptions have them; a unit of several years counts in each of them.

    Of a title it means that one of its units does.
    """

    key: str
    label: str | Promise
    kind: str = "years"

    def parse(self, text: str) -> tuple[Period, ...]:
        try:
            return years_in(text)
        except PeriodError as error:
            raise ValueError(
                gettext("years such as 2004, 2000-2010 or: from 2020 on (%s)") % period_fault(error)
            ) from None

    def apply(self, rows: QuerySet, value: tuple[Period, ...]) -> QuerySet:
        units = in_years(value)
        if rows.model is not ListedAu:
            return titles_with(rows, units, lambda: _near(value), known_as=("titles of years", value))
        near = _near(value)
        keys = rows.filter(units & near).values_list("pk", flat=True)
        return narrowed(rows.filter(near), units, keys=keys)


def titles_with(
    rows: QuerySet[Title], condition: Q, near: Callable[[], Q] = Q, known_as: Hashable = None
) -> QuerySet[Title]:
    """Titles of which a unit that some list names meets the condition; ``near`` follows from it, for an index."""
    units = ListedAu.objects.filter(condition).exclude(status="")

    def keys() -> QuerySet:
        return units.filter(near()).order_by().values_list("title_id", flat=True)

    if is_counting():
        return rows.filter(pk__in=keys())
    return narrowed(rows, Q(Probe(units.filter(title=OuterRef("pk")))), keys=keys, known_as=known_as)


def years_in(text: str) -> tuple[Period, ...]:
    """PeriodError for anything but years."""
    found = parse_periods(text)
    edges = [edge for period in found for edge in (period.first, period.last) if edge is not None]
    if not found or any(edge.year is None or edge.volume or edge.issue for edge in edges):
        raise PeriodError(PeriodCode.ONLY_YEARS)
    return found


def in_years(periods: tuple[Period, ...]) -> Q:
    """A condition on listed AUs."""
    if any(period.first is None and period.last is None for period in periods):
        return Q(pk__isnull=False)
    return any_of(
        (Q(last_year__gte=period.first.year) if period.first else Q())
        & (Q(first_year__lte=period.last.year) if period.last else Q())
        for period in periods
    )


def _near(periods: tuple[Period, ...]) -> Q:
    """What follows from ``in_years`` for first years alone, so that their index begins and ends where the years do."""
    found = Q()
    firsts = [period.first.year if period.first else None for period in periods]
    lasts = [period.last.year if period.last else None for period in periods]
    if None not in firsts:
        # One step in the index of spans.
        longest = ListedAu.objects.aggregate(years=Max(F("last_year") - F("first_year")))["years"] or 0
        found &= Q(first_year__gte=min(firsts) - longest)
    return found if None in lasts else found & Q(first_year__lte=max(lasts))


def by_selection(rows: QuerySet, value: str) -> QuerySet:
    """``rows`` of listed AUs: selected here, deactivated here, neither."""
    own = Au.objects.filter(listed=OuterRef("pk"))
    if value == NOT_HERE:
        return rows.filter(~Q(Probe(own)))
    state = AuState.SELECTED if value == HERE else AuState.DEACTIVATED
    # Within what the rows are narrowed to: a title's few are not looked for among all that is selected.
    those = Au.objects.filter(state=state, listed__isnull=False).values_list("listed_id", flat=True)
    keys = rows.filter(pk__in=those).order_by().values_list("pk", flat=True)
    condition = Q(Probe(own.filter(state=state)))
    return narrowed(rows, condition, keys=keys, counted=Q(pk__in=those), hashed=those)


def titles_by_selection(rows: QuerySet[Title], value: str) -> QuerySet[Title]:
    """Titles of which something is selected here, was once and is not now, or neither."""
    own = Au.objects.filter(title=OuterRef("pk"))
    if value == NOT_HERE:
        return rows.filter(~Q(Probe(own)))
    state = AuState.SELECTED if value == HERE else AuState.DEACTIVATED
    keys = Au.objects.filter(state=state, title__isnull=False).values_list("title_id", flat=True)
    found = narrowed(rows, Q(Probe(own.filter(state=state))), keys=keys, counted=Q(pk__in=keys))
    return found if value == HERE else found.filter(~Q(Probe(own.filter(state=AuState.SELECTED))))
