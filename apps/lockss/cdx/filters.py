"""Filters of a CDX server: ``[!][=|~]field:text``.

Without a sign a value that holds the text passes, with ``=`` one that equals it, with ``~`` one that a pattern fits
from its beginning; ``!`` turns it round. Patterns come from anybody, so only those are run that cannot take long:
letters, ``.``, classes, alternatives, and ``.*`` at the end and once before.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 300
LONGEST_VALUE = 1_000
"""Characters of a value that a pattern is tried on."""
_FORM = re.compile(r"(!?)([=~]?)(?:([a-z]+):)(.*)", re.DOTALL)
_SAFE = re.compile(
    r"\^?(?:[A-Za-z0-9 _/+;:,=&%@#~'\"<>-]|\\[^A-Za-z0-9]|\\d|\[\^?[A-Za-z0-9 _/+;.-]+\]|\.\*?|\|)*\$?"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """``how``: ``""`` holds, ``=`` equals, ``~`` fits."""

    field: str
    how: str
    text: str
    is_not: bool = False

    def passes(self, value_of: Callable[[str], str]) -> bool:
        value = value_of(self.field)
        if self.how == "=":
            found = value == self.text
        elif self.how == "~":
            found = _pattern(self.text).match(value[:LONGEST_VALUE]) is not None
        else:
            found = self.text in value
        return found is not self.is_not


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


def filter_of(text: str, fields: Collection[str], aliases: Mapping[str, str]) -> Filter | None:
    """None for what is no filter, names no field, or has a pattern that is not run."""
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    negated, how, name, wanted = found.groups()
    name = aliases.get(name, name)
    if name not in fields or (how == "~" and not _is_safe(wanted)):
        return None
    return Filter(name, how, wanted, bool(negated))


def _is_safe(text: str) -> bool:
    # Two runs with something behind them would be tried in every pair of lengths.
    if _SAFE.fullmatch(text) is None or text.removesuffix(".*").count(".*") > 1:
        return False
    try:
        _pattern(text)
    except re.error:
        return False
    return True
