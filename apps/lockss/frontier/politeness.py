"""When the next request may go out. Times are aware datetimes that the caller reads from its clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

DEFAULT_PAUSE = timedelta(milliseconds=6_000)
FETCH_FLOOR = timedelta(milliseconds=6_000)
LONGEST_RETRY_AFTER = timedelta(hours=24)

_RATE = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,12})\s*(ms|s|m|h|d|w)?\s*", re.ASCII)
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def pause_of(
    definition: timedelta | None, au: timedelta | None = None, floor: timedelta = FETCH_FLOOR
) -> timedelta:
    """The pause between two fetches of an AU: its own, else the definition's, never under the network's floor."""
    chosen = au if au is not None else definition if definition is not None else DEFAULT_PAUSE
    return max(chosen, floor)


def parse_retry_after(
    value: str | None, now: datetime, longest: timedelta = LONGEST_RETRY_AFTER
) -> timedelta | None:
    """``Retry-After`` as seconds or as an HTTP date (RFC 9110 §10.2.3), cut to ``longest``; None if unusable."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}", text, re.ASCII):
        return min(timedelta(seconds=min(int(text), 10**9)), longest)
    try:
        moment = parsedate_to_datetime(text)
        wait = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(timedelta(0), min(wait, longest))


def next_fetch_time(
    last: datetime | None, pause: timedelta, retry_after: timedelta | None, now: datetime
) -> datetime:
    """The earliest moment for the next request: a pause after the last one's begin, and what the publisher asked for.

    A last fetch that lies in the future (the clock was set back) counts as now: it may not stop the crawl.
    """
    earliest = now if last is None else max(now, min(last, now) + pause)
    return earliest if retry_after is None else max(earliest, now + retry_after)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``events`` in any window of ``per``."""

    events: int
    per: timedelta

    @classmethod
    def parse(cls, text: str) -> "Rate | None":
        """``n/ms`` as definitions write it, also ``n/2s``, ``n/1h``; None for ``unlimited`` and what is no rate."""
        found = _RATE.fullmatch(text)
        if found is None or int(found[1]) == 0:
            return None
        try:
            per = int(found[2]) * _UNITS[found[3] or "ms"]
        except OverflowError:
            return None
        return cls(int(found[1]), per)

    def next_time(self, history: Sequence[datetime], now: datetime) -> datetime:
        """When one more event fits; ``history`` is in order of time and may hold more than is needed."""
        if len(history) < self.events:
            return now
        return max(now, min(history[-self.events], now) + self.per)
