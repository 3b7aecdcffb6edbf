"""Keys of CDX lines: a URL turned so that sorting brings a site together (SURT).

Written from the published rules: the SURT chapter of the Heritrix manual, the canonicalisation that the Wayback
machine's manual tells, the CDX format's "massaged URL". One key stands for spellings that archives treat as one page:
either scheme, ``www.``, capitals, order of the query, session numbers, a slash at the end.
"""

import ipaddress
import re

from apps.lockss.memento.links import safe_uri

_URL = re.compile(r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?//(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_PORT = re.compile(r":([0-9]*)\Z")
_DEFAULT_PORTS = frozenset({("http", "80"), ("https", "443"), ("ftp", "21")})
_WWW = re.compile(r"www[0-9]*\.(?=.)")
_PATH_SESSION = re.compile(r";jsessionid=[0-9a-z]{32}(?:\.[0-9a-z]*)?(?=\Z|[?;/])", re.IGNORECASE)
_NET_SESSION = re.compile(r"/\((?:[a-z]\()?[0-9a-z]{24}\)?\)(?=/)", re.IGNORECASE)
_QUERY_SESSION = re.compile(
    r"(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|(?:cfid|cftoken)=[^&]*",
    re.IGNORECASE,
)


def surt_of(url: str) -> str:
    """``http://www.Example.com:80/B?y=2&x=1`` is ``com,example)/b?x=1&y=2``. One word of ASCII for any text."""
    plain = safe_uri(url.strip().partition("#")[0])
    found = _URL.fullmatch(plain)
    if found is None or not found["authority"]:
        # dns:, urn: and whatever else an archive may hold.
        return plain.lower() or "-"
    host = _host(found["authority"], (found["scheme"] or "http").lower())
    return f"{host}){_rest(found['rest'])}".lower()


def same_page(url: str) -> tuple[str, ...]:
    """``url`` and the spellings of the same key that sites really use: the other scheme, with and without ``www.`` and
    a slash at the end."""
    found = _URL.fullmatch(url)
    if found is None or (found["scheme"] or "").lower() not in ("http", "https"):
        return (url,)
    host, rest = found["authority"], found["rest"]
    path, mark, query = rest.partition("?")
    hosts = [host, host[4:] if host.lower().startswith("www.") else f"www.{host}"]
    if _is_address(host) or host.count(".") == 0:
        hosts = [host]
    paths = [path, path[:-1] if path.endswith("/") else f"{path}/"] if path.strip("/") else [path]
    schemes = [found["scheme"], "https" if found["scheme"].lower() == "http" else "http"]
    # A port belongs to its scheme.
    schemes = schemes[:1] if _PORT.search(host) else schemes
    spelt = [f"{s}://{h}{p}{mark}{query}" for s in schemes for h in hosts for p in paths]
    return tuple(one for one in dict.fromkeys(spelt) if surt_of(one) == surt_of(url))


def _host(authority: str, scheme: str) -> str:
    host = authority.rpartition("@")[2]
    port = ""
    if found := _PORT.search(host):
        host = host[: found.start()]
        port = found[1] if found[1] and (scheme, found[1]) not in _DEFAULT_PORTS else ""
    host = host.rstrip(".").lower()
    if not _is_address(host):
        host = ",".join(reversed(_WWW.sub("", host, count=1).split(".")))
    return f"{host}:{port}" if port else host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(_PORT.sub("", host).strip("[]") if not host.endswith("]") else host.strip("[]"))
    except ValueError:
        return False
    return True


def _rest(rest: str) -> str:
    path, _mark, query = rest.partition("?")
    path = _NET_SESSION.sub("", _PATH_SESSION.sub("", path)) or "/"
    if len(path) > 1:
        path = path.rstrip("/") or "/"
    kept = sorted(part for part in query.lower().split("&") if part and not _QUERY_SESSION.fullmatch(part))
    return f"{path}?{'&'.join(kept)}" if kept else path
