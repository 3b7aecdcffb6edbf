"""The parameters of a list's address, checked; and addresses with other ones."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext

from apps.common.errors import BadQuery
from apps.common.lists.columns import Column
from apps.common.text import storable

if TYPE_CHECKING:
    from apps.common.lists.table import Table

SIZES = (25, 50, 100, 200)
FORMATS = ("csv", "tsv", "json")
SORT, AFTER, BEFORE, SIZE, FORMAT = "sort", "after", "before", "size", "format"
OWN = (SORT, AFTER, BEFORE, SIZE, FORMAT)
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody asks of a list. ``given`` are the parameters as they came, without empty ones."""

    given: dict[str, str]
    filters: dict[str, object] = field(default_factory=dict)
    column: Column | None = None
    descending: bool = False
    size: int = 50
    after: str = ""
    before: str = ""
    format: str = ""
    # What is wrong with the value of a filter, by its key: a sentence to stand at its field.
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def sort(self) -> str:
        return ("-" if self.descending else "") + (self.column.key if self.column else "")

    @property
    def sort_given(self) -> bool:
        """Somebody asked for this order."""
        return SORT in self.given

    def address(self, **changes: str) -> str:
        """The query part of a link with ``changes``; an empty value takes a parameter away."""
        kept = {**self.given, **changes}
        return "?" + urlencode({name: value for name, value in kept.items() if value})


def parse(parameters: QueryDict, table: "Table", *, forgiving: bool = False) -> Query:
    """BadQuery names the first parameter that is unknown, repeated or has a value that does not fit.

    ``forgiving``: what does not fit a filter, which somebody may have mistyped, is told in ``faults`` instead; such a
    query means no rows.
    """
    known = {f.key: f for f in table.all_filters}
    given, filters, faults = {}, {}, {}
    for name in parameters:
        values = [value for value in parameters.getlist(name) if value]
        if name not in known and name not in OWN:
            raise BadQuery(gettext("This list cannot be narrowed by “%s”.") % storable(name, 60))
        if len(set(values)) > 1:
            raise BadQuery(gettext("“%s” is given more than once.") % storable(name, 60))
        if not values:
            continue
        value = values[0]
        if value != storable(value, LONGEST):
            raise BadQuery(gettext("“%s” is too long, or no text.") % storable(name, 60))
        given[name] = value
        if name in known:
            try:
                filters[name] = _parsed(name, value, known[name].parse)
            except BadQuery as error:
                if not forgiving:
                    raise
                faults[name] = str(error)
    if AFTER in given and BEFORE in given:
        raise BadQuery(gettext("A page begins after a row or ends before one, not both."))
    column, descending = _order(given.get(SORT, ""), table)
    return Query(
        given=given,
        filters={name: value for name, value in filters.items() if value != ""},
        column=column,
        descending=descending,
        size=int(_one_of(given, SIZE, [str(size) for size in SIZES]) or table.size),
        after=given.get(AFTER, ""),
        before=given.get(BEFORE, ""),
        format=_one_of(given, FORMAT, FORMATS),
        faults=faults,
    )


def _parsed(name: str, value: str, read) -> object:
    try:
        return read(value)
    except ValueError as error:
        said = gettext("“%(name)s” is “%(value)s”, expected %(expected)s.")
        raise BadQuery(said % {"name": name, "value": storable(value, 60), "expected": error}) from None


def _one_of(given: dict[str, str], name: str, values) -> str:
    if name not in given:
        return ""

    def read(value: str) -> str:
        if value not in values:
            raise ValueError(gettext("one of: %s") % ", ".join(values))
        return value

    return _parsed(name, given[name], read)


def _order(sort: str, table: "Table") -> tuple[Column | None, bool]:
    sort = sort or table.sort
    sortable = {column.key: column for column in table.columns if column.sort}
    key = sort.removeprefix("-")
    if not key:
        return None, sort.startswith("-")
    if key not in sortable:
        raise BadQuery(gettext("This list cannot be sorted by “%s”.") % storable(key, 60))
    return sortable[key], sort.startswith("-")
