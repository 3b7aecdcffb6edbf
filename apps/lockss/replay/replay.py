"""Addresses of replay, shaped as web archives shape them: ``/<collection>/<timestamp><modifier>/<URL>`` and beside it
``timegate/``, ``timemap/link/``, ``timemap/json/`` and ``cdx`` (delivery §3.2, §6)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.memento import BadMoment, Stretch, stretch_of
from apps.lockss.replay.asked import LONGEST, AskCode, AskError, spellings, with_scheme

EVERYTHING = "all"
_COLLECTION = re.compile(r"[a-z][a-z0-9-]{1,63}")
# The content host's own addresses: an AU's short name, and names of what stands beside collections.
_TAKEN = re.compile(r"[0-9a-f]{20}|timegate|timemap|cdx|go|triggered")
_MOMENT = re.compile(r"(?P<digits>[0-9]*)(?P<star>\*?)(?P<modifier>[a-z]{1,8}_)?/(?P<url>.*)", re.DOTALL)
_PAGE = re.compile(r"([0-9]+)/(.*)", re.DOTALL)
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


class Modifier(StrEnum):
    """How a version is to be shown."""

    TOP = ""
    """With the banner around it."""
    PAGE = "mp_"
    IDENTITY = "id_"
    """Stored bytes, stored fields."""
    BANNER = "bn_"
    IFRAME = "if_"
    FRAME = "fr_"
    IMAGE = "im_"
    SCRIPT = "js_"
    STYLE = "cs_"
    EMBED = "oe_"
    SERVICE_WORKER = "sw_"
    WORKER = "wkr_"

    @property
    def is_page(self) -> bool:
        """Whether an inexact address leads to the exact one; what a page embeds is answered at once (ruling C17)."""
        return self in (Modifier.TOP, Modifier.PAGE, Modifier.BANNER)


class ReplayForm(StrEnum):
    VERSION = "version"
    TIMEGATE = "timegate"
    VERSIONS = "versions"
    """The list of versions, for people."""
    TIMEMAP = "timemap"
    CDX = "cdx"


class TimeMapKind(StrEnum):
    LINK = "link"
    JSON = "json"
    CDXJ = "cdxj"


@dataclass(frozen=True, slots=True)
class Replay:
    """``urls``: spellings to try in turn. ``moment`` None: whatever ``Accept-Datetime`` says, else the newest.

    ``page`` of a TimeMap counts from 1; None is the TimeMap itself. ``query``: that of CDX, as it was sent.
    """

    collection: str
    form: ReplayForm
    urls: tuple[str, ...] = ()
    moment: Stretch | None = None
    modifier: Modifier = Modifier.TOP
    kind: TimeMapKind = TimeMapKind.LINK
    page: int | None = None
    query: str = ""

    @property
    def is_one_au(self) -> bool:
        return self.collection.startswith("au-")


def parse_replay(target: str) -> Replay | AskError | None:
    """A request's target, path and query as they were sent; None where it is no address of replay."""
    path, mark, query = target.partition("?")
    first, slash, rest = path.removeprefix("/").partition("/")
    if not path.startswith("/") or not (slash or first == "cdx"):
        return None
    collection = EVERYTHING
    if first not in ("timegate", "timemap", "cdx"):
        if not is_collection(first):
            return None
        collection, first, rest = first, *_head(rest)
    if len(target) > LONGEST:
        return AskError.of(AskCode.TOO_LONG, "url", target)
    whole = f"{rest}{mark}{query}"
    if first == "cdx" and not rest:
        return Replay(collection, ReplayForm.CDX, query=query)
    if first == "timegate":
        return _with_urls(Replay(collection, ReplayForm.TIMEGATE), whole)
    if first == "timemap":
        return _timemap(collection, whole)
    return _version(collection, f"{first}/{whole}" if first else whole)


def is_collection(name: str) -> bool:
    """Whether a collection may be called so: ``all``, a group's name, ``au-`` and an AU's short name."""
    return _COLLECTION.fullmatch(name) is not None and _TAKEN.fullmatch(name) is None


def _head(rest: str) -> tuple[str, str]:
    first, _slash, behind = rest.partition("/")
    return (first, behind) if first in ("timegate", "timemap", "cdx") else ("", rest)


def _timemap(collection: str, rest: str) -> Replay | AskError:
    named, slash, behind = rest.partition("/")
    kind = TimeMapKind.LINK
    if slash and named in set(TimeMapKind):
        kind, rest = TimeMapKind(named), behind
    page = None
    if found := _PAGE.fullmatch(rest):
        if not _PAGE_NUMBER.fullmatch(found[1]):
            return AskError.of(AskCode.BAD_PAGE, "page", found[1])
        page, rest = int(found[1]), found[2]
    return _with_urls(Replay(collection, ReplayForm.TIMEMAP, kind=kind, page=page), rest)


def _version(collection: str, rest: str) -> Replay | AskError | None:
    found = _MOMENT.fullmatch(rest)
    if found is None or not (found["digits"] or found["star"] or found["modifier"]):
        # Without a timestamp it is the TimeGate, but only of what surely is a URL.
        is_url = re.match(r"https?(?::|%3a)", rest, re.IGNORECASE)
        return _with_urls(Replay(collection, ReplayForm.TIMEGATE), rest) if is_url else None
    moment = stretch_of(found["digits"]) if found["digits"] else None
    if isinstance(moment, BadMoment):
        return AskError.of(AskCode.BAD_TIMESTAMP, "timestamp", found["digits"])
    if found["star"]:
        return _with_urls(Replay(collection, ReplayForm.VERSIONS, moment=moment), found["url"])
    named = found["modifier"] or ""
    if named not in set(Modifier):
        return AskError.of(AskCode.UNKNOWN_MODIFIER, "modifier", named)
    return _with_urls(
        Replay(collection, ReplayForm.VERSION, moment=moment, modifier=Modifier(named)), found["url"]
    )


def _with_urls(asked: Replay, text: str) -> Replay | AskError:
    urls = spellings([with_scheme(text)], "url")
    if isinstance(urls, AskError):
        return urls
    return Replay(
        asked.collection, asked.form, urls, asked.moment, asked.modifier, asked.kind, asked.page, asked.query
    )
