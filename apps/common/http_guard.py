"""The one guard of every outgoing HTTP connection: the address that is judged is the address connected to.

A name is resolved once, its addresses are judged, and only judged addresses get a socket: there is no second look-up
that could answer differently (DNS rebinding). Literal addresses in any spelling go the same way. What is not
public (IANA special-purpose registries, RFC 6890) is refused unless ``host:port``, as the URL spells it, was allowed
one by one.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from apps.lockss.fetch import Target

_V4_REFUSED = tuple(
    (ipaddress.IPv4Network(net), why)
    for net, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared address space"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6_REFUSED = tuple(
    (ipaddress.IPv6Network(net), why)
    for net, why in (
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
    )
)
_V6_PUBLIC = ipaddress.IPv6Network("2000::/3")
# Prefixes that carry an IPv4 address, and how many bits stand behind it.
_V6_WRAPPED = tuple(
    (ipaddress.IPv6Network(net), shift, what)
    for net, shift, what in (
        ("::ffff:0:0/96", 0, "IPv4-mapped"),
        ("::ffff:0:0:0/96", 0, "IPv4-translated"),
        ("64:ff9b::/96", 0, "NAT64"),
        ("2002::/16", 80, "6to4"),
    )
)

# Ports of services that are not HTTP and would take a request for commands (WHATWG Fetch, "bad port").
_BAD_PORTS = frozenset(
    (
        *(1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103),
        *(104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513),
        *(514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719),
        *(1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679),
        *(6697, 10080),
    )
)

# Whatever a socket could take for an IPv4 address: 127.1, 0x7f.1, 2130706433.
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*", re.ASCII)
# Top-level names that stand in no public DNS (RFC 6761, 6762, 8375, 9476; ICANN for "internal").
_PRIVATE_NAMES = (
    ".localhost",
    ".localdomain",
    ".test",
    ".invalid",
    ".svc",
    ".fritz.box",
    ".local",
    ".internal",
    ".home.arpa",
    ".lan",
    ".intranet",
    ".corp",
    ".home",
    ".private",
)


class GuardRefusedError(OSError):
    """No connection is made there; an OSError so that the connector treats it as one failed address."""


def refusal_of(address: str) -> str | None:
    """Why this textual IP address is not public, or None if it is; never raises."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "not an IP address"
    if isinstance(ip, ipaddress.IPv4Address):
        return next((why for net, why in _V4_REFUSED if ip in net), None)
    for net, shift, what in _V6_WRAPPED:
        if ip in net:
            inner = refusal_of(str(ipaddress.IPv4Address(int(ip) >> shift & 0xFFFF_FFFF)))
            # A mapped address reaches the IPv4 host itself, whatever its prefix says.
            return None if inner is None else f"{what} {inner}"
    if ip.is_loopback:
        return "loopback"
    if ip not in _V6_PUBLIC:
        return "link-local" if ip.is_link_local else "not global unicast"
    return next((why for net, why in _V6_REFUSED if ip in net), None)


@dataclass(frozen=True, slots=True)
class Guard:
    """``allowed`` holds ``host:port`` entries, lower-case, the host as URLs spell it (IPv6 in brackets)."""

    allowed: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Guard":
        return cls(frozenset(entry.strip().lower() for entry in entries if entry.strip()))

    def allows(self, host: str, port: int) -> bool:
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"{shown.lower()}:{port}" in self.allowed

    def judged(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """Those that a socket may be made for, of the textual ``addresses`` of ``host``; GuardRefusedError: none."""
        found = list(addresses)
        if self.allows(host, port) and found:
            return found
        refused = {each: why for each in found if (why := refusal_of(each)) is not None}
        if len(refused) == len(set(found)):
            said = ", ".join(f"{each} ({refused[each]})" for each in found)
            msg = f"{host}:{port} is not public: {said or 'no address'}"
            raise GuardRefusedError(msg)
        return [each for each in found if each not in refused]

    def refuses_name(self, target: Target) -> str | None:
        """What can be said of a target that somebody else looks up: literal addresses in any spelling, and names that
        no public host has. A public name that leads into a private network there is not seen from here."""
        host, shown = target.host.strip("[]").rstrip(".").lower(), f"{target.host}:{target.port}"
        if self.allows(target.host, target.port):
            return None
        if ":" in host or _NUMBERS.fullmatch(host) is not None:
            why = refusal_of(host)
            return None if why is None else f"{shown} is not public: {host} ({why})"
        if "." not in host or host.endswith(_PRIVATE_NAMES):
            return f"{shown} is not public: a name of a private network"
        return None

    def refuses_target(self, target: Target) -> str | None:
        """What can be said before a look-up: the port."""
        if target.port in _BAD_PORTS and not self.allows(target.host, target.port):
            return f"port {target.port} is not for HTTP"
        return None


class GuardedConnector(aiohttp.TCPConnector):
    """Resolves, judges, and makes sockets for judged addresses only.

    The second lock matters: should a later aiohttp resolve by another way, no socket is made at all.
    """

    def __init__(self, guard: Guard, resolver: AbstractResolver | None = None, **kwargs: Any) -> None:
        self._guard = guard
        self._judged: set[tuple[str, int]] = set()
        super().__init__(
            resolver=resolver or aiohttp.ThreadedResolver(),
            use_dns_cache=False,
            socket_factory=self._judged_socket,
            **kwargs,
        )

    def speak_with(self, protocol: type[ResponseHandler]) -> None:
        """Connections are made with this class; aiohttp has no public place for it."""
        self._factory = partial(protocol, loop=self._loop)

    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> list[ResolveResult]:
        try:
            found = await super()._resolve_host(host, port, traces)
        except aiohttp.InvalidURL as error:
            # Spellings such as 2130706433 or 127.1, which a socket would take for an address.
            msg = f"{host}: not a plain IPv4 address"
            raise GuardRefusedError(msg) from error
        except UnicodeError as error:
            # A label that no DNS name can have.
            raise OSError(str(error)) from error
        public = self._guard.judged(host, port, (each["host"] for each in found))
        judged = [each for each in found if each["host"] in public]
        self._judged |= {(each["host"].partition("%")[0], each["port"]) for each in judged}
        return judged

    def _judged_socket(self, addr_info: Any) -> socket.socket:
        family, kind, proto, _name, address = addr_info
        if (address[0].partition("%")[0], address[1]) not in self._judged:
            msg = f"{address[0]}:{address[1]} was not judged"
            raise GuardRefusedError(msg)
        return socket.socket(family, kind, proto)
