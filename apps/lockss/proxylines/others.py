"""Lines for EZproxy and Squid, and plain lists for every other program."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from apps.lockss.proxylines.stems import Proxy, Stem, harmless

COLUMNS = ("stem", "host", "port", "au_count", "down", "names")
LONGEST_ACL = 50
"""Squid's names of lists are short."""
# A spreadsheet runs what begins so.
_FORMULA = ("=", "+", "-", "@", "\t")


def ezproxy(stems: Iterable[Stem], proxy: Proxy, *, javascript: bool = True) -> Iterator[str]:
    """Stanzas for EZproxy, one for each origin, between ``Proxy`` lines that hold for them alone.

    ``javascript``: addresses in a page's scripts are rewritten, too (``HostJavaScript``, else ``Host``).
    """
    yield f"Proxy {proxy.place}\n"
    for one in _each_once(stems):
        yield "\n"
        # A title that begins with a hyphen would be an option.
        yield f"Title {one.said().lstrip('-# ') or one.host}\n"
        yield f"URL {one.origin}/\n"
        yield f"{'HostJavaScript' if javascript else 'Host'} {one.origin}\n"
        yield f"Domain {one.host}\n"
    yield "\nProxy\n"


def squid_file(
    stems: Iterable[Stem], proxy: Proxy, file: str, about: Iterable[str] = (), *, direct_first: bool = False
) -> Iterator[str]:
    """A file of domains for ``dstdomain``, headed by the lines of ``squid.conf`` that use it, as comments."""
    for line in about:
        yield f"# {harmless(line)}\n"
    yield "# Lines for squid.conf:\n"
    yield f'# acl {_acl(proxy)} dstdomain "{_path(file)}"\n'
    for line in _peer_lines(proxy, direct_first=direct_first):
        yield f"# {line}" if not line.startswith("#") else line
    for host, said in _domains(stems):
        if said:
            yield f"# {said}\n"
        yield f"{host}\n"


def squid_config(
    stems: Iterable[Stem], proxy: Proxy, about: Iterable[str] = (), *, direct_first: bool = False
) -> Iterator[str]:
    """Lines to be put into ``squid.conf``. Without a domain there is no list, and so no line that would use it."""
    for line in about:
        yield f"# {harmless(line)}\n"
    has_any = False
    for host, said in _domains(stems):
        has_any = True
        if said:
            yield f"# {said}\n"
        yield f"acl {_acl(proxy)} dstdomain {host}\n"
    if has_any:
        yield from _peer_lines(proxy, direct_first=direct_first)


def _peer_lines(proxy: Proxy, *, direct_first: bool) -> Iterator[str]:
    icp, query = (proxy.icp_port, "") if proxy.icp_port else (0, " no-query")
    yield f"cache_peer {proxy.host} parent {proxy.port} {icp} proxy-only no-digest{query}\n"
    yield f"cache_peer_access {proxy.host} allow {_acl(proxy)}\n"
    yield f"cache_peer_access {proxy.host} deny all\n"
    if direct_first:
        yield "prefer_direct on\n"
    else:
        # Without it Squid asks the publisher as it likes.
        yield f"never_direct allow {_acl(proxy)}\n"


def _acl(proxy: Proxy) -> str:
    name = "".join(sign if sign.isalnum() else "-" for sign in proxy.host).strip("-")
    return f"{name[:LONGEST_ACL]}-domains"


def _path(file: str) -> str:
    return harmless(file).replace('"', "").replace("\\", "/")


def _domains(stems: Iterable[Stem]) -> Iterator[tuple[str, str]]:
    """Bare names, each once: schemes, ports and numbers are nothing that ``dstdomain`` knows."""
    seen: set[str] = set()
    for one in stems:
        if one.is_address or one.host in seen:
            continue
        seen.add(one.host)
        yield one.host, one.said()


def _each_once(stems: Iterable[Stem]) -> Iterator[Stem]:
    seen: set[str] = set()
    for one in stems:
        if one.origin not in seen:
            seen.add(one.origin)
            yield one


def as_json(stems: Iterable[Stem]) -> Iterator[str]:
    """A list of objects, one a line."""
    yield "["
    comma = "\n"
    for one in stems:
        row = {**_row(one), "down": one.is_down, "names": [harmless(name) for name in one.names]}
        yield comma + json.dumps(row)
        comma = ",\n"
    yield "\n]\n"


def as_csv(stems: Iterable[Stem]) -> Iterator[str]:
    """Comma-separated, with a head; a name that a spreadsheet would run is disarmed by an apostrophe."""
    yield _csv_line(COLUMNS)
    for one in stems:
        names = "; ".join(harmless(name) for name in one.names)
        row = {**_row(one), "names": f"'{names}" if names.startswith(_FORMULA) else names}
        yield _csv_line(["" if row[name] is None else row[name] for name in COLUMNS])


def _row(one: Stem) -> dict[str, object]:
    return {
        "stem": f"{one.origin}/",
        "host": one.host,
        "port": one.port,
        "au_count": one.au_count,
        "down": "yes" if one.is_down else "no",
    }


def _csv_line(values: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(values)
    return out.getvalue()
