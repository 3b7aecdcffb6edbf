"""A column of a list: its head, how the database sorts by it, and how a row is shown in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from apps.common.lists.cells import Cell, text


@dataclass(frozen=True, slots=True)
class Column:
    """``show(row)`` gives a Cell, or text. ``sort`` is the field (or annotation) that the database orders by;
    empty: this head cannot be pressed. ``priority``: 1 stays, 3 falls away first on a narrow page.

    Fields that may be null are ordered last, both ways; an index that serves such a column in descending order
    says ``nulls_last`` too, and ends with the primary key in the same direction. An annotation counts as one that
    may be null unless ``never_null``: only then an index of its expression is entered where the page begins.
    """

    key: str
    label: str | Promise
    show: Callable[[Any], Cell | str | None]
    sort: str = ""
    numeric: bool = False
    priority: int = 1
    descending_first: bool = False
    never_null: bool = False

    def cell(self, row: Any) -> Cell:
        found = self.show(row)
        return found if isinstance(found, Cell) else text(found)

    @property
    def css(self) -> str:
        """Classes of its head and of its fields."""
        names = [f"p{self.priority}"] if self.priority > 1 else []
        if self.numeric:
            names.append("number")
        return " ".join(names)
