"""Proxy auto-configuration: one look-up of a page's origin in a table, whatever the number of publishers.

Plain JavaScript of the oldest engines that read such files; names stand in comments, quoted as JSON.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.proxylines.stems import Proxy, Stem, harmless

MEDIA_TYPE = "application/x-ns-proxy-autoconfig"
LONGEST_OTHER = 1_048_576
"""Bytes of another PAC that is combined with ours."""
FUNCTION = "FindProxyForURL"
# Browsers disagree about what "host" is of an IPv6 address, so all is taken from the URL.
_FUNCTION = r"""function NAME(url, host) {
  var found = /^(https?):\/\/(?:[^\/?#@]*@)?(\[[^\]]*\]|[^:\/?#]*)(?::([0-9]*))?/i.exec(url);
  if (found) {
    var scheme = found[1].toLowerCase();
    var port = found[3];
    var isOwn = !port || port === (scheme === "http" ? "80" : "443");
    var origin = scheme + "://" + found[2].toLowerCase().replace(/\.$/, "") + (isOwn ? "" : ":" + port);
    if (Object.prototype.hasOwnProperty.call(TABLE, origin)) {
      return WAY;
    }
  }
  return OTHERWISE;
}
"""
_NAME = re.compile(rf"(?<![\w$]){FUNCTION}(?![\w$])")
_DEFINED = re.compile(rf"(?<![\w$])function\s+{FUNCTION}\s*\(|(?<![\w$]){FUNCTION}\s*=")


class PacCode(StrEnum):
    TOO_LONG = "pac-too-long"
    NO_FUNCTION = "pac-no-function"
    """It defines no ``FindProxyForURL``."""


@dataclass(frozen=True, slots=True)
class PacFault:
    code: PacCode


def pac(
    stems: Iterable[Stem], proxy: Proxy, about: Iterable[str] = (), *, direct_first: bool = False
) -> Iterator[str]:
    """Lines of a PAC file. ``about``: comment lines for its head, such as the node's name and the date."""
    yield from _pac(stems, proxy, about, direct_first, "lockssOrigins", '"DIRECT"')


def combined_pac(
    stems: Iterable[Stem], proxy: Proxy, other: str, about: Iterable[str] = (), *, direct_first: bool = False
) -> Iterator[str] | PacFault:
    """The same, and for all other hosts what the PAC ``other`` says, whose function gets another name."""
    if len(other.encode("utf-8", "surrogatepass")) > LONGEST_OTHER:
        return PacFault(PacCode.TOO_LONG)
    if not _DEFINED.search(other):
        return PacFault(PacCode.NO_FUNCTION)
    function = _unused(f"{FUNCTION}_", other)
    table = _unused("lockssOrigins", other)
    return _combined(
        _pac(stems, proxy, about, direct_first, table, f"{function}(url, host)"), other, function
    )


def _combined(ours: Iterator[str], other: str, function: str) -> Iterator[str]:
    # Ours comes first: what is not closed in the other cannot reach it.
    yield from ours
    yield "\n"
    yield _NAME.sub(function, other)
    yield "" if other.endswith("\n") else "\n"


def _unused(start: str, text: str) -> str:
    number = 1
    while f"{start}{number}" in text:
        number += 1
    return f"{start}{number}"


def _pac(
    stems: Iterable[Stem], proxy: Proxy, about: Iterable[str], direct_first: bool, table: str, otherwise: str
) -> Iterator[str]:
    for line in about:
        yield f"// {_quoted(harmless(line))}\n"
    yield f"var {table} = {{\n"
    seen: set[str] = set()
    for one in stems:
        if one.origin in seen:
            continue
        comma = "," if seen else " "
        seen.add(one.origin)
        said = one.said()
        yield f" {comma}{json.dumps(one.origin)}: 1" + (f" // {_quoted(said)}" if said else "") + "\n"
    yield "};\n"
    way = f"DIRECT; PROXY {proxy.place}" if direct_first else f"PROXY {proxy.place}; DIRECT"
    parts = {"NAME": FUNCTION, "TABLE": table, "WAY": json.dumps(way), "OTHERWISE": otherwise}
    yield re.sub("NAME|TABLE|WAY|OTHERWISE", lambda found: parts[found[0]], _FUNCTION)


def _quoted(text: str) -> str:
    return json.dumps(text)
