"""The one place where the time is read, so that tests can set it."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> dt.datetime:
    """The present moment, in UTC."""
    return timezone.now()


def today() -> dt.date:
    """The day where it is asked for: in the reader's zone on their pages, else in the node's."""
    return timezone.localdate(now())


def node_day(at: dt.datetime) -> dt.date:
    """The day of a moment in the node's time zone, whoever reads: of files, of reports and of what rows keep."""
    return timezone.localdate(at, node_zone())


def node_time(at: dt.datetime) -> dt.datetime:
    """The same moment as the node's own clock shows it, whoever reads."""
    return timezone.localtime(at, node_zone())


def node_zone() -> ZoneInfo:
    return ZoneInfo(settings.NODE.time_zone)
