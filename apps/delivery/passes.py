"""Who may read: tickets that the portal gives, passes that the content host makes of them (delivery-rulings §2).

Both are signed by the node's key and hold for one AU. A ticket lives just long enough for the way from the portal; no
preserved page ever sees it. A pass stands in the address of a page, where the page may see it: so it lives some
minutes and is good for the client alone that came with the ticket.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.choices import Role
from apps.common.clock import now

_FORM = re.compile(r"([0-9a-f]{20})\.([0-9a-f]{1,9})\.([0-9a-f]{1,3})\.([0-9a-f]{40})", re.ASCII)
# A bit for each role, in this order for ever; the last says that the person looks after the copy.
_ROLES = (Role.READER, Role.REPORTS, Role.LIBRARIAN, Role.NETWORK, Role.SYSTEM)
_CARER = 1 << len(_ROLES)


class Right(StrEnum):
    TICKET = "ticket"
    PASS = "pass"  # noqa: S105 - a word of the vocabulary


VALID_S = {Right.TICKET: 60, Right.PASS: 600}


@dataclass(frozen=True, slots=True)
class Proof:
    """What a ticket or pass proves: for which AU, and which roles the person has who was signed in.

    ``carer``: she looks after the copy and may see what readers may not.
    """

    slug: str
    roles: frozenset[str] = frozenset()
    carer: bool = False


def grant(
    right: Right, slug: str, client: str = "", *, roles: Iterable[str] = (), carer: bool = False
) -> str:
    """``<AU>.<until>.<roles>.<signature>``, good for the ``client`` (``client_of``) alone."""
    until = int(now().timestamp()) + VALID_S[right]
    has = set(roles)
    marks = sum(1 << place for place, role in enumerate(_ROLES) if role in has) | (_CARER if carer else 0)
    return f"{slug}.{until:x}.{marks:x}.{_signature(right, slug, client, until, marks)}"


def proven(right: Right, given: str, client: str = "") -> Proof | None:
    """What ``given`` proves; None for what ``grant`` did not give for this client, or too long ago."""
    found = _FORM.fullmatch(given)
    if found is None:
        return None
    slug, until, marks = found[1], int(found[2], 16), int(found[3], 16)
    left = until - now().timestamp()
    if not (
        constant_time_compare(found[4], _signature(right, slug, client, until, marks))
        and 0 < left <= VALID_S[right] + 60
    ):
        return None
    roles = frozenset(str(role) for place, role in enumerate(_ROLES) if marks >> place & 1)
    return Proof(slug, roles, bool(marks & _CARER))


def holds(right: Right, given: str, slug: str, client: str = "") -> bool:
    """Whether ``given`` is what ``grant`` gave for the same, not too long ago."""
    proof = proven(right, given, client)
    return proof is not None and proof.slug == slug


def slug_of(given: str) -> str:
    """The AU that a ticket or pass names, good or not: what the portal is asked about when it has lapsed."""
    found = _FORM.fullmatch(given)
    return found[1] if found else ""


def _signature(right: Right, slug: str, client: str, until: int, marks: int) -> str:
    value = f"{slug}\n{client}\n{until}\n{marks}"
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
