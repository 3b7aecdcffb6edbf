"""From a link in a page to the name that is stored and voted on (collecting §1; judge: ``urls/names.json``)."""

import functools
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from apps.lockss.urls.parse import BLANKS, DEFAULT_PORTS, ParsedUrl, is_ipv6, parse_url
from apps.lockss.urls.refusal import UrlRefusal, UrlRefusalCode

MAX_NAME = 65_536
"""Longest name in bytes of UTF-8; the limit of a link too."""

_LINE_END = re.compile(r"[\n\r][\n\t ]*")
# The five characters that are escaped in a link, where they stand before an archive member.
_MINIMAL = str.maketrans({" ": "%20", '"': "%22", "|": "%7C", "[": "%5B", "]": "%5D"})
# Three UTF-16 units at a time: a character outside the basic plane takes two and has no case.
_ESCAPE = re.compile("%(?:([\0-\uffff])([\0-\uffff])|([\0-\uffff])?([\U00010000-\U0010ffff]))")
_NOT_IN_HOST = re.compile("[\0-\x1f\x7f#/:?@\\[\\\\\\]⁇⁈⁉℀℁℅℆⩴﹕﹖﹟﹫＃／：？＠]")

# An authority that names one host: at most one "@", and something before the port.
_COLLECTABLE = re.compile(r"https?://(?:[^/?#@]*@)?[^/?#@:][^/?#@]*(?:[/?#]|\Z)")

Normalizer = Callable[[str], str]

# One page's links come together: its URL is taken apart once.
_parsed_base = functools.lru_cache(maxsize=64)(parse_url)


def resolve(base: str, link: str) -> str | UrlRefusal:
    """The link joined to its page's URL: absolute, but not yet a name.

    ``link`` is the attribute's value with character references decoded. ``data:`` links come back as they are.
    """
    if (refusal := _unfit(link)) is not None:
        return refusal
    link = _trimmed(link)
    if link[:5].lower() == "data:":
        return link
    context = _parsed_base(base)
    if isinstance(context, UrlRefusal):
        return context
    link = _minimally_escaped(link)
    if link.startswith("?"):
        # The page's own last segment stays; RFC 2396 would drop it, browsers never did.
        joined = _built(context.scheme, context.host, context.port, context.path + link)
    else:
        joined = parse_url(link, context)
    return joined if isinstance(joined, UrlRefusal) else joined.text()


def normalize(url: str) -> str | UrlRefusal:
    """The name of an absolute URL: generic rules only, a definition's own normaliser runs before."""
    if (refusal := _unfit(url)) is not None:
        return refusal
    url = _trimmed(url)
    if not url:
        return UrlRefusal.of(UrlRefusalCode.EMPTY, url)
    parsed = parse_url(url)
    if isinstance(parsed, UrlRefusal):
        return parsed
    host = parsed.host.lower()
    port = -1 if parsed.port == DEFAULT_PORTS.get(parsed.scheme, -1) else parsed.port
    path = _normal_path(parsed.path) if parsed.path else "/"
    query = _upper_escapes(parsed.query) if parsed.query else None
    unchanged = (
        url.startswith(parsed.scheme)
        and (host, path, query) == (parsed.host, parsed.path, parsed.query)
        # A port that is the default, or none where the scheme has no default, counts as changed.
        and parsed.port != DEFAULT_PORTS.get(parsed.scheme, -1)
        and parsed.fragment is None
    )
    if unchanged:
        return url
    built = _built(parsed.scheme, host, port, path if query is None else f"{path}?{query}")
    return built if isinstance(built, UrlRefusal) else built.text()


def name_of(base: str, link: str, normalizer: Normalizer | None = None) -> str | None:
    """The name a link is stored under, the definition's ``normalizer`` included; None where it has none.

    Only ``http`` and ``https`` names with a host can be collected.
    """
    resolved = resolve(base, link)
    if isinstance(resolved, UrlRefusal):
        return None
    name = normalize(resolved if normalizer is None else normalizer(resolved))
    return name if not isinstance(name, UrlRefusal) and is_collectable(name) else None


def is_collectable(name: str) -> bool:
    """Whether a name is of a scheme that is crawled and says which host to ask."""
    return _COLLECTABLE.match(name) is not None


def stem_of(url: str) -> str | UrlRefusal:
    """``scheme://host[:port]/`` as names have it: what tells a node which AUs may hold a URL."""
    parsed = parse_url(url)
    if isinstance(parsed, UrlRefusal):
        return parsed
    port = -1 if parsed.port == DEFAULT_PORTS.get(parsed.scheme, -1) else parsed.port
    built = _built(parsed.scheme, parsed.host.lower(), port, "/")
    return built if isinstance(built, UrlRefusal) else built.text()


def url_digest(name: str) -> bytes:
    """Identity of a name in the database: SHA-256 of its UTF-8 bytes."""
    return hashlib.sha256(name.encode("utf-8")).digest()


def _unfit(text: str) -> UrlRefusal | None:
    if "\0" in text:
        return UrlRefusal.of(UrlRefusalCode.NUL, text)
    try:
        length = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return UrlRefusal.of(UrlRefusalCode.NOT_TEXT, text)
    return UrlRefusal.of(UrlRefusalCode.TOO_LONG, text) if length > MAX_NAME else None


def _trimmed(text: str) -> str:
    text = text.strip(BLANKS)
    return _LINE_END.sub("", text) if "\n" in text or "\r" in text else text


def _minimally_escaped(link: str) -> str:
    member = link.find("!/")
    if member > 0:
        return link[:member].translate(_MINIMAL) + link[member:]
    return link.translate(_MINIMAL)


def _built(scheme: str, host: str, port: int, file: str) -> ParsedUrl | UrlRefusal:
    """A URL put together from its parts, which the deployed code checks more strictly than a parsed one."""
    fault = not is_ipv6(host[1:-1]) if host.startswith("[") else _NOT_IN_HOST.search(host) is not None
    authority = host if port == -1 else f"{host}:{port}"
    if fault:
        return UrlRefusal.of(UrlRefusalCode.BAD_AUTHORITY, authority)
    file, hash_sign, fragment = file.partition("#")
    path, mark, query = file.rpartition("?")
    parsed = ParsedUrl(scheme, authority, host, port, path if mark else file, query if mark else None)
    return replace(parsed, fragment=fragment) if hash_sign else parsed


def _normal_path(path: str) -> str:
    path = path.strip(BLANKS)
    if path in {".", "./"}:
        return ""
    path = _upper_escapes(path)
    padded = f"{path}/"
    starts = ("../", "./")
    if "//" not in path and "/./" not in padded and "/../" not in padded and not padded.startswith(starts):
        return path
    kept: list[str] = []
    climbed = False
    for segment in filter(None, path.split("/")):
        climbed = segment == ".." and bool(kept)
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    root = "/" if path.startswith("/") else ""
    joined = root + "/".join(kept)
    as_folder = path.endswith("/") or (climbed and bool(kept))
    return f"{joined}/" if as_folder and joined != "/" else joined


def _upper_escapes(text: str) -> str:
    return _ESCAPE.sub(_upper_escape, text) if "%" in text else text


def _upper_escape(found: re.Match[str]) -> str:
    return "%" + "".join(_upper(sign) for sign in found.groups() if sign is not None)


def _upper(sign: str) -> str:
    """The one-character upper case of a lower-case letter; other letters stay, and so do those outside 16 bits."""
    upper = sign.upper()
    return upper if sign.islower() and len(upper) == 1 and sign <= "\uffff" else sign
