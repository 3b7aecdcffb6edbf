"""Who may read: tickets that the portal gives, passes that the content host makes of them (delivery-rulings §2).

Both are signed by the node's key and hold for one AU. A ticket lives just long enough for the way from the portal; no
preserved page ever sees it. A pass stands in the address of a page, where the page may see it: so it lives some
minutes and is good for the client alone that came with the ticket.
"""

import ipaddress
import re
from enum import StrEnum

from django.utils.crypto import constant_time_compare, salted_hmac

from apps.common.clock import now

_FORM = re.compile(r"([0-9a-f]{1,9})\.([0-9a-f]{40})", re.ASCII)


class Right(StrEnum):
    TICKET = "ticket"
    PASS = "pass"  # noqa: S105 - a word of the vocabulary


VALID_S = {Right.TICKET: 60, Right.PASS: 600}


def grant(right: Right, slug: str, client: str = "") -> str:
    """``<until>.<signature>`` for an AU, good for the ``client`` (``client_of``) alone."""
    until = int(now().timestamp()) + VALID_S[right]
    return f"{until:x}.{_signature(right, slug, client, until)}"


def holds(right: Right, given: str, slug: str, client: str = "") -> bool:
    """Whether ``given`` is what ``grant`` gave for the same, not too long ago."""
    found = _FORM.fullmatch(given)
    if found is None:
        return False
    until = int(found[1], 16)
    left = until - now().timestamp()
    signed = _signature(right, slug, client, until)
    return constant_time_compare(found[2], signed) and 0 < left <= VALID_S[right] + 60


def _signature(right: Right, slug: str, client: str, until: int) -> str:
    value = f"{slug}\n{client}\n{until}"
    return salted_hmac(f"delivery.{right}", value, algorithm="sha256").hexdigest()[:40]


def client_of(address: str) -> str:
    """A client by its address; of IPv6 by its network of 64 bits, because a client has all of that to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
