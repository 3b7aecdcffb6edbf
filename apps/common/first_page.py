"""What rooms that the first page may not ask tell it themselves; an app registers its own in ``AppConfig.ready``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.common.pages import Event, Need


@dataclass(frozen=True, slots=True)
class Teller:
    """``needs(user)``: what waits for a person. ``events(user)``: what became of this person's work, newest first."""

    needs: Callable[[Any], Sequence[Need]]
    events: Callable[[Any], Sequence[Event]]


_tellers: dict[str, Teller] = {}


def register(key: str, teller: Teller) -> None:
    """ValueError when another teller has this key."""
    if _tellers.get(key, teller) != teller:
        raise ValueError(f"{key} tells the first page twice")
    _tellers[key] = teller


def needs(user: Any) -> list[Need]:
    """Of all rooms, in the order of their keys."""
    return [need for key in sorted(_tellers) for need in _tellers[key].needs(user)]


def events(user: Any) -> list[Event]:
    """Of all rooms, the newest first."""
    found = [event for teller in _tellers.values() for event in teller.events(user)]
    return sorted(found, key=lambda event: event.at, reverse=True)
