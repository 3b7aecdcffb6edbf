"""What is asked for under a name (collecting §1): the name itself, with what is not ASCII escaped as UTF-8.

The deployed client checks a name against RFC 2396 before it asks, and normalises composed characters (NFC) in what
it escapes. What it refuses no Java node will ever hold; we may still ask for it as a browser would.
"""

import re
import unicodedata

import ada_url

from apps.lockss.urls.parse import is_ipv6, parse_url
from apps.lockss.urls.refusal import UrlRefusal, UrlRefusalCode

# Visible characters outside ASCII: no controls, none of Unicode's separators.
_OTHER = "\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff\ue000-\U0010ffff"
_PLAIN = r"A-Za-z0-9\-_.!~*'()"
_ESCAPED = "%[0-9A-Fa-f]{2}"


def _text_of(also: str) -> str:
    return rf"(?:[{_PLAIN}{also}{_OTHER}]|{_ESCAPED})*+"


_URIC = _text_of(r";/?:@&=+$,\[\]")
_REG_NAME = _text_of("$,;:@&=+")
_AUTHORITY = rf"//(?:{_REG_NAME}|(?:{_text_of(';:&=+$,')}@)?+\[(?P<v6>[0-9A-Fa-f:.]+)(?:%[A-Za-z0-9._~-]+)?\](?::[0-9]*)?)"
_HIERARCHICAL = rf"(?:{_AUTHORITY}(?=[/?]|\Z))?+(?=/|\?|\Z){_text_of(':@&=+$,;/')}(?:\?{_URIC})?+"
# A slash after the scheme means the first form, anything else the opaque one.
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?:(?=/){_HIERARCHICAL}|(?=[^/]){_URIC})")
_BEYOND_ASCII = re.compile("[^\0-\x7f]+")


def request_target(name: str) -> str | UrlRefusal:
    """The URL that the deployed client sends for a name; a refusal where it cannot."""
    found = _URI.fullmatch(name)
    if found is None or (found["v6"] is not None and not is_ipv6(found["v6"])):
        return UrlRefusal.of(UrlRefusalCode.UNASKABLE, name)
    if name.isascii():
        return name
    return _BEYOND_ASCII.sub(lambda run: _escaped(run[0], "utf-8"), unicodedata.normalize("NFC", name))


def browser_request_target(name: str, query_charset: str = "utf-8") -> str | None:
    """What a browser would send for a name (WHATWG URL), for names that ``request_target`` refuses.

    ``query_charset`` is the page's, which browsers use in the query alone. None where a browser sees no http URL
    with a host. The name itself is never changed by this; the guard judges what comes back.
    """
    parsed = parse_url(name)
    if isinstance(parsed, UrlRefusal) or parsed.scheme not in {"http", "https"} or not parsed.host:
        return None
    path, mark, query = name.partition("?")
    if mark and query_charset.lower() not in {"utf-8", "utf8"}:
        name = path + mark + _BEYOND_ASCII.sub(lambda run: _escaped(run[0], query_charset), query)
    try:
        url = ada_url.URL(name)
    except (ValueError, UnicodeError):
        return None
    href: str = url.href
    return href if href.startswith(("http://", "https://")) else None


def query_depends_on_charset(name: str) -> bool:
    """Whether browsers would ask differently for a link in a page that is not UTF-8."""
    return not name.partition("?")[2].isascii()


def _escaped(run: str, charset: str) -> str:
    # What the charset lacks goes out as a character reference, in browsers too.
    try:
        data = run.encode(charset, "xmlcharrefreplace")
    except (LookupError, UnicodeError):
        data = run.encode("utf-8")
    return "".join(chr(byte) if byte < 0x80 and chr(byte).isalnum() else f"%{byte:02X}" for byte in data)
