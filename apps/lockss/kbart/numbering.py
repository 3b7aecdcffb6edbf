"""Runs of years, and whether volumes that go backwards are counted anew or only in more than one way (ruling 4).

Years that run on are one coverage unless the numbering really begins again. Two numberings beside each other (the same
journal on two platforms), a misprint, or a volume 0 among others begin nothing: there the years decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from apps.lockss.kbart.bounds import Bounds
from apps.lockss.kbart.items import Item, Range, sure_years, take
from apps.lockss.kbart.labels import goes_back
from apps.lockss.kbart.spans import Span

# As often as this, volumes below those of the year before are no misprint but a second numbering.
CROSSINGS = 2


def year_missing(current: Range, item: Item) -> bool:
    return current.until is not None and item.years is not None and item.years[0] - current.until > 1


def runs_of_years(by_year: Sequence[Item], *, has_volumes: bool) -> list[Range]:
    """Ranges of AUs that all have years: a new one where a whole year is missing or the volumes are counted anew."""
    years = [_Year.of(own) for _, own in groupby(by_year, key=lambda item: sure_years(item)[0])]
    ranges: list[Range] = []
    so_far = _SoFar()
    for own, after in zip(years, [*years[1:], None], strict=True):
        if (
            not ranges
            or year_missing(ranges[-1], own.items[0])
            or (has_volumes and _is_counted_anew(so_far, own, after))
        ):
            ranges.append(Range([], own.items[0]))
            so_far = _SoFar()
        for item in own.items:
            take(ranges[-1], item)
        so_far.add(own.items)
    return ranges


@dataclass(frozen=True, slots=True)
class _Year:
    """AUs that begin in one year, and the first volumes of each."""

    items: list[Item]
    first: int
    until: int
    starts: Bounds

    @classmethod
    def of(cls, own: Iterable[Item]) -> "_Year":
        items = list(own)
        until = max(sure_years(item)[1] for item in items)
        return cls(items, sure_years(items[0])[0], until, Bounds(_starts(items)))


@dataclass(slots=True)
class _SoFar:
    """First volumes of the AUs of a range as it grows, and of those among them that reach furthest."""

    until: int = 0
    starts: Bounds = field(default_factory=Bounds)
    furthest: Bounds = field(default_factory=Bounds)

    def add(self, items: Sequence[Item]) -> None:
        self.starts.add(_starts(items))
        until = max(self.until, *(sure_years(item)[1] for item in items))
        if until > self.until:
            self.until, self.furthest = until, Bounds()
        self.furthest.add(_starts([item for item in items if sure_years(item)[1] == until]))


def _starts(items: Iterable[Item]) -> list[str]:
    return [item.volumes.start for item in items if item.volumes is not None]


def _is_counted_anew(so_far: _SoFar, own: _Year, after: _Year | None) -> bool:
    # In one and the same year a lower volume is only out of order.
    if so_far.until != own.first - 1:
        return False
    runs_on = after.starts if after is not None and after.first - own.until <= 1 else Bounds()
    return begins_anew(so_far.starts, so_far.furthest, own.starts, runs_on)


def _furthest(items: Sequence[Item]) -> list[Item]:
    until = max(sure_years(item)[1] for item in items)
    return [item for item in items if sure_years(item)[1] == until]


def _spans(items: Iterable[Item]) -> list[Span]:
    return [item.volumes for item in items if item.volumes is not None]


def note_numberings(ranges: Sequence[Range]) -> None:
    """Marks the ranges of a title with two numberings of which nobody can say what volume is the first or the last."""
    if any(item.years is None for current in ranges for item in current.items):
        return
    if sum(map(_crossings, ranges)) < CROSSINGS:
        return
    for place, current in enumerate(ranges):
        beside = [ranges[at] for at in (place - 1, place + 1) if 0 <= at < len(ranges)]
        # Of ranges whose years run on the volumes alone tell why they are two.
        run_on = any(_run_on(current, other) or _run_on(other, current) for other in beside)
        current.two_numberings = not run_on and any(_are_several(_spans(own)) for own in _ends(current))


def without_untold(ranges: Sequence[Range]) -> list[Range]:
    """Marks ranges that would end with a lower volume than they begin with (ruling 14), or hold others at the same time.

    Volumes of which nobody can say which is the first are no reason either to tell ranges apart whose years run on.
    """
    out: list[Range] = []
    for current in ranges:
        current.two_numberings |= _is_backward(current) or _has_another_beside(current)
        before = out[-1] if out else None
        if (
            before is None
            or not _run_on(before, current)
            or not (before.two_numberings or current.two_numberings)
        ):
            out.append(current)
            continue
        for item in current.items:
            take(before, item)
        before.two_numberings = True
    return out


def _is_backward(current: Range) -> bool:
    first, last = current.first.volumes, current.last.volumes
    return first is not None and last is not None and goes_back(first.start, last.end)


def _has_another_beside(current: Range) -> bool:
    """A volume below the first or above the last one that is told, in years that are those of others, too.

    Only of units of several years: in one year it is out of order, and between years a misprint.
    """
    if any(item.years is None for item in current.items):
        return False
    years = _years_of(current)
    reach = 0
    for own, after in zip(years, [*years[1:], None], strict=True):
        first = sure_years(own[0])[0]
        next_first = sure_years(after[0])[0] if after else None
        begin_together = len({item.years for item in own}) > 1
        for item in own:
            until = sure_years(item)[1]
            runs_into = next_first is not None and next_first <= until
            is_beside = reach >= first or begin_together or runs_into
            if is_beside and _is_outside(current, item):
                return True
        reach = max(reach, *(sure_years(item)[1] for item in own))
    return False


def _is_outside(current: Range, item: Item) -> bool:
    first, last = current.first.volumes, current.last.volumes
    if first is None or last is None or item.volumes is None:
        return False
    return goes_back(first.start, item.volumes.start) or goes_back(item.volumes.end, last.end)


def _run_on(before: Range, after: Range) -> bool:
    start = after.first.years
    return before.until is not None and start is not None and 0 <= start[0] - before.until <= 1


def _years_of(current: Range) -> list[list[Item]]:
    return [list(own) for _, own in groupby(current.items, key=lambda item: sure_years(item)[0])]


def _crossings(current: Range) -> int:
    """Years with volumes below some of the year before: two numberings that run beside each other."""
    starts = [Bounds(_starts(own)) for own in _years_of(current)]
    return sum(before.any_goes_back_to(own) for before, own in pairwise(starts))


def _ends(current: Range) -> tuple[list[Item], list[Item]]:
    return _years_of(current)[0], _furthest(current.items)


def begins_anew(so_far: Bounds, before: Bounds, own: Bounds, after: Bounds) -> bool:
    """Whether AUs of a year begin a numbering; all these are first volumes.

    ``before``: of the AUs that reach furthest, among all ``so_far``; ``after``: of the next year that runs on, or none.
    """
    if not before or not own or not before.all_go_back_to(own):
        return False
    if not so_far.all_go_back_to(own, or_same=True):
        return False
    resumes = after.any_goes_back_to(before)
    falls_again = bool(after) and own.all_go_back_to(after)
    return not resumes and not falls_again


def starts_again(first: str, label: str) -> bool:
    """``label`` is not above the first volume of what came before: 1 after 7-8, but not 2 after 1-15."""
    return first == label or goes_back(first, label)


def _are_several(spans: Iterable[Span]) -> bool:
    return len(set(spans)) > 1
