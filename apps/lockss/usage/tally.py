"""From single readings to the numbers of the Code: double clicks, unique items, unique titles (COUNTER R5.1 §7).

All rules look at one session at a time, so sessions are counted one by one, and again when a reading comes late.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from apps.lockss.usage.values import Kind, Metric

DOUBLE_CLICK = dt.timedelta(seconds=30)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a reading is counted. ``month``: its first day. ``title``: a number. ``year``: of publication, 0 unknown."""

    month: dt.date
    title: int
    customer: str
    access: str
    year: int


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """A counted delivery: ``url`` and ``item`` are digests, ``moment`` is aware."""

    moment: dt.datetime
    session: bytes
    url: bytes
    item: bytes
    title: int
    customer: str
    access: str
    year: int
    kind: Kind
    book: bool = False

    @property
    def place(self) -> Place:
        at = self.moment.astimezone(dt.UTC)
        return Place(dt.date(at.year, at.month, 1), self.title, self.customer, self.access, self.year)


Tally = Counter[tuple[Place, Metric]]


def without_double_clicks(readings: Iterable[Reading]) -> list[Reading]:
    """Of readings of one URL in one session that follow each other within 30 seconds the last, in order of time."""

    def link(one: Reading) -> tuple[bytes, bytes]:
        return one.session, one.url

    kept = []
    for _link, clicks in groupby(sorted(readings, key=lambda one: (link(one), one)), key=link):
        last: Reading | None = None
        for click in clicks:
            if last is not None and click.moment - last.moment > DOUBLE_CLICK:
                kept.append(last)
            last = click
        if last is not None:
            kept.append(last)
    return sorted(kept)


def tally(readings: Iterable[Reading]) -> Tally:
    """The numbers by place and metric; those of several sessions together are the sum of each one's."""
    found: Tally = Counter()
    seen: set[tuple[object, ...]] = set()

    def first(place: Place, metric: Metric, *what: object) -> None:
        if (metric, *what) not in seen:
            seen.add((metric, *what))
            found[place, metric] += 1

    for one in without_double_clicks(readings):
        if not one.kind.counts:
            continue
        place = one.place
        # An item that is read on both sides of a month's end is counted where it was read first.
        item = (one.session, one.item, one.title, one.customer, one.access, one.year)
        title = (one.session, one.title, one.customer, one.access)
        found[place, Metric.TOTAL_ITEM_INVESTIGATIONS] += 1
        first(place, Metric.UNIQUE_ITEM_INVESTIGATIONS, *item)
        if one.book:
            first(place, Metric.UNIQUE_TITLE_INVESTIGATIONS, *title)
        if one.kind is Kind.FULL:
            found[place, Metric.TOTAL_ITEM_REQUESTS] += 1
            first(place, Metric.UNIQUE_ITEM_REQUESTS, *item)
            if one.book:
                first(place, Metric.UNIQUE_TITLE_REQUESTS, *title)
    return found


def change(before: Iterable[Reading], all_now: Iterable[Reading]) -> dict[tuple[Place, Metric], int]:
    """What has to be added to numbers in which ``before`` is counted already, so that they are those of ``all_now``.

    May be less than nothing: a late reading can join two into a double click.
    """
    now, then = tally(all_now), tally(before)
    keys = now.keys() | then.keys()
    return {key: now[key] - then[key] for key in sorted(keys) if now[key] != then[key]}
