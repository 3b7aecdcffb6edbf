"""Sets of URLs that patterns describe: substance, exclusion from polls, weights, media types (plugins §8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.plugin.matcher import Pattern


@dataclass(frozen=True, slots=True)
class PatternSet:
    """Matches where any of its patterns does; a pattern that cannot be tried in time does not."""

    patterns: tuple[Pattern, ...] = ()

    def matches(self, text: str) -> bool:
        return any(pattern.matches(text) for pattern in self.patterns)

    def __bool__(self) -> bool:
        return bool(self.patterns)


class SubstanceState(StrEnum):
    """Whether an AU holds what it is for; ``UNKNOWN``: its definition cannot tell."""

    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class SubstanceRules:
    """None: the definition has no such patterns. ``implicit`` are start and permission URLs."""

    substance: PatternSet | None = None
    non_substance: PatternSet | None = None
    implicit: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        return self.substance is not None or self.non_substance is not None

    def is_substance(self, url: str) -> bool:
        """A URL that a substance pattern names, or that no non-substance pattern names where there are any."""
        if self.substance is not None and self.substance.matches(url):
            return True
        if self.non_substance is None:
            return False
        return url not in self.implicit and not self.non_substance.matches(url)

    def state(self, urls: Iterable[str]) -> SubstanceState:
        """The state of an AU with content under these URLs; the first substantial one decides."""
        if not self.known:
            return SubstanceState.UNKNOWN
        return SubstanceState.YES if any(map(self.is_substance, urls)) else SubstanceState.NO


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of URLs in the result of a poll: the first pattern that matches, else 1.0."""

    entries: tuple[tuple[Pattern, float], ...] = ()

    def of(self, url: str) -> float:
        return next((weight for pattern, weight in self.entries if pattern.matches(url)), 1.0)

    def __bool__(self) -> bool:
        return bool(self.entries)


@dataclass(frozen=True, slots=True)
class MimeTypes:
    """Media types that a definition states for URLs: the first pattern that matches."""

    entries: tuple[tuple[Pattern, str], ...] = ()

    def of(self, url: str) -> str | None:
        return next((mime for pattern, mime in self.entries if pattern.matches(url)), None)
