"""URLs taken apart and joined as the deployed crawler's parser does it (collecting §1, ``urls/names.json``).

That parser is older than RFC 3986 and differs from browsers: it keeps what it does not understand, removes dot
segments only where a relative path was joined, and forgets the userinfo wherever it puts a URL together again.
Names are voted on, so its corners are kept, not mended.
"""

import ipaddress
import re
from dataclasses import dataclass

from apps.lockss.urls.refusal import UrlRefusal, UrlRefusalCode

DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}
BLANKS = "".join(map(chr, range(33)))

# Java's own jrt and jmod lead nowhere and are left out.
_SCHEMES = frozenset({"http", "https", "ftp", "file", "jar", "mailto"})
_SCHEME = re.compile(r"([^\W\d_](?:[^\W_]|[.+-])*):")
_PORT = re.compile(r"[+-]?\d{1,10}")
_MOST_PORT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """``port`` is -1 where none is stated; ``host`` is empty where the authority names none."""

    scheme: str
    authority: str | None
    host: str
    port: int
    path: str
    query: str | None = None
    fragment: str | None = None

    def text(self) -> str:
        authority = f"//{self.authority}" if self.authority else ""
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.scheme}:{authority}{self.path}{query}{fragment}"


def parse_url(text: str, context: ParsedUrl | None = None) -> ParsedUrl | UrlRefusal:
    """``text`` as a URL, relative to ``context`` if there is one."""
    spec = text.strip(BLANKS)
    if spec[:4].lower() == "url:":
        spec = spec[4:]
    found = _SCHEME.match(spec)
    scheme = None if found is None else found[1].lower()
    rest = spec if found is None else spec[found.end() :]
    inherited = context
    if context is not None and scheme is not None:
        # "http:x" inside an http page is an old spelling of "x".
        same = scheme == context.scheme and context.path.startswith("/")
        inherited = context if same else None
    if inherited is not None:
        scheme = inherited.scheme
    if scheme is None or scheme not in _SCHEMES:
        return UrlRefusal.of(UrlRefusalCode.UNKNOWN_SCHEME, text)
    rest, hash_sign, tail = rest.partition("#")
    fragment = tail if hash_sign else None
    if scheme == "mailto":
        return _opaque(scheme, rest, None)
    if scheme == "jar":
        return _jar(rest, fragment)
    return _hierarchical(scheme, rest, fragment, inherited)


def _opaque(scheme: str, rest: str, fragment: str | None) -> ParsedUrl | UrlRefusal:
    if not rest.strip():
        return UrlRefusal.of(UrlRefusalCode.EMPTY, f"{scheme}:{rest}")
    path, mark, query = rest.rpartition("?")
    return ParsedUrl(scheme, None, "", -1, path if mark else rest, query if mark else None, fragment)


def _jar(rest: str, fragment: str | None) -> ParsedUrl | UrlRefusal:
    inner, mark, _member = rest.rpartition("!/")
    found = _SCHEME.match(inner)
    # One level: a jar inside a jar is nothing a page can link to.
    if not mark or found is None or found[1].lower() not in _SCHEMES - {"jar"}:
        return UrlRefusal.of(UrlRefusalCode.UNKNOWN_SCHEME, f"jar:{rest}")
    return _opaque("jar", rest, fragment)


def _hierarchical(
    scheme: str, rest: str, fragment: str | None, context: ParsedUrl | None
) -> ParsedUrl | UrlRefusal:
    authority = None if context is None else context.authority
    host = "" if context is None else context.host
    port = -1 if context is None else context.port
    path = None if context is None else context.path
    query = None
    if context is not None and not rest:
        query = context.query
        fragment = context.fragment if fragment is None else fragment
    only_query = rest.startswith("?")
    rest, mark, asked = rest.partition("?")
    query = asked if mark else query
    if rest.startswith("//") and not rest.startswith("////"):
        authority, slash, behind = rest[2:].partition("/")
        server = _server(authority)
        if isinstance(server, UrlRefusal):
            return server
        host, port = server
        rest = slash + behind
        path = "" if authority else path
    if rest.startswith("/"):
        path = rest
    elif rest:
        path = _joined(path, rest, has_authority=authority is not None)
    elif only_query and path is not None:
        path = path[: max(path.rfind("/"), 0)] + "/"
    return ParsedUrl(scheme, authority, host, port, path or "", query, fragment)


def _server(authority: str) -> tuple[str, int] | UrlRefusal:
    """Host and port; an authority with two ``@`` has no host but is kept."""
    if authority.count("@") > 1:
        return "", -1
    where = authority.rpartition("@")[2]
    bad = UrlRefusal.of(UrlRefusalCode.BAD_AUTHORITY, authority)
    if where.startswith("["):
        inside, bracket, behind = where.partition("]")
        if not bracket or not is_ipv6(inside[1:]) or not (behind == "" or behind.startswith(":")):
            return bad
        port = _port(behind[1:])
        return bad if port is None else (f"{inside}]", port)
    host, _colon, port_text = where.partition(":")
    port = _port(port_text)
    return bad if port is None else (host, port)


def is_ipv6(text: str) -> bool:
    """An IPv6 address as it stands between brackets, with or without a zone."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _port(text: str) -> int | None:
    """-1 for none; None for what is no number. Signs and other scripts' digits count, as deployed."""
    if not text:
        return -1
    if _PORT.fullmatch(text) is None:
        return None
    port = int(text)
    return port if -1 <= port <= _MOST_PORT else None


def _joined(base: str | None, relative: str, *, has_authority: bool) -> str:
    if not base:
        return f"/{relative}" if has_authority else relative
    directory = base[: base.rfind("/") + 1]
    if not directory and has_authority:
        directory = "/"
    return remove_dots(directory + relative)


def remove_dots(path: str) -> str:
    """``.`` and ``..`` taken out of a joined path, in one pass over its segments.

    Superfluous ``..`` at the beginning stay, but three of them cancel to one: the deployed loop looks only at the
    very first for the limit. They vanish from the name anyway.
    """
    while "/./" in path:
        path = path.replace("/./", "/")
    root, slash, rest = path.partition("/")
    kept: list[str] = []
    *inner, last = rest.split("/")
    fixed = 1 if root == "" else 0
    for segment in inner:
        if segment != ".." or not kept or (kept[-1] == ".." and len(kept) <= fixed):
            kept.append(segment)
        else:
            kept.pop()
    path = root + slash + "/".join([*kept, last])
    if path.endswith("/.."):
        # The first ``/..`` is meant, even inside a longer segment: so the deployed code has it.
        end = path.rfind("/", 0, path.find("/.."))
        path = path[: end + 1] if end >= 0 else path
    if path.startswith("./") and len(path) > len("./"):
        path = path[2:]
    return path[:-1] if path.endswith("/.") else path
