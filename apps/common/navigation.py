"""The places of the header. An app registers its own in ``AppConfig.ready``."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Place:
    """``roles``: who sees it (any of them; none: everybody who is signed in).

    ``order``, from left to right: home 0, titles 10, archival units 20, permissions 30, polls 40, reports 50,
    node 60, network 70, people 90; what comes between them takes a number between.
    """

    key: str
    label: str | Promise
    path: str
    order: int
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    label: str
    path: str
    current: bool


_places: dict[str, Place] = {}


def register(place: Place) -> None:
    """ValueError when another place has this key."""
    if _places.get(place.key, place) != place:
        raise ValueError(f"the place {place.key} is registered twice")
    _places[place.key] = place


def shown(user, path: str) -> list[Shown]:
    """The places that ``user`` may see; the one whose path begins ``path`` is current, the longest wins."""
    if not getattr(user, "is_authenticated", False):
        return []
    mine = [place for place in _places.values() if not place.roles or user.has_role(*place.roles)]
    mine.sort(key=lambda place: (place.order, place.key))
    here = max((place.path for place in mine if _begins(place.path, path)), key=len, default=None)
    return [Shown(str(place.label), place.path, place.path == here) for place in mine]


def _begins(place: str, path: str) -> bool:
    return path == place if place == "/" else path.startswith(place)
