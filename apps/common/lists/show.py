"""Answers a request for a list: the whole page, the list alone (htmx), or a download."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from apps.common.errors import BadQuery
from apps.common.few import counting
from apps.common.htmx import wanted_part
from apps.common.lists import keyset
from apps.common.lists.columns import Column
from apps.common.lists.download import download
from apps.common.lists.query import Query, parse
from apps.common.lists.table import COUNTED, SEEN_AT_ONCE, Page, Table, Total
from apps.common.pages import Empty, Link

PART = "common/list.html"


def show_list(
    request: HttpRequest,
    *,
    table: Table,
    rows: QuerySet,
    template: str,
    context: dict[str, Any] | None = None,
    name: str = "list",
) -> HttpResponse:
    """``template`` includes common/list.html, which reads the Page ``name`` of the context. BadQuery: 400.

    What was mistyped in a filter is told at its field, with status 400 and without a row.
    """
    query = parse(request.GET, table, forgiving=True)
    if query.faults:
        rows = rows.none()
    if query.format:
        if query.faults:
            raise BadQuery(" ".join(query.faults.values()))
        if not table.download:
            raise BadQuery(gettext("This list cannot be downloaded."))
        return download(table, query, in_order(table, rows, query)[0])
    page = page_of(table, rows, query, request.path)
    part = wanted_part(request) == table.id
    whole = {**(context or {}), name: page, "list": page} if part else {**(context or {}), name: page}
    status = HTTPStatus.BAD_REQUEST if query.faults else HTTPStatus.OK
    response = TemplateResponse(request, PART if part else template, whole, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def in_order(table: Table, rows: QuerySet, query: Query) -> tuple[QuerySet, keyset.Order]:
    """The rows that match, carrying their sort value, in their order."""
    column = query.column
    order = keyset.order_for(
        rows,
        query.sort,
        column.sort if column else "",
        query.descending,
        never_null=column is not None and column.never_null,
    )
    matching = keyset.with_value(table.filtered(rows, query), order)
    return keyset.arranged(matching, order), order


def page_of(table: Table, rows: QuerySet, query: Query, path: str) -> Page:
    """One page; at most three queries (which rows, what they hold, how many there are)."""
    order, found, earlier, later = window(table, rows, query)
    first = not (query.sort_given or query.after or query.before or query.faults)
    return Page(
        table=table,
        query=query,
        path=path,
        items=found,
        total=_total(table, rows, query),
        after=keyset.cursor(order, found[-1]) if later else "",
        before=keyset.cursor(order, found[0]) if earlier else "",
        best=_best(table, rows, query, found) if first and table.best else (),
    )


def _best(table: Table, rows: QuerySet, query: Query, found: list) -> list[Link]:
    """Nothing where a glance at the list itself shows them."""
    best = table.best(query, table.filtered(rows, query))
    seen = {keyset.key_of(row) for row in found[:SEEN_AT_ONCE]}
    return [link for _key, link in best] if {key for key, _link in best} - seen else []


def window(table: Table, rows: QuerySet, query: Query) -> tuple[keyset.Order, list, bool, bool]:
    """The order, the rows of the page, and whether there are some before and after them: two queries."""
    arranged, order = in_order(table, rows, query)
    keys, earlier, later = _keys(arranged, order, query)
    # What they hold is asked without the filters: those are answered already.
    whole = {keyset.key_of(row): row for row in keyset.with_value(rows, order).filter(pk__in=keys)}
    return order, [whole[key] for key in keys if key in whole], earlier, later


def _keys(arranged: QuerySet, order: keyset.Order, query: Query) -> tuple[list, bool, bool]:
    """Which rows, by keys alone: an index that holds all that is asked about answers that without the rows.

    A page that was turned to has the one it came from on its other side; when that has gone meanwhile, turning back
    shows the first page.
    """
    size = query.size
    keys = arranged.values_list("pk", flat=True)
    if query.before:
        back = order.reversed()
        edge = keyset.edge_of(query.before, order, arranged)
        found = list(keyset.arranged(keys.filter(keyset.beyond(back, edge)), back)[: size + 1])
        if len(found) >= size:
            return found[size - 1 :: -1], len(found) > size, True
        # The start is reached: show the first page whole rather than what is left of it.
    if query.after:
        edge = keyset.edge_of(query.after, order, arranged)
        found = list(keys.filter(keyset.beyond(order, edge))[: size + 1])
        if found:
            return found[:size], True, len(found) > size
    found = list(keys[: size + 1])
    return found[:size], False, len(found) > size


def _total(table: Table, rows: QuerySet, query: Query) -> Total:
    if query.faults:
        return Total(None)
    if table.count is not None and (number := table.count(query)) is not None:
        return Total(number)
    with counting():
        number = table.filtered(rows, query).order_by()[: COUNTED + 1].count()
    return Total(min(number, COUNTED), number > COUNTED)


def small_list(
    name: str, caption: str, columns: Sequence[Column], rows: Iterable, *, empty: Empty | None = None
) -> Page:
    """A short table that is shown whole (who agrees, what is in dispute): same look, nothing to press."""
    items = list(rows)
    table = Table(name=name, caption=caption, columns=columns, empty=empty, download=False)
    return Page(table=table, query=Query(given={}), path="", items=items, total=Total(None), static=True)


def chosen_rows(data: QueryDict, table: Table, rows: QuerySet) -> QuerySet:
    """Which rows a bulk form means: those ticked (by primary key), or all that match its filters.

    BadQuery when nothing is chosen or a key is none.
    """
    if data.get("all_matching") == "yes":
        return table.filtered(rows, parse(QueryDict(data.get("matching", "")), table))
    keys = data.getlist("chosen")
    if not keys:
        raise BadQuery(
            gettext("Nothing was done. Tick at least one row, then press the button again."),
            title=gettext("Nothing was chosen"),
        )
    field = rows.model._meta.pk  # noqa: SLF001
    try:
        return rows.filter(pk__in=[keyset.typed(field, key) for key in keys])
    except (ValueError, TypeError, ValidationError):
        raise BadQuery(gettext("A chosen row is not known.")) from None
