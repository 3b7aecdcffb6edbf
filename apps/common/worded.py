"""What stands in the code is put into words once for each language, not once for each cell of a table."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.utils.translation import get_language

Thing = TypeVar("Thing")
Made = TypeVar("Made")
# Beyond this somebody makes vocabularies as he goes; they are not all kept.
MOST_KEPT = 2_000


def once_per_language(make: Callable[[Thing], Made]) -> Callable[[Thing], Made]:
    """For a function of one lasting thing (a word, a list of choices); it is known by identity, so it must not change.

    The thing is kept with what was made of it, so that no other can take its place in memory.
    """
    kept: dict[tuple[int, str | None], tuple[Any, Made]] = {}

    @wraps(make)
    def once(thing: Thing) -> Made:
        key = (id(thing), get_language())
        known = kept.get(key)
        if known is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = known = (thing, make(thing))
        return known[1]

    return once
