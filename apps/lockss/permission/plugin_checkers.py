"""Checkers that a platform's definition adds (permissions §7): each can only restrict what the page grants.

Five factory classes are in use; a class that is not mapped here refuses, because to skip it would be unsafe.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol

from apps.lockss.permission.tags import TagScanner

_POLICIES = "about/editorialPolicies"
_LINE_END = re.compile(r"\r\n|\r|\n")
_MAX_LINE = 1 << 20


class RefusalCode(StrEnum):
    """Why a page does not grant."""

    NO_STATEMENT = "no-statement"
    NEAR_MISS = "statement-broken"
    OTHER_NETWORK = "statement-of-other-network"
    EMPTY_PAGE = "empty-page"
    UNREADABLE = "coding-broken"
    TOO_LARGE = "page-too-large"
    PROBE_MISSING = "probe-missing"
    PROBE_OUTSIDE = "probe-outside-rules"
    PLATFORM_MOVED = "platform-moved"
    YEAR_MISSING = "year-missing"
    UNKNOWN_CHECKER = "checker-not-mapped"


class TextChecker(Protocol):
    """Reads the page's decoded text in pieces of any size; then says what it has against it."""

    def feed(self, text: str) -> None: ...

    def close(self) -> tuple[RefusalCode, str] | None:
        """The objection with its detail, or None."""

    @property
    def probe(self) -> str | None:
        """A link, as written in the page, that must be fetched before the grant counts."""


class ProbeChecker:
    """The page must hold ``<link lockss-probe="true" href=…>``; of several the last counts, as deployed."""

    def __init__(self) -> None:
        self._tags = TagScanner(frozenset({"link"}))
        self._probe: str | None = None

    @property
    def probe(self) -> str | None:
        return self._probe

    def feed(self, text: str) -> None:
        for tag in self._tags.feed(text):
            if tag.attributes.get("lockss-probe", "").lower() == "true" and "href" in tag.attributes:
                self._probe = tag.attributes["href"]

    def close(self) -> tuple[RefusalCode, str] | None:
        if self._probe is None:
            return RefusalCode.PROBE_MISSING, "no link with lockss-probe"
        return None


class MovedPlatformChecker(ProbeChecker):
    """A probe, on a page that does not say that the site has moved to another platform (HighWire H20)."""

    _FLAG = "platform = drupal"

    def __init__(self) -> None:
        super().__init__()
        self._tail = ""
        self._moved = False

    def feed(self, text: str) -> None:
        super().feed(text)
        window = self._tail + text.lower()
        self._moved = self._moved or self._FLAG in window
        self._tail = window[-len(self._FLAG) + 1 :]

    def close(self) -> tuple[RefusalCode, str] | None:
        if self._moved:
            return RefusalCode.PLATFORM_MOVED, "the page says: platform = DRUPAL"
        return super().close()


class YearChecker:
    """Some line must hold the AU's year as ``(YYYY)``, or after a colon and blanks and before a non-digit (OJS 2)."""

    def __init__(self, year: str, permission_url: str) -> None:
        self._year = year
        quoted = re.escape(year)
        self._pattern = re.compile(rf"\({quoted}\)|:\s+{quoted}[^0-9]", re.ASCII)
        self._found = _POLICIES in permission_url
        self._line = ""

    probe: str | None = None

    def feed(self, text: str) -> None:
        if self._found:
            return
        # A CR at the end may be half of a CR LF; both ways it ends the line.
        *lines, rest = _LINE_END.split(self._line + text)
        self._found = any(self._pattern.search(line) for line in lines)
        if len(rest) > _MAX_LINE:
            self._found = self._found or self._pattern.search(rest) is not None
            rest = rest[-1024:]
        self._line = rest

    def close(self) -> tuple[RefusalCode, str] | None:
        if self._found or self._pattern.search(self._line) is not None:
            return None
        return RefusalCode.YEAR_MISSING, f"year {self._year} not on the page"


class UnmappedChecker:
    """Stands for a class we do not have: refuses every page."""

    probe: str | None = None

    def __init__(self, class_name: str) -> None:
        self._class_name = class_name

    def feed(self, text: str) -> None:
        """Nothing on the page can help."""

    def close(self) -> tuple[RefusalCode, str] | None:
        return RefusalCode.UNKNOWN_CHECKER, self._class_name


Factory = Callable[[Mapping[str, str], str], TextChecker]


def _year(parameters: Mapping[str, str], permission_url: str) -> TextChecker:
    # Without the parameter deployed nodes look for the text "null", which no page holds in brackets.
    return YearChecker(parameters.get("year", "null"), permission_url)


PLUGIN_CHECKERS: Mapping[str, Factory] = {
    "org.lockss.plugin.highwire.HighWirePermissionCheckerFactory": lambda _au, _url: ProbeChecker(),
    "org.lockss.plugin.highwire.HighWireDrupalPermissionCheckerFactory": lambda _au, _url: ProbeChecker(),
    "org.lockss.plugin.highwire.HighWireJCorePermissionCheckerFactory": lambda _au, _url: ProbeChecker(),
    "org.lockss.plugin.highwire.HighWirePressH20PermissionCheckerFactory": (
        lambda _au, _url: MovedPlatformChecker()
    ),
    "org.lockss.plugin.bepress.BePressPermissionCheckerFactory": lambda _au, _url: ProbeChecker(),
    "org.lockss.plugin.ojs2.OJS2PermissionCheckerFactory": _year,
}


def plugin_checkers(
    factory_class: str | None, parameters: Mapping[str, str], permission_url: str
) -> tuple[TextChecker, ...]:
    """Fresh checkers for one page; ``factory_class`` is ``au_permission_checker_factory``, None for none."""
    if factory_class is None:
        return ()
    factory = PLUGIN_CHECKERS.get(factory_class.strip())
    return (
        UnmappedChecker(factory_class.strip()) if factory is None else factory(parameters, permission_url),
    )
