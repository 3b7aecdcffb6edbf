"""Where a request comes from, for counting."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

NOWHERE = "unknown"


def exact_address(request: HttpRequest) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The client's address; None where nobody can tell.

    Behind a proxy the last entry of X-Forwarded-For is the proxy's own word; the earlier ones are anybody's.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.NODE.behind_proxy and (forwarded := request.headers.get("X-Forwarded-For")):
        text = forwarded.rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_address(request: HttpRequest) -> str:
    """The client's address; of IPv6 its network of 64 bits, because a client has all of that to itself."""
    address = exact_address(request)
    if address is None:
        return NOWHERE
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
