"""The one place where the time is read, so that tests can set it."""

import datetime as dt

from django.utils import timezone


def now() -> dt.datetime:
    """The present moment, in UTC."""
    return timezone.now()


def today() -> dt.date:
    """The day in the node's time zone."""
    return timezone.localdate(now())
