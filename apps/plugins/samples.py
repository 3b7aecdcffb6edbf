"""Who knows which AUs of a plugin have stored pages: the room of the AUs, which is above this one and says so here."""

from collections.abc import Callable

_stored: list[Callable[[set[str]], bool]] = []


def register(stored: Callable[[set[str]], bool]) -> None:
    """``stored``: whether a selected AU of one of these plugin ids has a page in the store."""
    _stored[:] = [stored]


def stored_by(plugin_ids: set[str]) -> bool:
    return any(ask(plugin_ids) for ask in _stored)
