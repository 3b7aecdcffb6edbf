"""Functions that a template may apply to a parameter (plugins §5)."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus, unquote_plus

from apps.lockss.plugin.params import (
    NumberRange,
    ParamType,
    ParamValue,
    TextRange,
    parse_value,
)
from apps.lockss.urls import UrlRefusal, parse_url

_HOST = re.compile(r"([A-Za-z0-9_]+://)([^/]+)")
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")

Function = Callable[[ParamValue], ParamValue | None]
"""None: the value is not of a kind that the function takes."""


def _on_text(function: Callable[[str], str | None]) -> Function:
    return lambda value: function(value) if isinstance(value, str) else None


def _url_host(url: str) -> str | None:
    parsed = parse_url(url)
    return None if isinstance(parsed, UrlRefusal) else parsed.host


def _url_path(url: str) -> str | None:
    parsed = parse_url(url)
    return None if isinstance(parsed, UrlRefusal) else parsed.path


def _has_www(host: str) -> bool:
    return host[:4].lower() == "www."


def _add_www(url: str) -> str:
    found = _HOST.match(url)
    if found is None or _has_www(found[2]):
        return url
    return f"{found[1]}www.{url[found.end(1) :]}"


def _del_www(url: str) -> str:
    found = _HOST.match(url)
    if found is None or not _has_www(found[2]):
        return url
    return found[1] + url[found.end(1) + len("www.") :]


def _swap_scheme(old: str, new: str) -> Callable[[str], str]:
    return lambda url: new + url[len(old) :] if url.lower().startswith(f"{old}:") else url


def _url_encode(text: str) -> str | None:
    try:
        # Form encoding as Java has it: "~" is escaped, "*" is not.
        return quote_plus(text, safe="*").replace("~", "%7E")
    except UnicodeEncodeError:
        return None


def _url_decode(text: str) -> str | None:
    return None if _LONE_PERCENT.search(text) is not None else unquote_plus(text)


def _end(kind: ParamType, end: str) -> Function:
    def take(value: ParamValue) -> ParamValue | None:
        parsed = parse_value(kind, value) if isinstance(value, str) else value
        return getattr(parsed, end) if isinstance(parsed, NumberRange | TextRange) else None

    return take


def _short_year(value: ParamValue) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value) % 100
    return value % 100 if isinstance(value, int) and not isinstance(value, bool) else None


FUNCTIONS: Mapping[str, tuple[Function, ParamType]] = {
    "url_host": (_on_text(_url_host), ParamType.STRING),
    "url_path": (_on_text(_url_path), ParamType.STRING),
    "add_www": (_on_text(_add_www), ParamType.STRING),
    "del_www": (_on_text(_del_www), ParamType.STRING),
    "to_http": (_on_text(_swap_scheme("https", "http")), ParamType.STRING),
    "to_https": (_on_text(_swap_scheme("http", "https")), ParamType.STRING),
    "url_encode": (_on_text(_url_encode), ParamType.STRING),
    "url_decode": (_on_text(_url_decode), ParamType.STRING),
    "range_min": (_end(ParamType.RANGE, "low"), ParamType.STRING),
    "range_max": (_end(ParamType.RANGE, "high"), ParamType.STRING),
    "num_range_min": (_end(ParamType.NUM_RANGE, "low"), ParamType.LONG),
    "num_range_max": (_end(ParamType.NUM_RANGE, "high"), ParamType.LONG),
    "short_year": (_short_year, ParamType.INT),
}
"""Name to function and the type of what it gives. ``short_year`` is 2.x."""
