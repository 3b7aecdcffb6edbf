"""Pages by key: a page begins after a row, not at a number, so that page 8,000 costs what page 1 costs.

Rows are ordered by one value and then by primary key, both in the same direction; fields that may be null have
their nulls last. A cursor holds the value and key of the row at the edge: ``base64url(JSON [sort, key, value])``.
It grants nothing, so it is not signed; whatever it holds is checked against the types of the fields.
"""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BinaryField, CompositePrimaryKey, F, Model, Q, QuerySet
from django.utils.translation import gettext

from apps.common.errors import BadQuery
from apps.common.text import json_in, storable

VALUE = "list_sort_value"
# A longer value is looked up again by the key: a cursor has to fit into an address.
LONGEST_VALUE = 500
LONGEST_CURSOR = 4000


@dataclass(frozen=True, slots=True)
class Order:
    """``path`` is the field ordered by; empty: the key alone. ``sort`` is how the address names it."""

    sort: str
    path: str
    descending: bool
    nullable: bool
    nulls_first: bool = False

    def reversed(self) -> "Order":
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)


@dataclass(frozen=True, slots=True)
class Edge:
    """The row that a page begins after, or ends before."""

    key: Any
    value: Any


def order_for(rows: QuerySet, sort: str, path: str, descending: bool, *, never_null: bool = False) -> Order:
    nullable = bool(path) and not never_null and _nullable(rows.model, path)
    return Order(sort, path, descending, nullable)


def _nullable(model: type[Model], path: str) -> bool:
    """Annotations may be anything, so they may be null."""
    for part in path.split("__"):
        try:
            found = model._meta.get_field(part)  # noqa: SLF001 - Django's documented door to fields
        except FieldDoesNotExist:
            return part != "pk"
        if found.null or (found.auto_created and not found.concrete):
            return True
        if found.is_relation and found.related_model is not None:
            model = found.related_model
    return False


def with_value(rows: QuerySet, order: Order) -> QuerySet:
    return rows.annotate(**{VALUE: F(order.path)}) if order.path else rows


def arranged(rows: QuerySet, order: Order) -> QuerySet:
    """``rows`` in the order; they carry their value (``with_value``)."""
    key = "-pk" if order.descending else "pk"
    if not order.path:
        return rows.order_by(key)
    value = F(VALUE)
    if not order.nullable:
        return rows.order_by(value.desc() if order.descending else value.asc(), key)
    nulls = {"nulls_first": True} if order.nulls_first else {"nulls_last": True}
    return rows.order_by(value.desc(**nulls) if order.descending else value.asc(**nulls), key)


def beyond(order: Order, edge: Edge) -> Q:
    """Which rows come after the edge in this order."""
    than = "lt" if order.descending else "gt"
    later_key = Q(**{f"pk__{than}": edge.key})
    if not order.path:
        return later_key
    null = Q(**{f"{VALUE}__isnull": True})
    if edge.value is None:
        among = null & later_key
        return among | ~null if order.nulls_first else among
    # The first condition follows from the second; it is what an index can start from.
    reach = Q(**{f"{VALUE}__{than}e": edge.value})
    among = reach & (Q(**{f"{VALUE}__{than}": edge.value}) | later_key)
    return among | null if order.nullable and not order.nulls_first else among


def cursor(order: Order, row: Any) -> str:
    """The cursor of the edge at ``row``, a model or a dict of ``values("pk", ...)``."""
    parts: list[Any] = [order.sort, _plain(key_of(row))]
    if order.path:
        value = _plain(value_of(row))
        # As it is written there: a letter beyond ASCII takes six bytes and more, and addresses are short.
        if not isinstance(value, str) or len(json.dumps(value)) <= LONGEST_VALUE:
            parts.append(value)
    return base64.urlsafe_b64encode(json.dumps(parts).encode("utf-8")).rstrip(b"=").decode("ascii")


def edge_of(text: str, order: Order, rows: QuerySet) -> Edge:
    """What a cursor holds, in the types of the fields; ``rows`` carry their value. BadQuery when it does not fit."""
    try:
        sort, key, *rest = _decoded(text)
        if sort != order.sort or len(rest) > 1:
            raise ValueError("made for another order")
        key = _typed_key(rows.model, key)
        if not order.path:
            return Edge(key, None)
        if not rest:
            return Edge(key, _looked_up(rows, key))
        field = rows.query.annotations[VALUE].output_field
        return Edge(key, None if rest[0] is None else typed(field, rest[0]))
    except (ValueError, TypeError, ValidationError, RecursionError, OverflowError) as error:
        raise BadQuery(
            gettext("This page of the list is not known. Begin again at its first page.")
        ) from error


def _decoded(text: str) -> list:
    if len(text) > LONGEST_CURSOR:
        raise ValueError("too long")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    found = json_in(raw)
    if not isinstance(found, list) or len(found) < 2:
        raise ValueError("no cursor")
    return found


def key_of(row: Any) -> Any:
    return row["pk"] if isinstance(row, dict) else row.pk


def value_of(row: Any) -> Any:
    return row[VALUE] if isinstance(row, dict) else getattr(row, VALUE)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes | memoryview):
        return {"hex": bytes(value).hex()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def typed(field: Any, value: Any) -> Any:
    """``value`` of a cursor or a form as the field has it; ValueError or ValidationError when it does not fit."""
    if isinstance(field, BinaryField) != isinstance(value, dict):
        _refuse()
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if set(value) == {"hex"} else _refuse()
    if isinstance(value, list) or (isinstance(value, str) and value != storable(value, LONGEST_CURSOR)):
        _refuse()
    found = field.to_python(value)
    if found is None:
        _refuse()
    return found


def _typed_key(model: type[Model], key: Any) -> Any:
    field = model._meta.pk  # noqa: SLF001
    if not isinstance(field, CompositePrimaryKey):
        return typed(field, key)
    parts = [model._meta.get_field(name) for name in field.field_names]  # noqa: SLF001
    if not isinstance(key, list) or len(key) != len(parts):
        _refuse()
    return tuple(
        typed(getattr(part, "target_field", part), one) for part, one in zip(parts, key, strict=True)
    )


def _refuse() -> Any:
    raise ValueError("not of this field")


def _looked_up(rows: QuerySet, key: Any) -> Any:
    found = rows.filter(pk=key).values_list(VALUE, flat=True).first()
    return found if found is not None else _refuse()
