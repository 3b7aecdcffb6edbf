"""Days of the calendar, as agreements count them."""

import calendar
import datetime as dt


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last one; counted from the first day, so that none is lost."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.MAXYEAR - 1:
        return dt.date(dt.MAXYEAR - 1, 12, 31)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
