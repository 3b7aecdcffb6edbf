"""Ranges of addresses: whose readers a request's address makes it (delivery §10).

One entry a line: an IPv4 or IPv6 address, a network as ``address/length``, or an IPv4 address whose last one to
three parts are ``*``. Empty lines and lines that begin with ``#`` say nothing. An entry that is none of these is a
finding: among the included ones it is passed over, among the excluded ones it closes the whole list, because nobody
can tell whom it was to keep out.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

EXPECTED = (
    "an IPv4 or IPv6 address, a network such as 192.0.2.0/24, or 192.0.2.* with one to three final stars"
)
_BLANKS = " \t\r"
_STARS = re.compile(r"((?:\d{1,3}\.){1,3})\*(?:\.\*){0,2}", re.ASCII)
_NETWORK = re.compile(r"([0-9A-Fa-f.:]+)(?:/(\d{1,3}))?", re.ASCII)
_SHOWN = 100


class ListKind(StrEnum):
    """Which of the two lists an entry stands in."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


class AddressFault(StrEnum):
    """What is wrong with an entry."""

    NO_ADDRESS = "no-address"
    MAPPED = "ipv4-in-ipv6"
    """An IPv4 range written as IPv6: it would match nobody, because such clients are judged by their IPv4 address."""
    OUTSIDE_MASK = "address-longer-than-network"


@dataclass(frozen=True, slots=True)
class AddressFinding:
    """An entry that cannot be read: ``line`` counts from 1 in its own list; ``found`` is cut to 100 characters."""

    kind: ListKind
    line: int
    found: str
    fault: AddressFault
    expected: str = EXPECTED


@dataclass(frozen=True, slots=True)
class Entry:
    """``text`` is the entry as it was written: what a page names as the rule that decided."""

    network: Network
    text: str


class Membership(StrEnum):
    """What a list says of an address."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    UNLISTED = "unlisted"
    UNREADABLE = "address-unreadable"
    CLOSED = "list-closed"
    """An excluded entry is malformed: nobody is included until it is mended."""


@dataclass(frozen=True, slots=True)
class Membered:
    """``entry`` is the text of the entry that decided, empty where none did."""

    membership: Membership
    entry: str = ""

    @property
    def inside(self) -> bool:
        return self.membership is Membership.INCLUDED


@dataclass(frozen=True, slots=True)
class AddressList:
    """Both lists as read, and what could not be. An address is inside if it is included and not excluded."""

    include: tuple[Entry, ...] = ()
    exclude: tuple[Entry, ...] = ()
    findings: tuple[AddressFinding, ...] = ()

    @classmethod
    def read(cls, include: str, exclude: str = "") -> "AddressList":
        """Both lists from their texts, one entry a line."""
        wanted, bad = _entries(include, ListKind.INCLUDE)
        unwanted, worse = _entries(exclude, ListKind.EXCLUDE)
        return cls(wanted, unwanted, bad + worse)

    @property
    def closed(self) -> bool:
        return any(finding.kind is ListKind.EXCLUDE for finding in self.findings)

    def of(self, address: str | None) -> Membered:
        """What the list says of a client's address; an IPv4 address inside an IPv6 one counts as itself."""
        if self.closed:
            return Membered(Membership.CLOSED)
        client = client_address(address)
        if client is None:
            return Membered(Membership.UNREADABLE)
        for entries, membership in (
            (self.exclude, Membership.EXCLUDED),
            (self.include, Membership.INCLUDED),
        ):
            for entry in entries:
                if client in entry.network:
                    return Membered(membership, entry.text)
        return Membered(Membership.UNLISTED)


def client_address(text: str | None) -> Address | None:
    """The address of a client, without zone and unwrapped; None for what is none."""
    try:
        found = ipaddress.ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def network_of(text: str) -> Network | AddressFault:
    """One entry as a network; an address is a network of its own."""
    stars = _STARS.fullmatch(text)
    if stars is not None:
        return _starred(text, stars[1])
    plain = _NETWORK.fullmatch(text)
    if plain is None:
        return AddressFault.NO_ADDRESS
    read: Callable[[str], Address] = ipaddress.IPv6Address if ":" in text else ipaddress.IPv4Address
    try:
        address = read(plain[1])
        loose: Network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return AddressFault.NO_ADDRESS
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return AddressFault.MAPPED
    return loose if loose.network_address == address else AddressFault.OUTSIDE_MASK


def _starred(text: str, fixed: str) -> Network | AddressFault:
    parts = text.split(".")
    if len(parts) != 4:
        return AddressFault.NO_ADDRESS
    known = fixed.count(".")
    try:
        return ipaddress.IPv4Network(f"{fixed}{'.'.join(['0'] * (4 - known))}/{known * 8}")
    except ValueError:
        return AddressFault.NO_ADDRESS


def _entries(text: str, kind: ListKind) -> tuple[tuple[Entry, ...], tuple[AddressFinding, ...]]:
    entries: list[Entry] = []
    findings: list[AddressFinding] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(_BLANKS)
        if not line or line.startswith("#"):
            continue
        network = network_of(line)
        if isinstance(network, AddressFault):
            findings.append(AddressFinding(kind, number, line[:_SHOWN], network))
        else:
            entries.append(Entry(network, line))
    return tuple(entries), tuple(findings)
