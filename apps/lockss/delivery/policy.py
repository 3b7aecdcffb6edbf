"""What a node, its network and its publishers have said about serving an AU (delivery §10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Where something is said; the later in this list, the nearer to the AU."""

    NETWORK = "network"
    PUBLISHER = "publisher"
    TITLE = "title"
    AU = "au"


class Policy(StrEnum):
    """Dark: kept and audited, not served. Gray: served when the publisher does not. Light: served always."""

    DARK = "dark"
    GRAY = "gray"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a publisher or an agreement grants (True), refuses (False) or leaves open (None).

    ``serve`` at all; ``while_available``: also while the publisher serves it itself; ``openly``: to anybody, not to
    own readers alone; ``trigger``: to everybody after a trigger event. The first three speak of the time before one.
    """

    serve: bool | None = None
    while_available: bool | None = None
    openly: bool | None = None
    trigger: bool | None = None


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """What one level says: the ``policy`` is a choice of the node or network, the ``terms`` are the publisher's."""

    level: Level
    policy: Policy | None = None
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Choice:
    """A policy and the level that chose it; ``level`` None: nobody chose, and nothing is served unasked."""

    policy: Policy
    level: Level | None


@dataclass(frozen=True, slots=True)
class Term:
    """What all levels together say of one right, and the level that says it."""

    granted: bool | None = None
    level: Level | None = None

    @property
    def refused(self) -> bool:
        return self.granted is False


_NEARNESS = tuple(Level)


def nearest(lines: Sequence[PolicyLine]) -> Choice:
    """The choice of the nearest level that makes one; dark where none does."""
    said = [(line.policy, line.level) for line in _by_nearness(lines) if line.policy is not None]
    return Choice(*said[-1]) if said else Choice(Policy.DARK, None)


def term(lines: Sequence[PolicyLine], name: str) -> Term:
    """A refusal at any level stands, whatever is granted nearer to the AU; else the nearest grant counts."""
    said = [(getattr(line.terms, name), line.level) for line in _by_nearness(lines)]
    refusals = [level for granted, level in said if granted is False]
    grants = [level for granted, level in said if granted is True]
    if refusals:
        return Term(granted=False, level=refusals[0])
    return Term(granted=True, level=grants[-1]) if grants else Term()


def _by_nearness(lines: Sequence[PolicyLine]) -> list[PolicyLine]:
    # Of several lines of one level the most cautious choice is looked at last.
    caution = {Policy.LIGHT: 0, None: 0, Policy.GRAY: 1, Policy.DARK: 2}
    return sorted(lines, key=lambda line: (_NEARNESS.index(line.level), caution[line.policy]))
