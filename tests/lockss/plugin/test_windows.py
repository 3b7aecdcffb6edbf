"""Crawl windows: read from definitions, asked at moments in their own zones (plugins §2, §8)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.findings import DefinitionCode, Finding
from apps.lockss.plugin.windows import Window, may_crawl, read_window, zone_names
from apps.lockss.plugin.xmltree import Node, parse_tree

ZONES: dict[str, tzinfo] = {
    "": UTC,
    "GMT": UTC,
    "US/Eastern": timezone(timedelta(hours=-5)),
    "Asia/Kolkata": timezone(timedelta(hours=5, minutes=30)),
}
zones: Callable[[str], tzinfo | None] = ZONES.get
W = "org.lockss.daemon.CrawlWindows-"


def window(xml: str) -> Window:
    node = parse_tree(xml.encode())
    assert isinstance(node, Node)
    found = read_window(node)
    assert not isinstance(found, Finding), found
    return found


def daily(start: str, end: str, zone: str = "", days: str = "") -> str:
    listed = f"<daysOfWeek>{days}</daysOfWeek>" if days else ""
    named = f"<timeZoneId>{zone}</timeZoneId>" if zone else ""
    return f"<{W}Daily><from>{start}</from><to>{end}</to>{named}{listed}</{W}Daily>"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# 26 November 2026 is a Thursday.
@pytest.mark.parametrize(
    ("xml", "moment", "opened"),
    [
        (daily("8:00", "22:00"), "2026-11-26 08:00", True),
        (daily("8:00", "22:00"), "2026-11-26 21:59:59", True),
        (daily("8:00", "22:00"), "2026-11-26 22:00", False),
        (daily("8:00", "22:00"), "2026-11-26 07:59", False),
        (daily("18:00", "8:00"), "2026-11-26 23:00", True),
        (daily("18:00", "8:00"), "2026-11-26 07:59", True),
        (daily("18:00", "8:00"), "2026-11-26 12:00", False),
        (daily("24:00", "12:00"), "2026-11-26 00:00", True),
        (daily("24:00", "12:00"), "2026-11-26 12:00", False),
        (daily("9:00", "9:00"), "2026-11-26 09:00", True),
        (daily("9:00", "9:00"), "2026-11-26 21:00", True),
        (daily("9:00", "21:00", "US/Eastern"), "2026-11-26 13:59", False),
        (daily("9:00", "21:00", "US/Eastern"), "2026-11-26 14:00", True),
        (daily("9:00", "21:00", "Asia/Kolkata"), "2026-11-26 03:30", True),
        (daily("0:00", "24:00", days="2;3;4;5;6"), "2026-11-26 12:00", True),
        (daily("0:00", "24:00", days="2;3;4;5;6"), "2026-11-28 12:00", False),
        (daily("0:00", "24:00", days="1"), "2026-11-29 12:00", True),
        # Still Saturday in New York.
        (daily("0:00", "24:00", "US/Eastern", days="7"), "2026-11-29 03:00", True),
        (daily("0:00", "24:00", "Nowhere/Else"), "2026-11-26 12:00", False),
        (f"<{W}Always/>", "2026-11-26 12:00", True),
        (f"<{W}Never/>", "2026-11-26 12:00", False),
        (f"<{W}And><windows/></{W}And>", "2026-11-26 12:00", True),
        (f"<{W}Or><windows/></{W}Or>", "2026-11-26 12:00", False),
        (
            f"<{W}And><windows>{daily('8:00', '12:00')}{daily('10:00', '14:00')}</windows></{W}And>",
            "2026-11-26 11:00",
            True,
        ),
        (
            f"<{W}And><windows>{daily('8:00', '12:00')}{daily('10:00', '14:00')}</windows></{W}And>",
            "2026-11-26 13:00",
            False,
        ),
        (
            f"<{W}Or><windows class='set'>{daily('8:00', '12:00')}{daily('10:00', '14:00')}</windows></{W}Or>",
            "2026-11-26 13:00",
            True,
        ),
        (f"<{W}Not>{daily('8:00', '12:00')}</{W}Not>", "2026-11-26 13:00", True),
        (
            f"<{W}Not><window class='{W}Daily'><from>8:00</from><to>12:00</to></window></{W}Not>",
            "2026-11-26 11:00",
            False,
        ),
        (f"<{W}Not>{daily('8:00', '12:00', 'Nowhere/Else')}</{W}Not>", "2026-11-26 13:00", False),
    ],
)
def test_open_or_closed(xml: str, moment: str, opened: bool) -> None:
    assert may_crawl(window(xml), at(moment), zones) is opened


def interval(start: str, end: str, mask: int, zone: str = "GMT") -> str:
    def calendar(tag: str, moment: str) -> str:
        ms = int(at(moment).timestamp() * 1000)
        return f"<{tag}><time>{ms}</time><timezone>{zone}</timezone></{tag}>"

    fields = f"<fieldMask>{mask}</fieldMask><timeZoneId>{zone}</timeZoneId>"
    return f"<{W}Interval>{calendar('start', start)}{calendar('end', end)}{fields}</{W}Interval>"


@pytest.mark.parametrize(
    ("xml", "moment", "opened"),
    [
        (interval("2006-02-03 20:00", "2006-02-04 08:00", 3), "2026-11-26 07:59", True),
        (interval("2006-02-03 20:00", "2006-02-04 08:00", 3), "2026-11-26 08:00", False),
        # Days of the week: Monday to Thursday, both ends inside.
        (interval("2026-11-23 00:00", "2026-11-26 00:00", 4), "2026-11-26 23:00", True),
        (interval("2026-11-23 00:00", "2026-11-26 00:00", 4), "2026-11-27 00:00", False),
        # Over the week's end: Friday to Monday.
        (interval("2026-11-27 00:00", "2026-11-30 00:00", 4), "2026-11-29 12:00", True),
        (interval("2026-11-27 00:00", "2026-11-30 00:00", 4), "2026-12-01 12:00", False),
        # Day of the month, month, week of the month.
        (interval("2026-11-05 00:00", "2026-11-10 00:00", 8), "2026-12-10 12:00", True),
        (interval("2026-11-05 00:00", "2026-11-10 00:00", 8), "2026-12-11 12:00", False),
        (interval("2026-06-01 00:00", "2026-08-01 00:00", 32), "2027-07-15 12:00", True),
        (interval("2026-06-01 00:00", "2026-08-01 00:00", 32), "2027-09-01 12:00", False),
        (interval("2026-11-01 00:00", "2026-11-08 00:00", 16), "2026-11-14 12:00", True),
        (interval("2026-11-01 00:00", "2026-11-08 00:00", 16), "2026-11-15 12:00", False),
        # All chosen fields must agree: weekdays from nine to five.
        (interval("2026-11-23 09:00", "2026-11-27 17:00", 7), "2026-11-26 12:00", True),
        (interval("2026-11-23 09:00", "2026-11-27 17:00", 7), "2026-11-26 18:00", False),
        (interval("2026-11-23 09:00", "2026-11-27 17:00", 7), "2026-11-28 12:00", False),
        (interval("2026-11-23 09:00", "2026-11-27 17:00", 7, "Nowhere/Else"), "2026-11-26 12:00", False),
    ],
)
def test_intervals(xml: str, moment: str, opened: bool) -> None:
    assert may_crawl(window(xml), at(moment), zones) is opened


def test_without_a_window_always() -> None:
    assert may_crawl(None, at("2026-11-26 12:00"), zones)
    assert zone_names(None) == frozenset()


MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
MINUTES = st.integers(0, 1439).map(lambda minute: f"{minute // 60}:{minute % 60:02}")


@given(MINUTES, MINUTES, MOMENTS, st.sampled_from(["", "US/Eastern", "Asia/Kolkata"]))
def test_a_window_and_its_complement_share_the_day(start: str, end: str, moment: datetime, zone: str) -> None:
    one, other = window(daily(start, end, zone)), window(daily(end, start, zone))
    opened = may_crawl(one, moment, zones)
    if start != end:
        assert opened != may_crawl(other, moment, zones)
    assert may_crawl(window(f"<{W}Not>{daily(start, end, zone)}</{W}Not>"), moment, zones) != opened


@pytest.mark.parametrize(
    "xml",
    [
        "<x/>",
        f"<{W}FieldSet/>",
        f"<{W}Daily/>",
        daily("8", "9:00"),
        daily("8:00", "9:00", days="8"),
        daily("8:00", "9:00", days=";"),
        f"<{W}Interval/>",
        interval("2026-11-23 09:00", "2026-11-27 17:00", 64),
        interval("2026-11-23 09:00", "2026-11-27 17:00", 0),
        f"<{W}Not/>",
        f"<{W}Not>{daily('8:00', '9:00') * 2}</{W}Not>",
        f"<{W}And><windows>{daily('x', '9:00')}</windows></{W}And>",
        f"<{W}Interval><start><time>{'9' * 40}</time></start><end><time>0</time></end><fieldMask>3</fieldMask></{W}Interval>",
    ],
)
def test_windows_that_cannot_be_read(xml: str) -> None:
    node = parse_tree(xml.encode())
    assert isinstance(node, Node)
    finding = read_window(node)
    assert isinstance(finding, Finding)
    assert finding.code is DefinitionCode.UNREADABLE_OBJECT


def test_the_farthest_calendars_do_no_harm() -> None:
    for time in ("99999999999999", "-9999999999999"):
        xml = f"<{W}Interval><start><time>{time}</time></start><end><time>0</time></end><fieldMask>63</fieldMask></{W}Interval>"
        may_crawl(window(xml), at("2026-11-26 12:00"), zones)
