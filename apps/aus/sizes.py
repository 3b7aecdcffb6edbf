"""How much a choice would take and how long, from what is known of its like. Pure.

Every unit is guessed by the nearest kin that was collected here: its own copy, else other units of its title, else of
its publisher, else of its platform. A guess is a span, from the first to the third quarter of what the kin came to; of
fewer than ``FEW`` kin from half of the smallest to twice the largest. Spans are added edge by edge: units of one title
err alike, so nothing is evened out. Of a unit without kin nothing is guessed; it is counted as not known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FEW = 4


class Basis(StrEnum):
    """What a guess rests on, the nearest first."""

    HELD = "held"
    TITLE = "title"
    PUBLISHER = "publisher"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Span:
    low: int = 0
    high: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError(f"{self.low} to {self.high} is no span")

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def __bool__(self) -> bool:
        return self.high > 0


NOTHING = Span()


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one publisher with the same basis and pace. HELD: ``size`` is what they take already.

    ``selected``: somebody chose them already, so that the store has promised them room.
    """

    publisher: int
    basis: Basis
    count: int
    size: Span = NOTHING
    fetches: Span = NOTHING
    pause_ms: int = 0
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """``size`` in bytes of the store and ``seconds``: what would come to what is here already (``held``).

    ``fresh`` is that part of ``size`` that nobody selected yet.
    """

    count: int = 0
    held: int = 0
    held_size: int = 0
    size: Span = NOTHING
    fresh: Span = NOTHING
    seconds: Span = NOTHING
    guessed: Mapping[Basis, int] = field(default_factory=dict)
    unknown: int = 0

    @property
    def known(self) -> int:
        return self.count - self.unknown


def spread(sizes: Iterable[int]) -> Span:
    """The span that these known numbers give for one more of their kind; ValueError for none."""
    known = sorted(sizes)
    if not known:
        raise ValueError("nothing is known")
    if len(known) < FEW:
        return Span(known[0] // 2, known[-1] * 2)
    return Span(known[_rank(len(known), 1)], known[_rank(len(known), 3)])


def _rank(number: int, quarter: int) -> int:
    """The place of the first value that at least so many quarters do not exceed, as ``percentile_disc`` has it."""
    return -(-number * quarter // 4) - 1


def combine(parts: Iterable[Part], *, parallel: int) -> Estimate:
    """``parallel``: units that are collected at once.

    The shortest time supposes that no two of them share a pace, the longest that all of one publisher do; and that
    publishers answer at once.
    """
    held = held_size = unknown = 0
    size = fresh = NOTHING
    guessed: dict[Basis, int] = defaultdict(int)
    work: dict[int, Span] = defaultdict(Span)
    for part in parts:
        if part.basis is Basis.HELD:
            held, held_size = held + part.count, held_size + part.size.low
        elif part.basis is Basis.UNKNOWN:
            unknown += part.count
        else:
            guessed[part.basis] += part.count
            size += part.size
            fresh += NOTHING if part.selected else part.size
            work[part.publisher] += Span(part.fetches.low * part.pause_ms, part.fetches.high * part.pause_ms)
    number = sum(guessed.values())
    return Estimate(
        count=held + unknown + number,
        held=held,
        held_size=held_size,
        size=size,
        fresh=fresh,
        seconds=_seconds(work, max(1, min(parallel, number))),
        guessed=dict(guessed),
        unknown=unknown,
    )


def _seconds(work: Mapping[int, Span], at_once: int) -> Span:
    """``work`` in milliseconds, by publisher."""
    whole = sum(work.values(), NOTHING)
    longest = max((one.high for one in work.values()), default=0)
    low, high = whole.low // at_once, max(longest, -(-whole.high // at_once))
    return Span(low // 1000, -(-high // 1000))
