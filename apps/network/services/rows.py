"""What all writers of this room do alike: one row for one form, and no old form over a newer row."""

import datetime as dt
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext

from apps.common.clock import node_day, now
from apps.common.text import plain_lines, storable

LONGEST_TEXT = 20_000
Row = TypeVar("Row", bound=models.Model)


def today() -> dt.date:
    """In the node's time zone, whoever reads: terms and decisions count by its days."""
    return node_day(now())


def once(
    model: type[Row],
    request_key: UUID | None,
    said: Any,
    make: Callable[[], Row],
    taken: Callable[[], str] = lambda: gettext("Nothing was saved."),
) -> Row:
    """What ``make`` writes in one transaction, or what the same form has made before.

    ``said``: the value object of the form; one that says something else than the row it made is refused.
    ``taken``: what to say where a number or a name is another row's already.
    """
    if (before := _made(model, request_key)) is not None:
        return _same(before, said)
    try:
        with transaction.atomic():
            return make()
    except (IntegrityError, ValidationError) as error:
        # The same form, sent twice at the same moment.
        if (before := _made(model, request_key)) is not None:
            return _same(before, said)
        if isinstance(error, ValidationError):
            raise
        raise ValidationError(taken()) from None


def _made(model: type[Row], request_key: UUID | None) -> Row | None:
    return model._default_manager.filter(request_key=request_key).first() if request_key else None  # noqa: SLF001


def _same(row: Row, said: Any) -> Row:
    """The row, if it says what the form says: nothing that was written anew is lost without a word."""
    for field in fields(said):
        if _plain(getattr(row, field.name)) != _plain(getattr(said, field.name)):
            raise ValidationError(
                gettext(
                    "This form was sent before, and what it made stands there; nothing was saved now. "
                    "Open the page anew to enter more."
                )
            )
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(storable(value, LONGEST_TEXT).split())
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def locked(row: Row, version: int) -> Row:
    """The row, for this transaction; ValidationError where it is newer than the page somebody decided on."""
    found = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()  # noqa: SLF001
    if found is None or found.version != version:
        raise ValidationError(
            gettext(
                "Somebody has changed this since your page was made. Look at it again; nothing was saved."
            )
        )
    return found


def put(row: models.Model, said: Any) -> None:
    """The fields of a value object into a row, as a database can hold them."""
    for field in fields(said):
        value = getattr(said, field.name)
        setattr(row, field.name, storable(value, LONGEST_TEXT) if isinstance(value, str) else value)


def facts(row: models.Model, names: tuple[str, ...]) -> dict:
    """For the audit record: dates as text, nothing that is empty."""
    found = {name: getattr(row, name) for name in names}
    return {
        name: str(value)
        if isinstance(value, dt.date)
        else plain_lines(value)
        if isinstance(value, str)
        else value
        for name, value in found.items()
        if value not in (None, "", [])
    }


def past_day(day: dt.date, field: str) -> None:
    """ValidationError for a day that is still to come."""
    if day > today():
        raise ValidationError({field: gettext("%s is still to come.") % day})
