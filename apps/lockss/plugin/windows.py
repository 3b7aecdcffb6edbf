"""Crawl windows: when a publisher may be asked (plugins §2, §8).

The time of day is read in the window's own zone. The core has no table of zones: the caller hands in a function
from a zone's name to the zone ("" is the node's own), ``zoneinfo.ZoneInfo`` in production.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import IntFlag

from apps.lockss.plugin.findings import DefinitionCode, Finding, clip, error
from apps.lockss.plugin.xmltree import Node

Zones = Callable[[str], tzinfo | None]
"""None: no such zone; the window is closed then, since nobody knows what it means."""

PREFIX = "org.lockss.daemon.CrawlWindows-"
_TIME = re.compile(r"\s*([0-9]{1,2}):([0-9]{1,2})\s*")
_MINUTES = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Fields(IntFlag):
    """What an interval compares; minutes count only together with hours."""

    HOUR = 1
    MINUTE = 2
    DAY_OF_WEEK = 4
    DAY_OF_MONTH = 8
    WEEK_OF_MONTH = 16
    MONTH = 32


@dataclass(frozen=True, slots=True)
class Always:
    """Open at any time; ``open`` False: at none."""

    open: bool = True


@dataclass(frozen=True, slots=True)
class Daily:
    """Open from minute ``start`` of the day up to, not including, ``end``, over midnight where that is not later.

    ``days`` count from 1 (Sunday) to 7 and mean the day of the moment asked for; empty: every day.
    """

    start: int
    end: int
    days: frozenset[int]
    zone: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A serialised calendar: milliseconds since 1970 in a zone of its own."""

    milliseconds: int
    zone: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Open while each chosen field lies between those of two moments."""

    start: Moment
    end: Moment
    fields: Fields
    zone: str


@dataclass(frozen=True, slots=True)
class Combined:
    """All of ``windows`` open, or any of them."""

    windows: tuple["Window", ...]
    every: bool


@dataclass(frozen=True, slots=True)
class Not:
    """Open while the other is closed."""

    window: "Window"


Window = Always | Daily | Interval | Combined | Not


def may_crawl(window: Window | None, now: datetime, zones: Zones) -> bool:
    """Whether the window is open at ``now`` (aware); without a window always."""
    match window:
        case None:
            return True
        case Always():
            return window.open
        case Combined():
            opens = (may_crawl(each, now, zones) for each in window.windows)
            return all(opens) if window.every else any(opens)
        case Not():
            return zones_known(window, zones) and not may_crawl(window.window, now, zones)
        case Daily():
            return _daily(window, now, zones)
        case Interval():
            return _interval(window, now, zones)


def zone_names(window: Window | None) -> frozenset[str]:
    """The zones that a window needs."""
    match window:
        case Daily():
            return frozenset({window.zone})
        case Interval():
            return frozenset({window.zone, window.start.zone, window.end.zone})
        case Combined():
            return frozenset().union(*map(zone_names, window.windows))
        case Not():
            return zone_names(window.window)
        case _:
            return frozenset()


def zones_known(window: Window | None, zones: Zones) -> bool:
    return all(zones(name) is not None for name in zone_names(window))


def _daily(window: Daily, now: datetime, zones: Zones) -> bool:
    zone = zones(window.zone)
    if zone is None:
        return False
    local = now.astimezone(zone)
    if window.days and _day_of_week(local) not in window.days:
        return False
    return _between_minutes(local.hour * 60 + local.minute, window.start, window.end)


def _between_minutes(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start < end else minute >= start or minute < end


def _interval(window: Interval, now: datetime, zones: Zones) -> bool:
    zone, start_zone, end_zone = (zones(name) for name in (window.zone, window.start.zone, window.end.zone))
    if zone is None or start_zone is None or end_zone is None:
        return False
    local = now.astimezone(zone)
    start, end = _local(window.start, start_zone), _local(window.end, end_zone)
    for each, read in _FIELD_READERS:
        if each in window.fields and not _between(read(local), read(start), read(end)):
            return False
    if Fields.HOUR in window.fields:
        minutes = (moment.hour * 60 + moment.minute for moment in (local, start, end))
        return _between_minutes(*minutes)
    return True


def _local(moment: Moment, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=moment.milliseconds)).astimezone(zone)


def _between(value: int, start: int, end: int) -> bool:
    return start <= value <= end if start <= end else value >= start or value <= end


def _day_of_week(moment: datetime) -> int:
    return moment.isoweekday() % 7 + 1


def _week_of_month(moment: datetime) -> int:
    """Weeks begin on Sunday and the first is the one with the first day in it."""
    first = moment.replace(day=1)
    return (moment.day - 1 + _day_of_week(first) - 1) // 7 + 1


_FIELD_READERS: tuple[tuple[Fields, Callable[[datetime], int]], ...] = (
    (Fields.MONTH, lambda moment: moment.month),
    (Fields.WEEK_OF_MONTH, _week_of_month),
    (Fields.DAY_OF_MONTH, lambda moment: moment.day),
    (Fields.DAY_OF_WEEK, _day_of_week),
)


def read_window(node: Node) -> Window | Finding:
    """The window of a serialised object, or what could not be read."""
    kind = (node.type_name or node.tag).removeprefix(PREFIX)
    match kind:
        case "Always" | "Never":
            return Always(kind == "Always")
        case "Daily":
            return _read_daily(node)
        case "Interval":
            return _read_interval(node)
        case "And" | "Or" | "Not":
            return _read_combined(node, kind)
        case _:
            return error(
                DefinitionCode.UNREADABLE_OBJECT, f"<{clip(node.tag)}> is no crawl window", node.place
            )


def _read_daily(node: Node) -> Window | Finding:
    start, end = (_read_time(node.text_of(tag)) for tag in ("from", "to"))
    if start is None or end is None:
        return error(
            DefinitionCode.UNREADABLE_OBJECT, "expected <from> and <to> as hours:minutes", node.place
        )
    listed = node.text_of("daysOfWeek")
    days = [] if listed is None else [day.strip() for day in listed.split(";") if day.strip()]
    if (listed is not None and not days) or any(day not in set("1234567") for day in days):
        return error(
            DefinitionCode.UNREADABLE_OBJECT, "expected <daysOfWeek> as 1;2;…;7, 1 is Sunday", node.place
        )
    return Daily(start, end, frozenset(map(int, days)), (node.text_of("timeZoneId") or "").strip())


def _read_time(text: str | None) -> int | None:
    """Minutes of the day; 24:00 is midnight, and hours beyond go round as the deployed reader lets them."""
    found = _TIME.fullmatch(text or "")
    return None if found is None else (int(found[1]) * 60 + int(found[2])) % _MINUTES


def _read_interval(node: Node) -> Window | Finding:
    start, end = (_read_moment(node.child(tag)) for tag in ("start", "end"))
    mask = (node.text_of("fieldMask") or "").strip()
    if start is None or end is None or not mask.isdecimal() or not 0 < int(mask[:4]) < 64:
        return error(
            DefinitionCode.UNREADABLE_OBJECT,
            "expected <start>, <end> and <fieldMask> from 1 to 63",
            node.place,
        )
    return Interval(start, end, Fields(int(mask)), (node.text_of("timeZoneId") or "").strip())


def _read_moment(node: Node | None) -> Moment | None:
    text = ("" if node is None else node.text_of("time") or "").strip()
    # To the year 5138: more cannot be a calendar's date.
    if node is None or re.fullmatch(r"[0-9]{1,14}|-[0-9]{1,13}", text) is None:
        return None
    return Moment(int(text), (node.text_of("timezone") or "").strip())


def _read_combined(node: Node, kind: str) -> Window | Finding:
    windows: list[Window] = []
    for child in _windows_below(node):
        window = read_window(child)
        if isinstance(window, Finding):
            return window
        windows.append(window)
    if kind == "Not":
        if len(windows) != 1:
            return error(DefinitionCode.UNREADABLE_OBJECT, "expected one window to negate", node.place)
        return Not(windows[0])
    return Combined(tuple(windows), every=kind == "And")


def _windows_below(node: Node) -> Iterator[Node]:
    """Windows directly below or inside one collection; a field may hold its class as an attribute."""
    for child in node.children:
        if child.tag.startswith(PREFIX) or child.type_name.startswith(PREFIX):
            yield child
        else:
            yield from _windows_below(child)
