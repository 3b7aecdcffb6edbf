"""When somebody is told: the digest's hour, quiet hours in the person's zone, and what waits for nothing."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.nodes.alert_times import Hours, due_at
from apps.nodes.choices_alerts import Weight

NIGHT = {"quiet_from": dt.time(22), "quiet_until": dt.time(7)}


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hours", "at", "due"),
    [
        (Hours(zone="UTC"), "2026-03-02T03:00", "2026-03-02T03:00"),
        (Hours(zone="UTC", **NIGHT), "2026-03-02T21:59", "2026-03-02T21:59"),
        (Hours(zone="UTC", **NIGHT), "2026-03-02T22:00", "2026-03-03T07:00"),
        (Hours(zone="UTC", **NIGHT), "2026-03-02T06:59", "2026-03-02T07:00"),
        (Hours(zone="UTC", **NIGHT), "2026-03-02T07:00", "2026-03-02T07:00"),
        # 22:30 in Berlin.
        (Hours(zone="Europe/Berlin", **NIGHT), "2026-03-02T21:30", "2026-03-03T06:00"),
        (
            Hours(zone="UTC", quiet_from=dt.time(12), quiet_until=dt.time(13)),
            "2026-03-02T12:30",
            "2026-03-02T13:00",
        ),
        (
            Hours(zone="UTC", quiet_from=dt.time(8), quiet_until=dt.time(8)),
            "2026-03-02T08:00",
            "2026-03-02T08:00",
        ),
        (Hours(zone="UTC", digest_hour=9), "2026-03-02T03:00", "2026-03-02T09:00"),
        (Hours(zone="UTC", digest_hour=9), "2026-03-02T09:00", "2026-03-03T09:00"),
        (Hours(zone="UTC", digest_hour=6, **NIGHT), "2026-03-02T03:00", "2026-03-02T07:00"),
        # The night in which Berlin's clocks go on: seven in the morning is five in UTC.
        (Hours(zone="Europe/Berlin", **NIGHT), "2026-03-29T00:30", "2026-03-29T05:00"),
        # The night in which they go back: 02:15 comes twice, and so does the end of the quiet hours.
        (
            Hours(zone="Europe/Berlin", quiet_from=dt.time(22), quiet_until=dt.time(2, 30)),
            "2026-10-25T01:15",
            "2026-10-25T01:30",
        ),
        (Hours(zone="Europe/Berlin", digest_hour=2), "2026-10-24T22:00", "2026-10-25T00:00"),
        # One digest a day, though the hour comes twice.
        (Hours(zone="Europe/Berlin", digest_hour=2), "2026-10-25T00:00", "2026-10-26T01:00"),
        # Two in the morning is not there: the digest comes when the clocks show three.
        (Hours(zone="Europe/Berlin", digest_hour=2), "2026-03-28T23:00", "2026-03-29T01:00"),
    ],
)
def test_due(hours, at, due):
    assert due_at(hours, Weight.WARNING, utc(at)) == utc(due)


def test_what_is_critical_waits_for_nothing():
    hours = Hours(zone="UTC", digest_hour=9, **NIGHT)
    assert due_at(hours, Weight.CRITICAL, utc("2026-03-02T03:00")) == utc("2026-03-02T03:00")


times = st.one_of(st.none(), st.times().map(lambda t: t.replace(second=0, microsecond=0)))


@given(
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]),
    digest=st.one_of(st.none(), st.integers(0, 23)),
    begin=times,
    end=times,
    at=st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)),
)
def test_nobody_is_told_in_quiet_hours_and_nothing_waits_for_days(zone, digest, begin, end, at):
    hours = Hours(zone=zone, digest_hour=digest, quiet_from=begin, quiet_until=end)
    due = due_at(hours, Weight.NOTE, at)
    assert at <= due <= at + dt.timedelta(days=2, hours=3)
    if begin is None or end is None or begin == end or due == at:
        return
    local = due.astimezone(ZoneInfo(zone)).time()
    quiet = begin <= local < end if begin < end else local >= begin or local < end
    # Where the clocks jump over the end of the quiet hours, they end with the jump.
    assert not quiet or due.utcoffset() != at.utcoffset() or local != end
