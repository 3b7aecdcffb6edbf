"""The fields of an AU that questions may name (tdb.md §6), and the named sets of statuses (tdb.md §4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apps.lockss.tdb.model import TdbAu

_BRACKETED = ("param[", "nondefparam[", "attr[")
_UNRELEASED = frozenset(
    {
        *("manifest", "wanted", "testing", "notReady", "ready", "readySource"),
        *("crawling", "deepCrawl", "frozen", "ingNotReady", "releasing"),
    }
)
_PRODUCTION = frozenset({"finished", "released", "down", "superseded"})
_PRESERVED = frozenset({"finished", "down", "superseded"})
STATUS_SETS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "viable": _UNRELEASED | _PRODUCTION,
        "unreleased": _UNRELEASED,
        "production": _PRODUCTION,
        "clockss-ingest": _PRESERVED | {"crawling", "deepCrawl", "frozen", "ingNotReady"},
        "clockss-preserved": _PRESERVED,
        "clockss-production": _PRESERVED | {"testing", "notReady", "crawling", "deepCrawl", "frozen"},
    }
)
"""By the names of the original tools' options."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an AU stands: the file as it is shown; its line comes with the AU."""

    file: str = ""


Getter = Callable[[TdbAu, Place], str | None]


def _of_au(key: str) -> Getter:
    return lambda au, _: au.values.get(key)


def _of_title(key: str) -> Getter:
    return lambda au, _: au.title.attributes.get(key)


def _of_publisher(key: str) -> Getter:
    return lambda au, _: au.title.publisher.attributes.get(key)


_AU_KEYS = (
    *("name", "status", "status1", "status2", "year", "volume", "edition", "isbn", "eisbn"),
    *("pluginPrefix", "pluginSuffix", "provider", "proxy", "rights"),
)
_OF_AU: dict[str, Getter] = {
    **{key: _of_au(key) for key in _AU_KEYS},
    "plugin": lambda au, _: au.plugin_id or None,
    "auid": lambda au, _: au.auid or None,
    "auidplus": lambda au, _: au.auid_plus or None,
    "file": lambda _, place: place.file,
    "line": lambda au, _: str(au.line),
    "fileline": lambda au, place: f"{place.file}:{au.line}",
}
_OF_TITLE: dict[str, Getter] = {
    **{key: _of_title(key) for key in ("issn", "eissn", "issnl", "doi")},
    "type": lambda au, _: au.title.type,
}
_BARE: dict[str, Getter] = {
    **_OF_AU,
    **_OF_TITLE,
    "publisher": _of_publisher("name"),
    "title": _of_title("name"),
}
_SCOPED: dict[str, tuple[dict[str, Getter], Callable[[str], Getter]]] = {
    "au": (_OF_AU, _of_au),
    "title": (_OF_TITLE, _of_title),
    "publisher": ({}, _of_publisher),
}
FIELDS = tuple(sorted(_BARE))


def is_field(name: str) -> bool:
    scope, colon, _ = name.partition(":")
    return scope in _SCOPED if colon else name in _BARE or name.startswith(_BRACKETED)


def fetch(name: str, au: TdbAu, place: Place) -> str | None:
    """The value of a field, None where it is unset. ``au:``, ``title:``, ``publisher:`` take any key as written."""
    scope, colon, key = name.partition(":")
    if not colon:
        getter = _BARE.get(name)
        return au.values.get(name) if getter is None else getter(au, place)
    known, of = _SCOPED[scope]
    return (known.get(key) or of(key))(au, place)
