"""What a stored ``Content-Type`` lets a browser do, and what of it is sent (delivery §9, delivery-rulings §2). Pure."""

import re
from enum import StrEnum

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}"
_TYPE = re.compile(rf"{_WORD}/{_WORD}", re.ASCII)
# Without commas and quotes inside quotes: some browsers take a list of types for its last one.
_WHOLE = re.compile(
    rf'{_WORD}/{_WORD}(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|"[^"\\,\x00-\x1f\x7f-\U0010ffff]{{0,200}}"))*',
    re.ASCII,
)
_CHARSET = re.compile(r";[ \t]*charset[ \t]*=[ \t]*\"?([A-Za-z0-9._:+-]{1,40})", re.ASCII | re.IGNORECASE)
UNKNOWN = "application/octet-stream"

_MARKUP = frozenset({"text/html", "text/xml", "application/xml", "text/xsl", "application/xslt+xml"})
_RASTER = frozenset(
    f"image/{name}"
    for name in (
        "png",
        "jpeg",
        "jpg",
        "gif",
        "webp",
        "avif",
        "bmp",
        "x-icon",
        "vnd.microsoft.icon",
        "tiff",
        "apng",
    )
)
_FONTS = frozenset(
    f"application/{name}"
    for name in ("font-woff", "font-woff2", "x-font-woff", "x-font-ttf", "x-font-otf", "vnd.ms-fontobject")
)
_SCRIPTS = frozenset(
    f"{family}/{name}"
    for family in ("text", "application")
    for name in ("javascript", "ecmascript", "x-javascript")
)
_TEXT = frozenset({"text/plain", "text/css", "text/csv", "text/markdown", "application/json", "text/json"})


class Nature(StrEnum):
    """``MARKUP`` may hold scripts, ``TEXT`` is shown as text, ``SHOWN`` runs nothing; ``FILE`` is only saved."""

    MARKUP = "markup"
    TEXT = "text"
    SHOWN = "shown"
    FONT = "font"
    FILE = "file"


def media_type(stored: str) -> str:
    """What is sent: the stored text where it is one clean type, else its type and charset, else ``UNKNOWN``."""
    stored = stored.strip(" \t;")
    if _WHOLE.fullmatch(stored):
        return stored
    found = _TYPE.match(stored)
    if found is None or (stored[found.end() :].lstrip(" \t")[:1] not in ("", ";", ",")):
        return UNKNOWN
    charset = _CHARSET.search(stored)
    return f"{found[0]}; charset={charset[1]}" if charset else found[0]


def essence_of(sent: str) -> str:
    """Type and subtype in lower case."""
    return sent.partition(";")[0].strip().lower()


def nature(sent: str) -> Nature:
    """Of a value that ``media_type`` gave; what nobody knows is a file."""
    essence = essence_of(sent)
    family = essence.partition("/")[0]
    if essence in _MARKUP or essence.endswith("+xml"):
        return Nature.MARKUP
    if family == "font" or essence in _FONTS:
        return Nature.FONT
    if essence == "application/pdf" or essence in _RASTER or family in ("audio", "video"):
        return Nature.SHOWN
    if essence in _TEXT or essence in _SCRIPTS or essence.endswith("+json"):
        return Nature.TEXT
    return Nature.FILE


def for_any_origin(sent: str) -> bool:
    """Whether pages need leave to use it: their sandbox gives them an origin of their own (delivery-rulings, C10)."""
    essence = essence_of(sent)
    return nature(sent) is Nature.FONT or (
        nature(sent) is Nature.TEXT and essence not in ("text/plain", "text/csv")
    )
