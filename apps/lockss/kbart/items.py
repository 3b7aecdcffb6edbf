"""AUs with their texts understood, and ranges of them."""

from dataclasses import dataclass, field

from apps.lockss.kbart.labels import goes_back
from apps.lockss.kbart.model import CoveredAu
from apps.lockss.kbart.spans import Span


@dataclass(frozen=True, slots=True)
class Item:
    """An AU with its texts understood; None where it has none that can be used."""

    au: CoveredAu
    years: tuple[int, int] | None
    volumes: Span | None
    issues: Span | None


@dataclass(slots=True)
class Range:
    """AUs in order; ``last`` is the one that reaches furthest, ``until`` the latest year that any of them has.

    ``lacks``: first and last of the missing volumes. ``two_numberings``: nobody can say which volume is the first or
    the last.
    """

    items: list[Item]
    last: Item
    until: int | None = None
    lacks: list[tuple[str, str]] = field(default_factory=list)
    two_numberings: bool = False

    @property
    def first(self) -> Item:
        return self.items[0]

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last year; None unless both ends have one."""
        if self.first.years is None or self.last.years is None:
            return None
        return self.known_years

    @property
    def known_years(self) -> tuple[int, int] | None:
        known = [item.years for item in self.items if item.years is not None]
        return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def sure_years(item: Item) -> tuple[int, int]:
    return item.years or (0, 0)


def take(current: Range, item: Item) -> None:
    current.items.append(item)
    if _reaches_further(current.last, item):
        current.last = item
    if item.years is not None:
        current.until = max(item.years[1], current.until or 0)


def _reaches_further(last: Item, item: Item) -> bool:
    if last.years is not None and item.years is not None and last.years[1] != item.years[1]:
        return item.years[1] > last.years[1]
    return not (last.volumes and item.volumes and goes_back(last.volumes.end, item.volumes.end))
