"""Who asks, and by which proof a node counts that as one of its own readers (delivery §10)."""

from dataclasses import dataclass, field
from enum import StrEnum

from apps.lockss.delivery.addresses import AddressList


class Surface(StrEnum):
    """Where the question is put."""

    CONTENT = "content"
    PROXY = "proxy"
    AUDIT = "audit-proxy"
    EXPORT = "export"


class ReaderKind(StrEnum):
    """By which proof a reader is one of ours."""

    ROLE = "signed-in"
    PROXY = "institution-proxy"
    ADDRESS = "address"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known of who asks.

    ``address`` as the connection or a trusted reverse proxy tells it; ``roles`` of the person who is signed in, none
    for nobody; ``proxy`` names the institution's proxy that sent the request, as the caller has made sure (its
    address or its password), never on the word of a header alone. ``auditor``: may see what is dark, by the access
    list of the audit proxy or the right to export.
    """

    address: str | None = None
    roles: frozenset[str] = frozenset()
    proxy: str | None = None
    auditor: bool = False


@dataclass(frozen=True, slots=True)
class OwnReaders:
    """Whom the node counts as its own readers: any one of the three is enough.

    An excluded address takes away the right of the address, not that of a person who proves herself otherwise.
    """

    addresses: AddressList = field(default_factory=AddressList)
    roles: frozenset[str] = frozenset()
    proxies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """``by`` is the role, the proxy's name or the entry of the address list; empty for anybody."""

    kind: ReaderKind
    by: str = ""

    @property
    def own(self) -> bool:
        return self.kind is not ReaderKind.ANYBODY


def standing(reader: Reader, own: OwnReaders) -> Standing:
    """The first proof that holds, in the order role, proxy, address."""
    role = min(reader.roles & own.roles, default=None)
    if role is not None:
        return Standing(ReaderKind.ROLE, role)
    if reader.proxy is not None and reader.proxy in own.proxies:
        return Standing(ReaderKind.PROXY, reader.proxy)
    membered = own.addresses.of(reader.address)
    if membered.inside:
        return Standing(ReaderKind.ADDRESS, membered.entry)
    return Standing(ReaderKind.ANYBODY)
