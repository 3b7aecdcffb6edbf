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
# Where pages lie elsewhere than below their place.
_belonging: dict[str, str] = {}


def register(place: Place) -> None:
    """ValueError when another place has this key."""
    if _places.get(place.key, place) != place:
        raise ValueError(f"the place {place.key} is registered twice")
    _places[place.key] = place


def belong(key: str, *paths: str) -> None:
    """Pages below these paths are pages of the place, whose own path may be another or be registered later."""
    _belonging.update(dict.fromkeys(paths, key))


def shown(user, path: str) -> list[Shown]:
    """The places that ``user`` may see; the one whose path begins ``path`` is current, the longest wins."""
    if not getattr(user, "is_authenticated", False):
        return []
    mine = [place for place in _places.values() if not place.roles or user.has_role(*place.roles)]
    mine.sort(key=lambda place: (place.order, place.key))
    prefixes = {place.path: place.key for place in mine} | _belonging
    here = prefixes.get(max((one for one in prefixes if _begins(one, path)), key=len, default=""))
    return [Shown(str(place.label), place.path, place.key == here) for place in mine]


def _begins(place: str, path: str) -> bool:
    return path == place if place == "/" else path.startswith(place)
