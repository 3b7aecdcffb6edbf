"""Whom the node counts as its own readers, and who asks.

As long as nobody has said anything, whoever is signed in with a role is one, and nobody by address.
"""

from collections.abc import Iterable
from dataclasses import replace

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.delivery.models import InstitutionProxy, OwnReaderList
from apps.delivery.services.kept import Kept, kept
from apps.delivery.values import Asker
from apps.lockss.delivery import AddressList, OwnReaders, Reader, Surface

Proxies = tuple[tuple[str, AddressList], ...]


def own_readers(held: Kept | None = None) -> OwnReaders:
    """By role, institution proxy and address."""
    found = held or kept(now())
    if found.own is None:
        row = OwnReaderList.objects.first() or OwnReaderList()
        found.own = OwnReaders(
            AddressList.read(row.included, row.excluded),
            frozenset(row.roles),
            frozenset(name for name, _addresses in _proxies(found)),
        )
    return found.own


def proxy_at(address: str | None, held: Kept | None = None) -> str | None:
    """The institution's proxy that asks from this address; of several the first by name."""
    for name, addresses in _proxies(held or kept(now())):
        if addresses.of(address).inside:
            return name
    return None


def asker_of(
    surface: Surface,
    address: str | None,
    *,
    roles: Iterable[str] = (),
    proxy: str | None = None,
    auditor: bool = False,
) -> Asker:
    """Who asks; no query. ``proxy``: the institution's proxy as the caller has proven it; where it is left out the
    look-up knows it by its address.

    A system administrator may do everything here, so every role of readers counts for her.
    """
    given = frozenset(str(role) for role in roles)
    if Role.SYSTEM in given:
        given |= {str(role) for role in Role}
    return Asker(surface=surface, reader=Reader(address=address, roles=given, proxy=proxy, auditor=auditor))


def known(reader: Reader, held: Kept) -> Reader:
    """The reader with the institution's proxy that its address is one of."""
    if reader.proxy is not None or reader.address is None:
        return reader
    return replace(reader, proxy=proxy_at(reader.address, held))


def _proxies(held: Kept) -> Proxies:
    if held.proxies is None:
        rows = InstitutionProxy.objects.order_by("name").values_list("name", "addresses")
        held.proxies = tuple((name, AddressList.read(addresses)) for name, addresses in rows)
    return held.proxies
