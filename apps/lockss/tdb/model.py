"""What a title database says, as values. Keys are kept as written; unknown ones are free text (tdb.md §3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.lockss.auid import canonical, make_auid
from apps.lockss.tdb.errors import TdbFinding

DOWN = frozenset({"deepCrawl", "frozen", "finished", "down", "superseded", "zapped"})
STATUSES = frozenset(
    {
        *DOWN,
        *("doesNotExist", "doNotProcess", "exists", "expected", "manifest", "wanted", "testing", "notReady"),
        *("ready", "readySource", "crawling", "ingNotReady", "releasing", "released"),
    }
)
NONDEF_MARK = "@@@NONDEF@@@"


@dataclass(frozen=True, slots=True)
class TdbPublisher:
    attributes: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")


@dataclass(frozen=True, slots=True)
class TdbTitle:
    publisher: TdbPublisher
    attributes: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")

    @property
    def type(self) -> str:
        return self.attributes.get("type", "journal")

    def get(self, key: str) -> str:
        return self.attributes.get(key, "")


@dataclass(frozen=True, slots=True)
class TdbAu:
    """``values``: every key in force for this AU, by its written name (``param[volume]``, ``year``, …)."""

    title: TdbTitle
    values: Mapping[str, str]
    line: int
    column: int
    implicit: tuple[str, ...] = field(default=(), repr=False)

    def get(self, key: str) -> str:
        return self.values.get(key, "")

    @property
    def name(self) -> str:
        return self.get("name")

    @property
    def plugin_id(self) -> str:
        """``plugin``, or prefix and suffix together, or "" (tdb.md §3.3)."""
        if "plugin" in self.values:
            return self.values["plugin"]
        if "pluginPrefix" in self.values and "pluginSuffix" in self.values:
            return self.values["pluginPrefix"] + self.values["pluginSuffix"]
        return ""

    @property
    def params(self) -> dict[str, str]:
        return bracketed(self.values, "param[")

    @property
    def nondef_params(self) -> dict[str, str]:
        return bracketed(self.values, "nondefparam[")

    @property
    def attrs(self) -> dict[str, str]:
        return bracketed(self.values, "attr[")

    @property
    def auid(self) -> str:
        """With all ``param[…]``; "" without a plugin or without any. A node keeps the definitional ones only."""
        plugin, params = self.plugin_id, self.params
        return make_auid(plugin, params) if plugin and params else ""

    @property
    def auid_plus(self) -> str:
        auid, more = self.auid, self.nondef_params
        return f"{auid}{NONDEF_MARK}{canonical(more)}" if auid and more else auid

    @property
    def publisher_down(self) -> bool:
        return self.get("status") in DOWN


def bracketed(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    """``param[x] = y`` as ``{x: y}``."""
    start = len(prefix)
    return {key[start:-1]: value for key, value in values.items() if key.startswith(prefix)}


@dataclass(frozen=True, slots=True)
class TdbFile:
    """One file read: its AUs in order, and what could not be read. A syntax error leaves ``aus`` empty."""

    publishers: tuple[TdbPublisher, ...]
    titles: tuple[TdbTitle, ...]
    aus: tuple[TdbAu, ...]
    findings: tuple[TdbFinding, ...]
