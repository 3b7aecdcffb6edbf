"""Searching with a definition's expressions in bounded time (plugins §6).

RE2 needs time in proportion to the text. Where an expression is beyond it, a looser RE2 expression answers "no" for
nearly all texts, and only the rest goes to the backtracking engine, with a time limit: what it cannot decide
is undecided, and each user of a pattern says which way that falls.
"""

import functools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import re2
import regex

from apps.lockss.plugin.dialect import PatternFault, Translated, translate

MAX_SUBJECT = 65_536
MAX_BACKTRACKING_PATTERN = 20_000
TIME_LIMIT = 0.2
"""Seconds that the backtracking engine may take for one text."""
_RE2_MEMORY = 16 << 20
# Characters times items of the expression: about half a second of RE2's slowest way.
_WORK = 8_000_000
_ITEMS = 120


class Outcome(StrEnum):
    """``UNDECIDED``: the text is too long, or the time limit was reached."""

    HIT = "hit"
    MISS = "miss"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Found:
    """``group`` is the first group's text, None where it took no part or there is none."""

    outcome: Outcome
    group: str | None = None


_MISS = Found(Outcome.MISS)
_UNDECIDED = Found(Outcome.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled expression. Equal sources with equal flags are equal patterns."""

    source: str
    ignore_case: bool
    _translated: Translated = field(compare=False, repr=False)
    _quick: Any = field(compare=False, repr=False)
    _longest: int = field(compare=False, repr=False)

    @property
    def linear(self) -> bool:
        """Whether RE2 alone decides, but for subjects that end in a newline."""
        return self._translated.re2 is not None

    def search(self, text: str) -> Found:
        """Whether the expression matches anywhere in the text, never longer than the time limit."""
        if len(text) > self._longest:
            return _UNDECIDED
        before_newline = self._translated.before_newline and text.endswith("\n")
        if self._quick is not None and not before_newline:
            found = self._quick.search(text)
            if found is None:
                return _MISS
            if self.linear:
                return self._hit(found)
        exact = _backtracking(self._translated, self.ignore_case)
        if isinstance(exact, PatternFault):
            return _UNDECIDED
        try:
            match = exact.search(text, timeout=TIME_LIMIT)
        except TimeoutError:
            return _UNDECIDED
        return _MISS if match is None else self._hit(match)

    def _hit(self, match: Any) -> Found:
        return Found(Outcome.HIT, match[1] if self._translated.groups else None)

    def matches(self, text: str, *, undecided: bool = False) -> bool:
        """``undecided`` is the answer where none was found in time."""
        outcome = self.search(text).outcome
        return undecided if outcome is Outcome.UNDECIDED else outcome is Outcome.HIT


def compile_pattern(source: str, *, ignore_case: bool = False) -> Pattern | PatternFault:
    """The expression, ready to search; a fault where it is not of the dialect or too costly to hold."""
    translated = translate(source)
    if isinstance(translated, PatternFault):
        return translated
    ignore_case = ignore_case or translated.ignore_case
    if translated.re2 is not None:
        # Too large for RE2 is too large for an engine without a bound on memory.
        quick = _re2(translated.re2, translated, ignore_case=ignore_case)
        if isinstance(quick, PatternFault):
            return quick
    else:
        exact = _backtracking(translated, ignore_case)
        if isinstance(exact, PatternFault):
            return exact
        quick = _re2(translated.loose, translated, ignore_case=ignore_case)
        quick = None if isinstance(quick, PatternFault) else quick
    longest = min(MAX_SUBJECT, _WORK // (_ITEMS + translated.repeated))
    return Pattern(source, ignore_case, translated, quick, longest)


@functools.lru_cache(maxsize=1_024)
def _backtracking(translated: Translated, ignore_case: bool) -> Any:
    """The expression for the engine that can do everything, compiled when it is first needed."""
    if len(translated.text) > MAX_BACKTRACKING_PATTERN:
        return PatternFault(f"longer than {MAX_BACKTRACKING_PATTERN} characters and beyond RE2")
    flags = regex.V0 | regex.ASCII
    for wanted, flag in (
        (ignore_case, regex.IGNORECASE),
        (translated.multiline, regex.MULTILINE),
        (translated.dot_all, regex.DOTALL),
    ):
        flags |= flag if wanted else 0
    try:
        return regex.compile(translated.text, flags)
    except (regex.error, RecursionError, MemoryError, OverflowError) as fault:
        return PatternFault(str(fault))


def _re2(text: str, translated: Translated, *, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _RE2_MEMORY
    options.case_sensitive = not ignore_case
    letters = ("m" if translated.multiline else "") + ("s" if translated.dot_all else "")
    try:
        return re2.compile(f"(?{letters}){text}" if letters else text, options)
    except re2.error as fault:
        reason = fault.args[0] if fault.args else b""
        return PatternFault(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason))
