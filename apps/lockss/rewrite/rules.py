"""What each attribute means for the rewriter (WHATWG HTML §2.4, 4.2–4.11; SVG 2 §16; HTML of its time).

By the attribute's name first: an element nobody foresaw must not lead to the live web either.
"""

from collections.abc import Mapping
from enum import Enum, auto

from apps.lockss.rewrite.ports import Use


class Act(Enum):
    """What to do with a value. ``DROP``: the attribute goes; ``TARGET``: no link opens above the page."""

    LINK = auto()
    LINKS = auto()
    SRCSET = auto()
    CSS = auto()
    DROP = auto()
    TARGET = auto()
    SRCDOC = auto()
    ANIMATED = auto()


_LINKS = (
    b"href xlink:href xml:base src action formaction background poster codebase classid longdesc cite lowsrc dynsrc "
    b"manifest icon"
).split()
_CSS = (
    b"style fill stroke filter mask clip-path cursor marker marker-start marker-mid marker-end mask-image"
).split()
ACTS: Mapping[bytes, Act] = {
    **dict.fromkeys(_LINKS, Act.LINK),
    **dict.fromkeys(_CSS, Act.CSS),
    **dict.fromkeys((b"srcset", b"imagesrcset"), Act.SRCSET),
    **dict.fromkeys((b"ping", b"nonce", b"integrity", b"attributionsrc"), Act.DROP),
    **dict.fromkeys((b"target", b"formtarget"), Act.TARGET),
    **dict.fromkeys((b"from", b"to", b"by", b"values"), Act.ANIMATED),
    b"srcdoc": Act.SRCDOC,
}
ACTS_OF: Mapping[tuple[bytes, bytes], Act] = {
    (b"object", b"data"): Act.LINK,
    (b"object", b"archive"): Act.LINKS,
    (b"applet", b"archive"): Act.LINKS,
    (b"param", b"value"): Act.LINK,
}
PARAMS = frozenset([b"movie", b"src", b"url", b"data", b"filename", b"file"])
"""Names of a plug-in's parameters that hold links."""

_BY_ELEMENT: Mapping[bytes, Use] = {
    **dict.fromkeys((b"img", b"image", b"input", b"feimage"), Use.IMAGE),
    **dict.fromkeys((b"a", b"area", b"form", b"button"), Use.PAGE),
    b"script": Use.SCRIPT,
    b"iframe": Use.IFRAME,
    b"frame": Use.FRAME,
    b"base": Use.BASE,
}
_BY_ATTRIBUTE: Mapping[bytes, Use] = {
    **dict.fromkeys((b"background", b"poster", b"lowsrc", b"icon", b"srcset", b"imagesrcset"), Use.IMAGE),
    **dict.fromkeys((b"action", b"formaction", b"longdesc", b"cite"), Use.PAGE),
}
_BY_AS: Mapping[str, Use] = {
    "image": Use.IMAGE,
    "style": Use.STYLE,
    "script": Use.SCRIPT,
    "worker": Use.SCRIPT,
    "document": Use.IFRAME,
}
_FETCHED_AHEAD = frozenset({"preload", "modulepreload", "prefetch", "prerender"})
_CONNECTIONS = frozenset({"preconnect", "dns-prefetch"})
_META_DROPPED = frozenset(
    {
        "content-security-policy",
        "content-security-policy-report-only",
        "x-content-security-policy",
        "x-webkit-csp",
        "set-cookie",
    }
)


def use_of(element: bytes, attribute: bytes) -> Use:
    return _BY_ATTRIBUTE.get(attribute) or _BY_ELEMENT.get(element, Use.OTHER)


def use_of_link(rel: frozenset[str], as_: str) -> Use:
    """What a ``link`` element's address is fetched as; both in lower case."""
    if "stylesheet" in rel:
        return Use.STYLE
    if not rel.isdisjoint(_FETCHED_AHEAD):
        script = "modulepreload" in rel and not as_
        return Use.SCRIPT if script else _BY_AS.get(as_, Use.OTHER)
    if any("icon" in kind for kind in rel):
        return Use.IMAGE
    return Use.OTHER if "manifest" in rel else Use.PAGE


def only_connects(rel: frozenset[str]) -> bool:
    """Whether an address is named for its host alone."""
    return bool(rel) and rel <= _CONNECTIONS


def is_hint(rel: frozenset[str]) -> bool:
    """Whether a browser may go to the address before the page needs it."""
    return not rel.isdisjoint(_CONNECTIONS | _FETCHED_AHEAD)


def is_dropped_meta(kind: str) -> bool:
    """Whether the page would make rules of its own for the browser, or set a cookie."""
    return kind in _META_DROPPED
