"""Through which proxy an AU is collected."""

import pytest

from apps.lockss.crawl_proxy import Route, RouteFault, route_of

OWN, NODE = "p.example:3128", "squid.local:3128"


@pytest.mark.parametrize(
    ("own", "node", "allowed", "route"),
    [
        ("", "", (), Route()),
        ("", NODE, (), Route(NODE)),
        ("DIRECT", NODE, (), Route()),
        (" direct ", NODE, (), Route()),
        (OWN, "", (OWN,), Route(OWN)),
        (OWN.upper(), NODE, (OWN,), Route(OWN)),
        (OWN, "", (OWN.upper(),), Route(OWN)),
        (NODE, NODE, (), Route(NODE)),
        ("[2001:db8::1]:80", "", ("[2001:DB8::1]:80",), Route("[2001:db8::1]:80")),
        (OWN, "", (), Route(OWN, RouteFault.NOT_ALLOWED)),
        (OWN, NODE, ("p.example:80",), Route(OWN, RouteFault.NOT_ALLOWED)),
        ("p.example", "", (OWN,), Route("p.example", RouteFault.MALFORMED)),
        ("p.example:0", "", (), Route("p.example:0", RouteFault.MALFORMED)),
        ("p.example:65536", "", (), Route("p.example:65536", RouteFault.MALFORMED)),
        ("http://p.example:80", "", (), Route("http://p.example:80", RouteFault.MALFORMED)),
        ("a@p.example:80", "", (), Route("a@p.example:80", RouteFault.MALFORMED)),
        ("p.example:80\r\nX: y", "", (), Route("p.example:80\r\nX: y", RouteFault.MALFORMED)),
        ("p.example:٨٠", "", (), Route("p.example:٨٠", RouteFault.MALFORMED)),
    ],
)
def test_routes(own: str, node: str, allowed: tuple[str, ...], route: Route) -> None:
    assert route_of(own, node, allowed) == route
