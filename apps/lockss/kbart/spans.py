"""Years, volumes and issues as lists write them: sets of ranges (tdb §3.6, kbart §4.2). In doubt a text is one label."""

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.lockss.kbart.labels import LONGEST_LABEL, ascend

_MEMBERS = re.compile(r"[,;]")
_HYPHEN = re.compile(r"-")
EARLIEST_YEAR = 1600
YEARS_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Span:
    """From the start of the first member to the end of the last one; both labels as written."""

    start: str
    end: str


def span_of(text: str) -> Span | None:
    """``1-3, 7`` is 1 to 7; None for an empty text."""
    # Years and volumes come again from title to title; what is long would fill memory and does not.
    return _short_span(text) if len(text) <= LONGEST_LABEL else _span(text)


def _span(text: str) -> Span | None:
    members = [member for part in _MEMBERS.split(text) if (member := part.strip())]
    if not members:
        return None
    return Span(_ends(members[0])[0], _ends(members[-1])[1])


_short_span = lru_cache(maxsize=8192)(_span)


def _ends(member: str) -> tuple[str, str]:
    whole = (member, member)
    hyphens = list(_HYPHEN.finditer(member)) if len(member) <= LONGEST_LABEL else []
    # With several hyphens the one in the middle divides: s1-2-s1-5.
    if len(hyphens) % 2 == 0:
        return whole
    middle = hyphens[len(hyphens) // 2]
    low, high = member[: middle.start()].rstrip(), member[middle.end() :].lstrip()
    return (low, high) if low and high and ascend(low, high) else whole


def years_of(text: str, this_year: int) -> tuple[int, int] | None:
    """First and last year, both in 1600 … ``this_year`` + 10 and in order; else None (ruling 20)."""
    span = span_of(text)
    if span is None or not (_is_year(span.start) and _is_year(span.end)):
        return None
    first, last = int(span.start), int(span.end)
    return (first, last) if EARLIEST_YEAR <= first <= last <= this_year + YEARS_AHEAD else None


def _is_year(label: str) -> bool:
    return len(label) == 4 and label.isascii() and label.isdigit()
