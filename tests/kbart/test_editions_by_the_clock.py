"""Editions on a schedule keep their hour in the zone of the node, over both changes of summer time."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine

from apps.kbart import services
from apps.kbart.choices import Every
from apps.kbart.models import Edition, Series
from tests.kbart.editions import keep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]
BERLIN, AUCKLAND = "Europe/Berlin", "Pacific/Auckland"
HOUR = dt.timedelta(hours=1)


def local(zone: str, *when: int) -> dt.datetime:
    return dt.datetime(*when, tzinfo=ZoneInfo(zone))


def in_zone(settings, zone: str) -> None:
    settings.NODE = replace(settings.NODE, time_zone=zone)


@pytest.mark.parametrize(
    ("zone", "begun", "every", "days"),
    [
        (BERLIN, (2026, 10, 24, 8, 30), Every.DAY, 1),
        (BERLIN, (2027, 3, 27, 8, 30), Every.DAY, 1),
        (BERLIN, (2026, 10, 20, 23, 30), Every.WEEK, 7),
        (AUCKLAND, (2026, 9, 26, 8, 30), Every.DAY, 1),
        (AUCKLAND, (2027, 4, 3, 8, 30), Every.DAY, 1),
        ("UTC", (2026, 10, 24, 8, 30), Every.DAY, 1),
    ],
)
def test_the_hour_stays_over_a_change_of_the_clocks(settings, rita, zone, begun, every, days):
    in_zone(settings, zone)
    first = local(zone, *begun)
    with time_machine.travel(first.astimezone(dt.UTC), tick=False):
        row, _ = keep(rita, every=every)
    # Wall time: the day after, at the same hour.
    expected = first + dt.timedelta(days=days)
    row.refresh_from_db()
    assert row.next_at == expected
    with time_machine.travel((expected - dt.timedelta(seconds=1)).astimezone(dt.UTC), tick=False):
        services.due_editions()
        row.refresh_from_db()
        assert row.next_at == expected, "neither early nor set back"
    with time_machine.travel(expected.astimezone(dt.UTC), tick=False):
        services.due_editions()
        row.refresh_from_db()
        assert row.next_at == expected + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("zone", "begun", "plans"),
    [
        (BERLIN, (2027, 3, 10, 0, 15), [(4, 10), (5, 10), (6, 10)]),
        (BERLIN, (2027, 9, 26, 8, 30), [(10, 26), (11, 26), (12, 26), (1, 26)]),
        # Where the month is too short, its last day; the day itself is not forgotten.
        (BERLIN, (2027, 1, 31, 8, 30), [(2, 28), (3, 31), (4, 30), (5, 31)]),
        (BERLIN, (2027, 11, 30, 8, 30), [(12, 30), (1, 30), (2, 29), (3, 30)]),
        # The first of the month, which is the last of another one in UTC.
        (AUCKLAND, (2027, 3, 1, 0, 30), [(4, 1), (5, 1), (6, 1)]),
    ],
)
def test_every_month_is_the_same_day(settings, rita, zone, begun, plans):
    in_zone(settings, zone)
    at = first = local(zone, *begun)
    with time_machine.travel(first.astimezone(dt.UTC), tick=False):
        row, _ = keep(rita, every=Every.MONTH)
    for month, day in plans:
        year = at.year + (month < at.month)
        expected = local(zone, year, month, day, first.hour, first.minute)
        row.refresh_from_db()
        assert row.next_at.astimezone(ZoneInfo(zone)) == expected
        # A look before it changes nothing, as a clock that was ahead would.
        with time_machine.travel((expected - HOUR).astimezone(dt.UTC), tick=False):
            services.due_editions()
        row.refresh_from_db()
        assert row.next_at == expected
        at = expected
        with time_machine.travel(at.astimezone(dt.UTC), tick=False):
            services.due_editions()


def test_a_month_of_a_series_from_before_its_day_was_kept(settings, rita):
    in_zone(settings, BERLIN)
    row, _ = keep(rita, every=Every.MONTH)
    Series.objects.update(next_at=local(BERLIN, 2027, 1, 31, 8, 30), month_day=None)
    for month, day in ((2, 28), (3, 31)):
        row.refresh_from_db()
        with time_machine.travel(row.next_at, tick=False):
            services.due_editions()
        row.refresh_from_db()
        assert row.next_at == local(BERLIN, 2027, month, day, 8, 30)


def test_months_of_a_standstill_are_passed_over(settings, rita):
    in_zone(settings, BERLIN)
    row, _ = keep(rita, every=Every.MONTH)
    Series.objects.update(next_at=local(BERLIN, 2026, 8, 31, 8, 30), month_day=31)
    with time_machine.travel(local(BERLIN, 2027, 2, 27, 9, 0).astimezone(dt.UTC), tick=False):
        assert len(services.due_editions()) == 1
    row.refresh_from_db()
    assert row.next_at == local(BERLIN, 2027, 2, 28, 8, 30)


def test_another_pace_begins_a_month_of_its_own(settings, rita):
    in_zone(settings, BERLIN)
    with time_machine.travel(local(BERLIN, 2027, 1, 31, 8, 30).astimezone(dt.UTC), tick=False):
        row, _ = keep(rita, every=Every.MONTH)
    given = {"label": row.label, "is_open": row.is_open, "user": rita}
    with time_machine.travel(local(BERLIN, 2027, 2, 10, 9, 0).astimezone(dt.UTC), tick=False):
        row = services.change_series(series=row, version=row.version, every=Every.NEVER, **given)
        assert (row.next_at, row.month_day) == (None, None)
        row = services.change_series(series=row, version=row.version, every=Every.MONTH, **given)
    assert row.next_at == local(BERLIN, 2027, 3, 10, 9, 0)
    assert row.month_day == 10


def test_after_a_standstill_over_the_change_the_hour_is_the_same(settings, rita):
    in_zone(settings, BERLIN)
    row, _ = keep(rita, every="day")
    Edition.objects.all().update(state="done")
    Series.objects.update(next_at=local(BERLIN, 2026, 10, 20, 8, 30))
    with time_machine.travel(local(BERLIN, 2026, 11, 3, 8, 29).astimezone(dt.UTC), tick=False):
        assert len(services.due_editions()) == 1
    row.refresh_from_db()
    assert row.next_at == local(BERLIN, 2026, 11, 3, 8, 30)
    with time_machine.travel(local(BERLIN, 2026, 11, 3, 8, 30).astimezone(dt.UTC), tick=False):
        services.due_editions()
    row.refresh_from_db()
    assert row.next_at == local(BERLIN, 2026, 11, 4, 8, 30)


def test_an_hour_that_is_skipped_comes_right_after_and_one_that_comes_twice_is_taken_once(settings, rita):
    in_zone(settings, BERLIN)
    row, _ = keep(rita, every="day")
    Series.objects.update(next_at=local(BERLIN, 2027, 3, 27, 2, 30))
    with time_machine.travel(local(BERLIN, 2027, 3, 27, 2, 31).astimezone(dt.UTC), tick=False):
        services.due_editions()
    row.refresh_from_db()
    assert row.next_at == local(BERLIN, 2027, 3, 28, 3, 30)
    Series.objects.update(next_at=local(BERLIN, 2026, 10, 24, 2, 30))
    with time_machine.travel(local(BERLIN, 2026, 10, 24, 2, 31).astimezone(dt.UTC), tick=False):
        services.due_editions()
    row.refresh_from_db()
    once = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert row.next_at == once
    with time_machine.travel(once + HOUR / 2, tick=False):
        services.due_editions()
    row.refresh_from_db()
    assert row.next_at == local(BERLIN, 2026, 10, 26, 2, 30)
    # In the hour that comes a second time nothing is planned back.
    with time_machine.travel(once + HOUR, tick=False):
        assert services.due_editions() == []
    row.refresh_from_db()
    assert row.next_at == local(BERLIN, 2026, 10, 26, 2, 30)


@pytest.mark.django_db(transaction=True)
def test_the_scanner_opens_its_own_transactions(settings, rita):
    row, _ = keep(rita, every=Every.MONTH)
    Series.objects.update(next_at=row.next_at + dt.timedelta(days=400))
    services.due_editions()
    again = Series.objects.get()
    assert abs(again.next_at - row.next_at) < dt.timedelta(days=2)


@pytest.mark.parametrize("every", [one for one in Every if one != Every.NEVER])
def test_a_plan_of_a_clock_that_was_ahead_is_set_back(settings, rita, every):
    in_zone(settings, BERLIN)
    # A Saturday.
    row, _ = keep(rita, every=every, day={Every.WEEK: 6, Every.MONTH: 24}.get(every))
    at = local(BERLIN, 2026, 10, 24, 12, 0)
    Series.objects.update(next_at=at + dt.timedelta(days=400))
    with time_machine.travel(at.astimezone(dt.UTC), tick=False):
        services.due_editions()
    row.refresh_from_db()
    day = {Every.DAY: (10, 25), Every.WEEK: (10, 31), Every.MONTH: (11, 24)}[every]
    assert row.next_at == local(BERLIN, 2026, *day, 12, 0)
    if every == Every.MONTH:
        assert row.month_day == 24
