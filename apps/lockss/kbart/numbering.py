"""Runs of years, and whether volumes that go backwards are counted anew or only in more than one way (ruling 4).

Years that run on are one coverage unless the numbering really begins again. Two numberings beside each other (the same
journal on two platforms), a misprint, or a volume 0 among others begin nothing: there the years decide.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from apps.lockss.kbart.items import Item, Range, sure_years, take
from apps.lockss.kbart.labels import goes_back
from apps.lockss.kbart.spans import Span

# As often as this, volumes below those of the year before are no misprint but a second numbering.
CROSSINGS = 2


def year_missing(current: Range, item: Item) -> bool:
    return current.until is not None and item.years is not None and item.years[0] - current.until > 1


def runs_of_years(by_year: Sequence[Item], *, has_volumes: bool) -> list[Range]:
    """Ranges of AUs that all have years: a new one where a whole year is missing or the volumes are counted anew."""
    years = [list(own) for _, own in groupby(by_year, key=lambda item: sure_years(item)[0])]
    ranges: list[Range] = []
    for own, after in zip(years, [*years[1:], []], strict=True):
        if (
            not ranges
            or year_missing(ranges[-1], own[0])
            or (has_volumes and _is_counted_anew(ranges[-1], own, after))
        ):
            ranges.append(Range([], own[0]))
        for item in own:
            take(ranges[-1], item)
    return ranges


def _is_counted_anew(current: Range, own: Sequence[Item], after: Sequence[Item]) -> bool:
    # In one and the same year a lower volume is only out of order.
    if current.until != sure_years(own[0])[0] - 1:
        return False
    runs_on = (
        after if after and sure_years(after[0])[0] - max(sure_years(item)[1] for item in own) <= 1 else ()
    )
    return _begins_anew(_spans(current.items), _spans(_furthest(current.items)), _spans(own), _spans(runs_on))


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


def _run_on(before: Range, after: Range) -> bool:
    start = after.first.years
    return before.until is not None and start is not None and 0 <= start[0] - before.until <= 1


def _years_of(current: Range) -> list[list[Item]]:
    return [list(own) for _, own in groupby(current.items, key=lambda item: sure_years(item)[0])]


def _crossings(current: Range) -> int:
    return sum(_is_crossed(_spans(before), _spans(own)) for before, own in pairwise(_years_of(current)))


def _ends(current: Range) -> tuple[list[Item], list[Item]]:
    return _years_of(current)[0], _furthest(current.items)


def _begins_anew(
    so_far: Sequence[Span], before: Sequence[Span], own: Sequence[Span], after: Sequence[Span]
) -> bool:
    """Whether the volumes ``own`` of a year begin a numbering.

    ``before``: those of the AUs that reach furthest, among all ``so_far``; ``after``: those of the next year that runs
    on, or none.
    """
    if not before or not own or not all(goes_back(old.start, new.start) for old in before for new in own):
        return False
    if not all(starts_again(old.start, new.start) for old in so_far for new in own):
        return False
    resumes = any(goes_back(later.start, old.start) for old in before for later in after)
    falls_again = bool(after) and all(goes_back(new.start, later.start) for new in own for later in after)
    return not resumes and not falls_again


def starts_again(first: str, label: str) -> bool:
    """``label`` is not above the first volume of what came before: 1 after 7-8, but not 2 after 1-15."""
    return first == label or goes_back(first, label)


def _is_crossed(before: Sequence[Span], own: Sequence[Span]) -> bool:
    """Some volumes of a year lie below some of the year before: two numberings run beside each other."""
    return any(goes_back(old.start, new.start) for old in before for new in own)


def _are_several(spans: Iterable[Span]) -> bool:
    return len(set(spans)) > 1
