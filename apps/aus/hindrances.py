"""Why units of a choice cannot be collected, by cause; rooms above this one register what they know of it.

A room's function takes a query of listed AUs and gives a Hindrance for each cause, with a bounded number of queries.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Hindrance:
    """``number`` of units that ``label`` holds back; ``sentence`` says why, ``url`` leads to where something can be
    done about it; empty: nowhere, and a page that lists the units leads to them. ``selectable``: they can be selected, and wait.

    ``sentence`` is that of most of them; ``others`` are the whole sentences of the rest, those of most units first, and
    ``left`` how many more there are.
    """

    code: str
    label: str
    number: int
    sentence: str
    url: str = ""
    selectable: bool = False
    others: tuple[str, ...] = ()
    left: int = 0


Finder = Callable[[QuerySet], Iterable[Hindrance]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    if finder not in _finders:
        _finders.append(finder)


def found_by_others(listed: QuerySet) -> list[Hindrance]:
    return [one for finder in _finders for one in finder(listed)]
