"""What lists of an import have besides: numbers of titles in downloads, and orders where the rows are not too many."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.lists import Column, Table
from apps.titles.models import Title


def numbered(title_of: Callable[[Any], Title]) -> tuple[Column, ...]:
    """Columns for ``Table.besides``; ``title_of(row)``: the title that a row is about."""
    return (
        Column("issn", _("ISSN"), lambda row: title_of(row).issn),
        Column("eissn", _("eISSN"), lambda row: title_of(row).eissn),
        Column("issn_l", _("ISSN-L"), lambda row: title_of(row).issn_l),
    )


# Of more rows no index holds these orders, and putting them in one would take a page's time many times over.
MOST_IN_ORDER = 20_000


def in_orders(table: Table, orders: Mapping[str, str], number: int) -> Table:
    """``table`` sorted by the columns that ``orders`` names, with what each is ordered by, if its rows are few enough."""
    if number > MOST_IN_ORDER:
        return table
    columns = tuple(replace(one, sort=orders.get(one.key, one.sort)) for one in table.columns)
    return replace(table, columns=columns)
