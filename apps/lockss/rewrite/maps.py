"""Two ways to name preserved content in a link: ``ServeContent``, as LOCKSS has it, and replay with a timestamp.

Hosts are compared as a browser's parser reads them, never as the beginning of a text: ``http://pub.example.evil.net``
and ``http://pub.example@evil.net`` are not ``http://pub.example``.
"""

import re
from collections.abc import Callable, Iterable, Mapping

import ada_url

from apps.lockss.errors import LocalError
from apps.lockss.rewrite.ports import Use
from apps.lockss.urls import UrlRefusalCode

_ORIGIN = re.compile(r"(https?)://(?:[^/?#@]*@)?(\[[^/?#\]]*\]|[^/?#:]*?)\.?(:[0-9]+)?(?=[/?#]|\Z)")
_USER = re.compile(r"https?://[^/?#]*@")
# What does not stay as it is in ``url=``; browsers' parser has left nothing in a URL that is not ASCII.
_ENCODED = re.compile(r"[^A-Za-z0-9_.~:/-]")
_CODES = {chr(code): f"%{code:02X}" for code in range(128)}
_QUOTED = r"(?:[A-Za-z0-9_.~:/-]|%[0-9A-F]{2})*"
_MOST_ROOTS = 4
_STAMP = re.compile(r"[0-9]{14}", re.ASCII)

MODIFIERS: Mapping[Use, str] = {
    Use.IMAGE: "im_",
    Use.STYLE: "cs_",
    Use.SCRIPT: "js_",
    Use.IFRAME: "if_",
    Use.FRAME: "fr_",
    Use.OTHER: "oe_",
}


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` of a URL as ``ada_url`` spells it, without a final dot of the host; "" for others."""
    found = _ORIGIN.match(url)
    return "" if found is None or not found[2] else f"{found[1]}://{found[2]}{found[3] or ''}"


class ServeContentMap:
    """``<prefix><URL, percent-encoded>`` for what the AU may hold; links to other places stay as they are.

    ``stems``: URLs whose scheme, host and port are the AU's. ``held``: whether the node holds anything of an origin
    (``scheme://host[:port]``); what a page fetches from there is rewritten too, whichever AU has it.
    LocalError for a stem that is no http URL.
    """

    relative_stays = False

    def __init__(
        self,
        stems: Iterable[str],
        *,
        prefix: str = "/ServeContent?url=",
        held: Callable[[str], bool] | None = None,
    ) -> None:
        self._origins = frozenset(_stem(stem) for stem in stems)
        # What most links begin with: an origin to its end, so no longer host and no user name can follow.
        self._roots = tuple(f"{origin}/" for origin in sorted(self._origins)[:_MOST_ROOTS])
        self._prefix = prefix
        self._held = held
        self._own = re.compile(re.escape(prefix) + rf"https?://{_QUOTED}(?:#.*)?", re.DOTALL)

    def is_own(self, link: str) -> bool:
        return self._own.fullmatch(link) is not None

    def link(self, url: str, use: Use) -> str | None:
        if not url.startswith(self._roots) and not self._reachable(url, use):
            return None
        url, mark, fragment = url.partition("#")
        return f"{self._prefix}{_ENCODED.sub(lambda sign: _CODES[sign[0]], url)}{mark}{fragment}"

    def _reachable(self, url: str, use: Use) -> bool:
        origin = origin_of(url)
        # A user name is nothing that a publisher's page was collected with.
        if not origin or _USER.match(url) is not None:
            return False
        if origin in self._origins:
            return True
        return use.subresource and self._held is not None and self._held(origin)


def _stem(stem: str) -> str:
    try:
        origin = origin_of(ada_url.URL(stem).href)
    except ValueError:
        origin = ""
    if not origin:
        raise LocalError(
            UrlRefusalCode.BAD_AUTHORITY, f"stem {stem!r}: expected an http or https URL with a host"
        )
    return origin


class ReplayMap:
    """``<prefix><14 digits><modifier>/<URL>`` for every host, so that nothing is asked of the live web.

    ``prefix`` ends before the timestamp: ``/all/``. ``page``: the modifier of what opens as a page (``mp_``, or "" for
    a top page with a banner). ``relative_stays`` leaves links below the page's folder to the browser, which then asks
    for them with the page's own modifier.
    """

    def __init__(
        self, prefix: str, timestamp: str, *, page: str = "mp_", relative_stays: bool = False
    ) -> None:
        if _STAMP.fullmatch(timestamp) is None:
            raise ValueError(f"timestamp {timestamp!r}: expected 14 digits")
        self.relative_stays = relative_stays
        self._page = f"{prefix}{timestamp}{page}/"
        self._starts = {use: f"{prefix}{timestamp}{modifier}/" for use, modifier in MODIFIERS.items()}
        # No dot segments and no backslashes in its path: a browser would climb out of the collection with them.
        inside = r"https?://(?!(?:[^?#]*/)?(?:\.|%2[eE]){1,2}(?:[/?#]|\Z))[^?#\\\s\0-\x1f]+(?:[?#].*)?"
        self._own = re.compile(re.escape(prefix) + rf"[0-9]{{14}}(?:[a-z]{{2,4}}_)?/{inside}", re.DOTALL)

    def is_own(self, link: str) -> bool:
        return self._own.fullmatch(link) is not None

    def link(self, url: str, use: Use) -> str | None:
        return self._starts.get(use, self._page) + url
