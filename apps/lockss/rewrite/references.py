"""Character references of attribute values, both ways (WHATWG HTML §13.2.5.73 ff.).

In attributes a name without its semicolon counts only where no letter, digit or ``=`` follows: ``?a=1&copy=2`` is a
query, not a copyright sign.
"""

import re
from html.entities import html5

from apps.lockss.permission.references import decoded as decoded_text

_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*+;?(?!=))")
# What would end a value without quotes.
_ENDING = re.compile("[\"'<>`\\s\\0]")


def attribute_text(raw: str) -> str:
    """What a value means; ``raw`` is decoded already, its NULs come out as U+FFFD as in browsers."""
    if "\0" in raw:
        raw = raw.replace("\0", "\ufffd")
    if raw.count("&") == raw.count("&amp;"):
        return raw.replace("&amp;", "&")
    return _REFERENCE.sub(_meant, raw)


def _meant(found: re.Match[str]) -> str:
    whole = found[0]
    if whole[1] == "#":
        return decoded_text(whole)
    return html5.get(whole[1:], whole)


def attribute_source(value: str, quote: str, charset: str = "ascii") -> bytes:
    """``value`` so that it stays inside an attribute with this ``quote`` ("" for none) and means the same there."""
    value = value.replace("&", "&amp;")
    if quote == '"':
        value = value.replace('"', "&quot;")
    elif quote:
        value = value.replace("'", "&#39;")
    else:
        value = _ENDING.sub(lambda found: f"&#{ord(found[0])};", value)
    return value.encode(charset, "xmlcharrefreplace")
