"""Which AUs of a title make one continuous coverage (kbart §4, rulings 4 and 20).

The KBART edition begins a new range only where a whole year is missing or the volumes are counted anew, and says which
volumes it lacks. The holdings edition begins one at every gap in the volumes, as the original does.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.lockss.kbart.items import Item, Range, sure_years, take
from apps.lockss.kbart.labels import (
    Key,
    ascend,
    count_between,
    follows,
    goes_back,
    has_letters,
    missing_between,
    sort_key,
)
from apps.lockss.kbart.model import CoveredAu, Edition
from apps.lockss.kbart.numbering import note_numberings, runs_of_years, without_untold, year_missing
from apps.lockss.kbart.spans import Span, span_of, years_of

# More than these missing inside running years are no lost volumes but another way of counting (3, then 2001).
MOST_MISSING = 20
GOOD_SCORE = 0.95
# Numberings of one journal at one time.
SIDE_BY_SIDE = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """``has_volumes``: every AU has one and they tell them apart. ``ordered``: something did give an order."""

    ranges: tuple[Range, ...]
    has_volumes: bool
    ordered: bool


def coverage(aus: Iterable[CoveredAu], this_year: int, edition: Edition = Edition.KBART) -> Coverage:
    """The ranges of one title's AUs, in order; none if there is no AU."""
    items = [Item(au, years_of(au.year, this_year), span_of(au.volume), span_of(au.issue)) for au in aus]
    if not items:
        return Coverage((), has_volumes=False, ordered=False)
    has_volumes = _volumes_usable(items)
    has_years = all(item.years is not None for item in items)
    if not has_volumes and not has_years:
        order = sorted(items, key=lambda item: (item.years or (9999, 9999), *_name(item)))
        return Coverage((Range(order, order[-1]),), has_volumes=False, ordered=False)
    volume_key = _volume_key(items)
    by_year = sorted(items, key=lambda item: (sure_years(item), volume_key(item), *_name(item)))
    by_volume = sorted(items, key=lambda item: (volume_key(item), sure_years(item), *_name(item)))
    if edition is Edition.KBART:
        if has_years:
            # Of those that begin in one year the lowest volume is the first, however far each reaches.
            by_start = sorted(by_year, key=lambda item: (sure_years(item)[0], volume_key(item)))
            ranges = runs_of_years(by_start, has_volumes=has_volumes)
        else:
            ranges = _split(by_volume, year_missing)
        if has_volumes:
            note_numberings(ranges)
            ranges = without_untold(ranges)
            _note_lacks(ranges, volume_key)
    else:
        ranges = _holdings_ranges(by_year, by_volume, has_years=has_years, has_volumes=has_volumes)
        if has_years:
            # Whatever ordered the AUs, ranges are told in order of time.
            ranges.sort(key=lambda current: current.known_years or (0, 0))
    return Coverage(tuple(ranges), has_volumes, ordered=True)


def _volumes_usable(items: Sequence[Item]) -> bool:
    if any(item.volumes is None for item in items):
        return False
    return len(items) == 1 or len({item.volumes for item in items}) > 1


def _name(item: Item) -> tuple[str, str, CoveredAu]:
    """So that the order in which AUs are given never matters."""
    return item.au.name, item.au.id, item.au


def _volume_key(items: Sequence[Item]) -> Callable[[Item], Key]:
    labels = [label for item in items if item.volumes for label in (item.volumes.start, item.volumes.end)]
    letters = has_letters(labels)

    def key(item: Item) -> Key:
        return sort_key(item.volumes.start, letters=letters) if item.volumes else ()

    return key


Gap = Callable[[Range, Item], bool]


def _split(order: Sequence[Item], gap: Gap) -> list[Range]:
    """Ranges of an order: a new one where ``gap`` finds one between the next AU and each of the last ranges so far.

    More than the last one is looked at: two numberings of one journal run beside each other.
    """
    ranges: list[Range] = []
    for item in order:
        current = next((one for one in ranges[: -SIDE_BY_SIDE - 1 : -1] if not gap(one, item)), None)
        if current is None:
            current = Range([], item)
            ranges.append(current)
        take(current, item)
    return ranges


