"""Conditions that few rows meet, resolved before they are sorted (performance §3).

The planner takes a page of fifty to come early in the order it walks. Where only some rows of hundreds of thousands
match, it walks all of them; so these are looked up first, each by the index of its condition.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

# Sorting as many costs what walking to the fiftieth of a condition that more rows meet does.
MOST = 4_000


def few(keys: QuerySet, most: int = MOST) -> list[int] | None:
    """The keys that a ``values_list("pk", flat=True)`` gives, each once; None: more than ``most``."""
    found = list(keys[: most + 1])
    return sorted(set(found)) if len(found) <= most else None


def narrowed(rows: QuerySet, condition: Q, *, keys: QuerySet | None = None) -> QuerySet:
    """``rows`` that meet ``condition``; ``keys`` finds the same rows where that has a better way."""
    if keys is None:
        # Within what the rows are narrowed to already: the units of one title are not looked for among all.
        keys = rows.filter(condition).order_by().values_list("pk", flat=True)
    found = few(keys)
    return rows.filter(condition) if found is None else rows.filter(pk__in=found)


def any_of(conditions: Iterable[Q]) -> Q:
    """A condition that none can meet where there are none."""
    found = Q(pk__in=())
    for condition in conditions:
        found |= condition
    return found
