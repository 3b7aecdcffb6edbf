"""How fast a publisher may be asked, and which AUs share that limit (plugins §8, ``au_rate_limiter_info`` and kin)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from apps.lockss.frontier.politeness import Rate
from apps.lockss.plugin.findings import DefinitionCode, Finding, clip, error
from apps.lockss.plugin.matcher import Pattern
from apps.lockss.plugin.windows import PREFIX, Window, Zones, may_crawl, read_window
from apps.lockss.plugin.xmltree import Node

RATE_TAG = "org.lockss.plugin.RateLimiterInfo"


class Condition(NamedTuple):
    """The rates that hold while a window is open."""

    window: Window
    rates: "RateInfo"


@dataclass(frozen=True, slots=True)
class RateInfo:
    """``rate`` None: unlimited or not stated. The first condition whose window is open replaces it."""

    rate: Rate | None = None
    conditions: tuple[Condition, ...] = ()
    mime: tuple[tuple[str, Rate], ...] = ()
    url: tuple[tuple[str, Rate], ...] = ()
    pool: str | None = None

    def at(self, now: datetime, zones: Zones) -> "RateInfo":
        """What holds now."""
        for condition in self.conditions:
            if may_crawl(condition.window, now, zones):
                return condition.rates.at(now, zones)
        return self


def mime_rate(rates: tuple[tuple[str, Rate], ...], mime: str) -> Rate | None:
    """The rate of a media type: its own, else of ``type/*``, else of ``*/*``."""
    table = dict(rates)
    return next((table[key] for key in mime_candidates(mime) if key in table), None)


def mime_candidates(mime: str) -> tuple[str, ...]:
    """``text/html; charset=x`` is looked up as ``text/html``, ``text/*`` and ``*/*``."""
    name = mime.split(";", 1)[0].strip().lower()
    return name, f"{name.partition('/')[0]}/*", "*/*"


def url_rate(rates: tuple[tuple[Pattern, Rate], ...], url: str) -> Rate | None:
    """The rate of the first pattern that matches; one that cannot be tried in time matches: slower is safer."""
    return next((rate for pattern, rate in rates if pattern.matches(url, undecided=True)), None)


def read_rate_map(table: Mapping[str, str]) -> tuple[tuple[tuple[str, Rate], ...], tuple[str, ...]]:
    """Rates of a ``MIME,MIME`` or pattern map, and the values that are no rates."""
    rates: list[tuple[str, Rate]] = []
    bad: list[str] = []
    for key, text in table.items():
        rate = Rate.parse(text)
        if rate is None:
            bad.append(text)
        else:
            rates.append((key, rate))
    return tuple(rates), tuple(bad)


def split_mimes(rates: tuple[tuple[str, Rate], ...]) -> tuple[tuple[str, Rate], ...]:
    """``a/b,c/d`` as two keys."""
    return tuple(
        (mime.strip().lower(), rate) for mimes, rate in rates for mime in mimes.split(",") if mime.strip()
    )


def read_rate_info(node: Node) -> RateInfo | Finding:
    """The rates of a serialised object, or what could not be read."""
    if RATE_TAG not in {node.tag, node.type_name}:
        return error(DefinitionCode.UNREADABLE_OBJECT, f"<{clip(node.tag)}> is no rate limiter", node.place)
    text = node.text_of("rate")
    rate = None if text is None else Rate.parse(text)
    if text is not None and rate is None and text.strip().lower() != "unlimited":
        return error(DefinitionCode.UNREADABLE_OBJECT, f"{clip(text)!r} is no rate such as 1/3s", node.place)
    conditions: list[Condition] = []
    for entry in _entries(node.child("cond")):
        window_node = next((child for child in entry if child.tag.startswith(PREFIX)), None)
        rates_node = next((child for child in entry if child.tag == RATE_TAG), None)
        if window_node is None or rates_node is None:
            return error(DefinitionCode.UNREADABLE_OBJECT, "expected a window and its rate", node.place)
        window, rates = read_window(window_node), read_rate_info(rates_node)
        if isinstance(window, Finding):
            return window
        if isinstance(rates, Finding):
            return rates
        conditions.append(Condition(window, rates))
    mime, bad_mime = read_rate_map(_texts(node.child("mimeRates")))
    url, bad_url = read_rate_map(_texts(node.child("urlRates")))
    if bad := (*bad_mime, *bad_url):
        return error(DefinitionCode.UNREADABLE_OBJECT, f"{clip(bad[0])!r} is no rate", node.place)
    return RateInfo(rate, tuple(conditions), split_mimes(mime), url, node.text_of("crawlPoolKey"))


def _entries(node: Node | None) -> list[tuple[Node, ...]]:
    """The entries of a map, or of the one map inside a field."""
    if node is None:
        return []
    found = [child.children for child in node.children if child.tag == "entry"]
    return found or [entry for child in node.children for entry in _entries(child)]


def _texts(node: Node | None) -> dict[str, str]:
    return {entry[0].text.strip(): entry[1].text for entry in _entries(node) if len(entry) == 2}


def pool_key(
    source: str, plugin_id: str, values: Mapping[str, object], attributes: Mapping[str, str]
) -> str | None:
    """The name of the limiter that an AU shares with others; None: it has its own.

    ``values`` are the AU's parameters with derived ones, ``attributes`` those of its title.
    """
    kind, colon, rest = source.partition(":")
    match kind.strip().lower(), bool(colon):
        case "plugin", False:
            return plugin_id
        case "key", True:
            return rest
        case "host", True:
            host = values.get(f"{rest}_host")
            return f"host:{host}" if isinstance(host, str) and host else None
        case "title_attribute", True:
            name, has_default, default = rest.partition(":")
            value = attributes.get(name, default if has_default else None)
            return None if value is None else f"{name}:{value}"
        case _:
            return None