def _note_lacks(ranges: Iterable[Range], volume_key: Callable[[Item], Key]) -> None:
    for current in ranges:
        if current.two_numberings:
            continue
        first, last = current.first.volumes, current.last.volumes
        top, *others = sorted(current.items, key=volume_key)
        for item in others:
            if not (first and last and top.volumes and item.volumes):
                continue
            # A misprint or a volume 0 lies before the first volume that is told, or behind the last one.
            is_told = not (goes_back(first.start, top.volumes.end) or goes_back(item.volumes.start, last.end))
            lack = missing_between(top.volumes.end, item.volumes.start) if is_told else None
            if lack and count_between(top.volumes.end, item.volumes.start) <= MOST_MISSING:
                current.lacks.append(lack)
            if not goes_back(top.volumes.end, item.volumes.end):
                top = item


def _holdings_ranges(
    by_year: Sequence[Item], by_volume: Sequence[Item], *, has_years: bool, has_volumes: bool
) -> list[Range]:
    """By volume where that order is consistent, else by year (kbart §4.5)."""
    gap = _volume_gap if has_volumes else _year_gap
    if not has_volumes:
        return _split(by_year, gap)
    volume_ranges = _split(by_volume, gap)
    if not has_years:
        return volume_ranges
    of_volumes = _Scores.of(by_volume, volume_ranges)
    if of_volumes.acceptable:
        return volume_ranges
    year_ranges = _split(by_year, gap)
    of_years = _Scores.of(by_year, year_ranges)
    gained = of_years.years + of_years.year_list - of_volumes.years - of_volumes.year_list
    lost = of_volumes.volumes + of_volumes.volume_list - of_years.volumes - of_years.volume_list
    better = of_years.years > of_volumes.years and of_years.year_list > of_volumes.year_list
    return year_ranges if gained > lost or (gained == lost and better) else volume_ranges


def _volume_gap(current: Range, item: Item) -> bool:
    if item.volumes is None:
        return True
    start = item.volumes.start
    for before in (current.items[-1], current.last):
        if before.volumes is None:
            continue
        if follows(before.volumes.end, start):
            return False
        # The same number many years later is another volume.
        if before.volumes.end == start and (item.years is None or not _year_gap(current, item)):
            return False
    # What lies inside the range is a second copy of it, or a part, if its years do so, too.
    return not (_lies_within(current, item.volumes) and not _year_gap(current, item))


def _lies_within(current: Range, volumes: Span) -> bool:
    first, last = current.first.volumes, current.last.volumes
    if first is None or last is None:
        return False
    return all(ascend(*pair) for pair in pairwise((first.start, volumes.start, volumes.end, last.end)))


def _year_gap(current: Range, item: Item) -> bool:
    return current.until is None or item.years is None or item.years[0] - current.until > 1


@dataclass(frozen=True, slots=True)
class _Scores:
    """How consistent an order is, 0 … 1: the share of ranges, and of steps from AU to AU, that go forward."""

    volumes: float
    years: float
    volume_list: float
    year_list: float

    @classmethod
    def of(cls, order: Sequence[Item], ranges: Sequence[Range]) -> "_Scores":
        steps = list(pairwise(order))
        return cls(
            _share(_is_steady(current, _volumes_forward) for current in ranges),
            _share(_is_steady(current, _years_forward) for current in ranges),
            _share(_volumes_forward(*step) for step in steps),
            _share(_years_forward(*step) for step in steps),
        )

    @property
    def acceptable(self) -> bool:
        if (self.years * self.volumes + self.year_list * self.volume_list) / 2 >= 1:
            return True
        return self.volumes >= GOOD_SCORE and self.volume_list >= GOOD_SCORE


def _is_steady(current: Range, forward: Callable[[Item, Item], bool]) -> bool:
    return all(forward(*step) for step in pairwise(current.items))


def _share(verdicts: Iterable[bool]) -> float:
    each = list(verdicts)
    return sum(each) / len(each) if each else 1.0


def _volumes_forward(before: Item, after: Item) -> bool:
    """A volume that comes again must do so in years that touch: else the numbering began anew."""
    if not (before.volumes and after.volumes):
        return False
    if before.volumes == after.volumes:
        return before.years is None or after.years is None or abs(after.years[0] - before.years[1]) <= 1
    return not goes_back(before.volumes.start, after.volumes.start)


def _years_forward(before: Item, after: Item) -> bool:
    return before.years is None or after.years is None or after.years[0] >= before.years[0]
