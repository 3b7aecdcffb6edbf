"""Secrets that other rooms give out in a person's name: their lists stand on that person's pages, beside the tokens."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

# Rooms register while apps are read, before there are models.
if TYPE_CHECKING:
    from apps.accounts.models import User

# The list (``common.lists.Page``) of what a room gave out for a person; None where that is nothing.
Lister = Callable[["User", HttpRequest], Any]
_rooms: list[Lister] = []


def register(lister: Lister) -> None:
    if lister not in _rooms:
        _rooms.append(lister)


def keys_of(person: "User", request: HttpRequest) -> list[Any]:
    return [page for lister in _rooms if (page := lister(person, request)) is not None]
