"""Which mementos there are of a URL, and which is the nearest to a moment (RFC 7089, delivery §6)."""

import datetime as dt
import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from apps.lockss.memento.moments import Stretch, second_of


@dataclass(frozen=True, slots=True)
class Capture:
    """One stored version of a URL. ``moment`` is when it was fetched, never the publisher's Last-Modified.

    ``digest`` is empty where it is not known: such a version is like no other. ``au`` is an AUID.
    """

    moment: dt.datetime
    digest: str = ""
    au: str = ""
    version: int = 0

    @property
    def second(self) -> dt.datetime:
        return second_of(self.moment)


def merged(*of_aus: Iterable[Capture]) -> Iterator[Capture]:
    """The versions of several AUs as one list, oldest first; of the same second and bytes only one, the lowest AUID's.

    Each iterable is in order of time; no more than one second of each is held in memory.
    """
    in_time = heapq.merge(*of_aus, key=lambda one: one.second)
    for _second, group in groupby(in_time, key=lambda one: one.second):
        seen: set[str] = set()
        for one in sorted(group, key=lambda one: (one.au, one.version, one.digest)):
            if one.digest and one.digest in seen:
                continue
            seen.add(one.digest)
            yield one


@dataclass(frozen=True, slots=True)
class Around:
    """A chosen memento between its neighbours; None where it is the first or the last itself."""

    chosen: Capture
    first: Capture
    last: Capture
    before: Capture | None = None
    after: Capture | None = None


def nearest(captures: Sequence[Capture], wanted: dt.datetime | None) -> Around | None:
    """The capture nearest to ``wanted``, of two equally near ones the earlier; without a wish the newest.

    ``captures`` oldest first. None where there is none.
    """
    if not captures:
        return None
    if wanted is None:
        return around(captures, len(captures) - 1)
    second = second_of(wanted)
    at = bisect_left(captures, second, key=lambda one: one.second)
    if at == len(captures) or (at and second - captures[at - 1].second <= captures[at].second - second):
        at -= 1
    return around(captures, at)


def around(captures: Sequence[Capture], at: int) -> Around:
    """The capture at ``at`` with its neighbours in time.

    An address names a second: of several captures of one second the first stands for it.
    """
    at = _first_of(captures, at)
    behind = bisect_right(captures, captures[at].second, key=lambda one: one.second)
    return Around(
        captures[at],
        captures[0],
        captures[_first_of(captures, len(captures) - 1)],
        captures[_first_of(captures, at - 1)] if at else None,
        captures[behind] if behind < len(captures) else None,
    )


def _first_of(captures: Sequence[Capture], at: int) -> int:
    return bisect_left(captures, captures[at].second, key=lambda one: one.second)


def leads_elsewhere(asked: Stretch, found: Capture, *, is_page: bool) -> bool:
    """Whether the exact address of ``found`` is to be sent (302): for pages only (ruling C17).

    What a page embeds is answered with the nearest version at once, which names itself in Memento-Datetime and
    Content-Location.
    """
    return is_page and not (asked.is_exact and asked.first == found.second)
