"""Dates of HTTP in their three forms (RFC 9110 §5.6.7), whole seconds, UTC."""

import datetime as dt
import re

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY, _MONTH, _TIME = "|".join(DAYS), "|".join(MONTHS), r"(\d\d):(\d\d):(\d\d)"
_LONG = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_IMF = re.compile(rf"(?:{_DAY}), (\d\d) ({_MONTH}) (\d{{4}}) {_TIME} GMT", re.ASCII)
_RFC850 = re.compile(rf"(?:{_LONG}), (\d\d)-({_MONTH})-(\d\d) {_TIME} GMT", re.ASCII)
_ASCTIME = re.compile(rf"(?:{_DAY}) ({_MONTH}) ([ \d]\d) {_TIME} (\d{{4}})", re.ASCII)


def parse_date(text: str | None, now: dt.datetime) -> dt.datetime | None:
    """The date; None for what is none. ``now`` decides the century of RFC 850's two digits: over 50 years in the
    future means the century before."""
    text = (text or "").strip(" \t")
    if (found := _IMF.fullmatch(text)) is not None:
        day, month, year, *clock = found.groups()
    elif (found := _ASCTIME.fullmatch(text)) is not None:
        month, day, *clock, year = found.groups()
    elif (found := _RFC850.fullmatch(text)) is not None:
        day, month, short, *clock = found.groups()
        full = now.year // 100 * 100 + int(short)
        year = str(full - 100 if full > now.year + 50 else full)
    else:
        return None
    hour, minute, second = map(int, clock)
    if second > 60:
        return None
    # The grammar knows leap seconds, the calendar here does not.
    clock_time = (hour, minute, min(second, 59))
    try:
        return dt.datetime(int(year), MONTHS.index(month) + 1, int(day), *clock_time, tzinfo=dt.UTC)
    except ValueError:
        return None


def format_date(moment: dt.datetime) -> str:
    """The one form that is sent, whatever the locale."""
    at = moment.astimezone(dt.UTC)
    clock = f"{at.hour:02}:{at.minute:02}:{at.second:02}"
    return f"{DAYS[at.weekday()]}, {at.day:02} {MONTHS[at.month - 1]} {at.year:04} {clock} GMT"
