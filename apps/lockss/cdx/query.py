"""What a CDX server is asked, read strictly: an error names its parameter (Wayback CDX server, pywb).

A remote pywb sends ``?url=…&closest=…&sort=closest&limit=100&matchType=exact``, with an empty ``closest`` where it
wants all.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from apps.lockss.cdx.filters import Filter, filter_of
from apps.lockss.memento.moments import BadMoment, Stretch, stretch_of

MOST_LINES = 10_000
"""Lines of one answer."""
LONGEST_QUERY = 65_536
MOST_FILTERS = 10
FIELDS = (
    *("urlkey", "timestamp", "url", "mime", "status", "digest"),
    *("redirect", "robotflags", "length", "offset", "filename"),
)
ALIASES = {"original": "url", "mimetype": "mime", "statuscode": "status"}

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:urn|dns|info):", re.IGNORECASE)
_LIMIT = re.compile(r"-?[0-9]{1,9}")
_ONCE = frozenset({"url", "matchType", "from", "to", "closest", "limit", "sort", "output", "fl", "fields"})
# What other CDX servers do and this one does not: better said than passed over.
_NOT_SERVED = frozenset(
    [
        "collapse",
        "page",
        "pageSize",
        "showNumPages",
        "showPagedIndex",
        "resumeKey",
        "showResumeKey",
        "offset",
        "fastLatest",
        "showDupeCount",
        "showSkipCount",
        "lastSkipTimestamp",
        "resolveRevisits",
        "reverse",
    ]
)


_T = TypeVar("_T", bound=StrEnum)


class Match(StrEnum):
    EXACT = "exact"
    PREFIX = "prefix"


class Sort(StrEnum):
    DEFAULT = "default"
    REVERSE = "reverse"
    CLOSEST = "closest"


class Output(StrEnum):
    CDXJ = "cdxj"
    JSON = "json"
    TEXT = "text"


class CdxCode(StrEnum):
    MISSING = "cdx-parameter-missing"
    REPEATED = "cdx-parameter-repeated"
    BAD_VALUE = "cdx-parameter-malformed"
    NOT_SERVED = "cdx-parameter-not-served"
    PREFIX_NEEDS_AU = "cdx-prefix-needs-au"
    """URLs are looked up by prefix only inside one AU: there is no order of all URLs."""
    BAD_FILTER = "cdx-filter-malformed"
    TOO_LONG = "cdx-query-too-long"


@dataclass(frozen=True, slots=True)
class CdxError:
    """``found`` is cut to 200 characters; ``expected`` lists allowed values where they can be listed."""

    code: CdxCode
    parameter: str
    found: str = ""
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CdxQuery:
    """What is wanted of ``url``, or exactly of all its spellings (``same_page``); a prefix is meant as it is written.

    ``limit`` below 0: the last ones. ``fields`` empty: all. ``since`` and ``until`` are inclusive.
    """

    url: str
    match: Match = Match.EXACT
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    closest: dt.datetime | None = None
    limit: int = MOST_LINES
    sort: Sort = Sort.DEFAULT
    output: Output = Output.CDXJ
    fields: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


class _WrongError(Exception):
    def __init__(
        self, code: CdxCode, parameter: str, found: str = "", expected: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code)
        shown = found[:200].encode("utf-8", "backslashreplace").decode()
        self.error = CdxError(code, parameter, shown, expected)


def parse_cdx_query(query: str, *, one_au: bool = False) -> CdxQuery | CdxError:
    """A query string. ``one_au``: the collection that is asked is one AU, where prefixes can be looked up."""
    if len(query) > LONGEST_QUERY:
        return CdxError(CdxCode.TOO_LONG, "url")
    try:
        return _read(query.removeprefix("?"), one_au)
    except _WrongError as wrong:
        return wrong.error


def _read(query: str, one_au: bool) -> CdxQuery:
    given: dict[str, str] = {}
    filters: list[str] = []
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        if name == "filter":
            filters.append(value)
        elif name in _NOT_SERVED:
            raise _WrongError(CdxCode.NOT_SERVED, name, value)
        elif name in _ONCE:
            if name in given:
                raise _WrongError(CdxCode.REPEATED, name, value)
            given[name] = value
    match, url = _place(given.get("url", "").strip(), given.get("matchType", ""), one_au)
    since, until = _stretch(given, "from"), _stretch(given, "to")
    if since and until and until.last < since.first:
        raise _WrongError(CdxCode.BAD_VALUE, "to", given["to"])
    closest = _stretch(given, "closest")
    return CdxQuery(
        url,
        match,
        since.first if since else None,
        until.last if until else None,
        closest.wanted if closest else None,
        _limit(given.get("limit", "")),
        _sort(given, closest is not None),
        _choice(Output, "output", given.get("output", "")) or Output.CDXJ,
        _fields(given),
        _filters(filters),
    )


def _place(url: str, match: str, one_au: bool) -> tuple[Match, str]:
    if not url:
        raise _WrongError(CdxCode.MISSING, "url")
    if match in ("host", "domain") or url.startswith("*."):
        allowed = tuple(Match) if one_au else (Match.EXACT,)
        raise _WrongError(CdxCode.NOT_SERVED, "matchType" if match else "url", match or url, allowed)
    chosen = _choice(Match, "matchType", match)
    if chosen is None and url.endswith("*"):
        chosen, url = Match.PREFIX, url[:-1]
    if chosen is Match.PREFIX and not one_au:
        raise _WrongError(CdxCode.PREFIX_NEEDS_AU, "matchType" if match else "url", match or f"{url}*")
    if not _SCHEME.match(url):
        url = f"http://{url}"
    if url.lower() in ("http://", "https://"):
        raise _WrongError(CdxCode.BAD_VALUE, "url", url)
    return chosen or Match.EXACT, url


def _stretch(given: dict[str, str], name: str) -> Stretch | None:
    if not (text := given.get(name, "")):
        return None
    found = stretch_of(text)
    if isinstance(found, BadMoment):
        raise _WrongError(CdxCode.BAD_VALUE, name, text)
    return found


def _limit(text: str) -> int:
    if not text:
        return MOST_LINES
    if not (text.isascii() and _LIMIT.fullmatch(text)) or int(text) == 0:
        raise _WrongError(CdxCode.BAD_VALUE, "limit", text)
    return max(-MOST_LINES, min(MOST_LINES, int(text)))


def _sort(given: dict[str, str], has_closest: bool) -> Sort:
    chosen = _choice(Sort, "sort", given.get("sort", ""))
    if not has_closest:
        # A remote pywb asks so for all versions.
        return Sort.DEFAULT if chosen in (None, Sort.CLOSEST) else chosen
    return Sort.CLOSEST if chosen in (None, Sort.CLOSEST) else chosen


def _choice(kind: type[_T], name: str, text: str) -> _T | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise _WrongError(CdxCode.BAD_VALUE, name, text, tuple(kind)) from None


def _fields(given: dict[str, str]) -> tuple[str, ...]:
    name = "fl" if given.get("fl") else "fields"
    names = [ALIASES.get(part, part) for part in given.get(name, "").split(",") if part]
    for one in names:
        if one not in FIELDS:
            raise _WrongError(CdxCode.BAD_VALUE, name, one, FIELDS)
    return tuple(dict.fromkeys(names))


def _filters(texts: list[str]) -> tuple[Filter, ...]:
    if len(texts) > MOST_FILTERS:
        raise _WrongError(CdxCode.BAD_FILTER, "filter", texts[MOST_FILTERS])
    found = []
    for text in texts:
        one = filter_of(text, FIELDS, ALIASES)
        if one is None:
            raise _WrongError(CdxCode.BAD_FILTER, "filter", text)
        found.append(one)
    return tuple(found)
