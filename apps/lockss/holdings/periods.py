"""Subscribed ranges: ``2000(12)(3)-2005(17), 2010-`` as nodes of the original take them, or in words.

A period has two edges, each a year, a volume and an issue, any of which may be left out. ``2010-`` never ends, ``-1999``
has no beginning, ``2004`` is that year alone. In words: ``from 2010 on``, ``until 1999``, ``1995 to 2000``, ``all``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.kbart.labels import is_alike, sort_key

LONGEST_RANGES, MOST_PERIODS = 2_000, 100
_EDGE = r"(?:([0-9]{4}))?(?:\(([^()]{0,40})\))?(?:\(([^()]{0,40})\))?"
_PERIOD = re.compile(rf"{_EDGE}\s*(?:(-)\s*{_EDGE})?")
_ALL = frozenset({"all", "everything", "any year", "all years", "-"})
_FROM = re.compile(r"(?:from|since|starting|beginning)(?: with| in)? ([0-9]{4})(?: on| onwards?| onward)?")
_ONWARDS = re.compile(r"([0-9]{4}) (?:on|onwards?|and later)")
_UNTIL = re.compile(r"(?:until|till|up to|to|before the end of) ([0-9]{4})")
_BETWEEN = re.compile(r"(?:from |between )?([0-9]{4}) (?:to|until|till|through|and) ([0-9]{4})")


class PeriodCode(StrEnum):
    """What is wrong with ranges; the words stand in apps/aus/period_words.py."""

    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    NO_RANGE = "no-range"
    NOTHING_NAMED = "nothing-named"
    BACKWARDS = "backwards"
    ONLY_YEARS = "only-years"


class PeriodError(ValueError):
    """``part``: what stands there, cut short; empty where the whole is meant."""

    def __init__(self, code: PeriodCode, part: str = "") -> None:
        super().__init__(code, part[:60])
        self.code, self.part = code, part[:60]


@dataclass(frozen=True, slots=True)
class Edge:
    year: int | None = None
    volume: str = ""
    issue: str = ""

    @property
    def text(self) -> str:
        volume = f"({self.volume})" if self.volume or self.issue else ""
        return f"{self.year or ''}{volume}{f'({self.issue})' if self.issue else ''}"


@dataclass(frozen=True, slots=True)
class Period:
    """An edge that is None is open; both are: everything."""

    first: Edge | None
    last: Edge | None

    @property
    def text(self) -> str:
        if self.first is not None and self.first == self.last:
            return self.first.text
        return f"{self.first.text if self.first else ''}-{self.last.text if self.last else ''}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an AU stands: its years, volume and issue as far as they are known."""

    first_year: int | None = None
    last_year: int | None = None
    volume: str = ""
    issue: str = ""


def parse_periods(text: str) -> tuple[Period, ...]:
    """PeriodError names the part that is none. Empty text: no period."""
    if len(text) > LONGEST_RANGES:
        raise PeriodError(PeriodCode.TOO_LONG)
    parts = [" ".join(part.replace("–", "-").split()) for part in re.split(r"[,;]", text)]
    parts = [part for part in parts if part]
    if len(parts) > MOST_PERIODS:
        raise PeriodError(PeriodCode.TOO_MANY)
    return tuple(_period(part) for part in parts)


def _period(part: str) -> Period:
    low = part.casefold()
    if low in _ALL:
        return Period(None, None)
    if found := _FROM.fullmatch(low) or _ONWARDS.fullmatch(low):
        return Period(Edge(int(found[1])), None)
    if found := _UNTIL.fullmatch(low):
        return Period(None, Edge(int(found[1])))
    if found := _BETWEEN.fullmatch(low):
        return _ordered(part, Edge(int(found[1])), Edge(int(found[2])))
    found = _PERIOD.fullmatch(part)
    if found is None:
        raise PeriodError(PeriodCode.NO_RANGE, part)
    first, last = _edge(found[1], found[2], found[3]), _edge(found[5], found[6], found[7])
    if not found[4]:
        last = first
    if first is None and last is None:
        raise PeriodError(PeriodCode.NOTHING_NAMED, part)
    return _ordered(part, first, last)


def _edge(year: str | None, volume: str | None, issue: str | None) -> Edge | None:
    edge = Edge(int(year) if year else None, (volume or "").strip(), (issue or "").strip())
    return None if edge == Edge() else edge


def _ordered(part: str, first: Edge | None, last: Edge | None) -> Period:
    if first and last and first.year and last.year and last.year < first.year:
        raise PeriodError(PeriodCode.BACKWARDS, part)
    return Period(first, last)


def periods_text(periods: Sequence[Period]) -> str:
    """In the syntax of the original; ``parse_periods`` gives the same periods back."""
    return ", ".join(period.text for period in periods)


def lies_in(place: Place, periods: Sequence[Period]) -> bool:
    return any(_within(place, period) for period in periods)


def _within(place: Place, period: Period) -> bool:
    return _after(place, period.first) and _before(place, period.last)


def _after(place: Place, edge: Edge | None) -> bool:
    """Not before ``edge``. What an edge asks for and the AU does not say, the AU does not meet."""
    if edge is None:
        return True
    if edge.year is not None:
        until = place.last_year or place.first_year
        if until is None or until < edge.year:
            return False
        if until > edge.year:
            return True
    return _reaches(place.volume, edge.volume, place.issue, edge.issue, 1)


def _before(place: Place, edge: Edge | None) -> bool:
    if edge is None:
        return True
    if edge.year is not None:
        if place.first_year is None or place.first_year > edge.year:
            return False
        if place.first_year < edge.year:
            return True
    return _reaches(place.volume, edge.volume, place.issue, edge.issue, -1)


def _reaches(volume: str, edge_volume: str, issue: str, edge_issue: str, sign: int) -> bool:
    if edge_volume:
        order = _order(volume, edge_volume)
        if order is None or order * sign < 0:
            return False
        if order:
            return True
    # AUs are mostly whole volumes: one without an issue holds them all.
    if edge_issue and issue:
        order = _order(issue, edge_issue)
        return order is not None and order * sign >= 0
    return True


def _order(one: str, other: str) -> int | None:
    """-1, 0 or 1; None where two labels cannot be compared."""
    if not one:
        return None
    left, right = sort_key(one), sort_key(other)
    if left == right:
        return 0
    if not is_alike(one, other):
        return None
    return -1 if left < right else 1
