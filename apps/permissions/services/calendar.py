"""Days of the calendar, as agreements count them."""

import calendar
import datetime as dt

_DAY = dt.timedelta(days=1)


def renewed_until(starts: dt.date | None, ends: dt.date, months: int) -> dt.date:
    """The last day of so many months more. What lasts for whole months from its first day, or to the end of a month, goes
    on doing so: a short month does not move the days that follow it."""
    after = ends + _DAY
    if starts is not None:
        passed = (after.year - starts.year) * 12 + after.month - starts.month
        if passed > 0 and months_later(starts, passed) == after:
            return months_later(starts, passed + months) - _DAY
    return months_later(after, months) - _DAY if after.day == 1 else months_later(ends, months)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last one; counted from the first day, so that none is lost."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.MAXYEAR - 1:
        return dt.date(dt.MAXYEAR - 1, 12, 31)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
