"""Through which proxy an AU is collected (delivery §2.2 row 5; plugins §4: ``crawl_proxy`` is ``host:port`` or ``DIRECT``)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_HOST_PORT = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+):([0-9]{1,5})", re.ASCII)
_DIRECT = "direct"


class RouteFault(StrEnum):
    """Why an AU is not collected. Going another way would be seen by its publisher as somebody else."""

    MALFORMED = "crawl-proxy-malformed"
    NOT_ALLOWED = "crawl-proxy-not-allowed"


@dataclass(frozen=True, slots=True)
class Route:
    """``proxy``: ``host:port`` in lower case, "" for the straight way; ``fault``: of ``proxy`` as it was written."""

    proxy: str = ""
    fault: RouteFault | None = None


def route_of(own: str, node: str, allowed: Iterable[str]) -> Route:
    """``own``: the AU's parameter; ``node``: the proxy of the whole node; ``allowed``: ``host:port`` of proxies that AUs
    may name beside it. A list of strangers sends nobody's requests where the node did not agree."""
    wanted = own.strip().lower()
    if wanted == _DIRECT:
        return Route()
    if not wanted:
        return Route(node.strip().lower())
    found = _HOST_PORT.fullmatch(wanted)
    if found is None or not 0 < int(found[1]) < 65_536:
        return Route(own.strip(), RouteFault.MALFORMED)
    if wanted not in {one.strip().lower() for one in (node, *allowed)}:
        return Route(wanted, RouteFault.NOT_ALLOWED)
    return Route(wanted)
