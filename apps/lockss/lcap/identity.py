"""Peer identities: parse, normalise, print (lcap-v3 §1.1).

Two keys name the same peer exactly when their normalised texts are equal, so nothing but
``PeerId`` values is ever compared.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from apps.lockss.lcap.errors import MessageCode, MessageError

# A search, not an anchored match: deployed nodes accept text around the key.
_KEY = re.compile(r"TCP:\[([0-9a-f.:]{1,64})\]:([0-9]{1,32})", re.IGNORECASE | re.ASCII)
_V4_PART = re.compile(r"[0-9]{1,10}", re.ASCII)
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True, order=True)
class PeerId:
    """``TCP:[<ip>]:<port>`` with the address in the JDK's textual form; ``str()`` is canonical."""

    ip: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read any spelling deployed nodes accept; MessageError (BAD_IDENTITY) for all others."""
        found = _KEY.search(text)
        if found is None:
            raise _bad(text, "expected TCP:[ip]:port")
        port = int(found[2])
        if port > _MAX_PORT:
            raise _bad(text, "the port is over 65535")
        return cls(_normal_ip(found[1], text), port)

    def __str__(self) -> str:
        return f"TCP:[{self.ip}]:{self.port}"


def _normal_ip(host: str, text: str) -> str:
    if ":" not in host:
        return _normal_v4(host, text)
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        raise _bad(text, "not an IPv6 address") from None
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))


def _normal_v4(host: str, text: str) -> str:
    """One to four decimal parts, of which the last fills all remaining bytes, as inet_aton and the JDK do."""
    parts = host.split(".")
    if len(parts) > 4 or not all(_V4_PART.fullmatch(part) for part in parts):
        raise _bad(text, "not an IPv4 address")
    *heads, last = (int(part) for part in parts)
    room = 4 - len(heads)
    if any(head > 255 for head in heads) or last >= 256**room:
        raise _bad(text, "not an IPv4 address")
    return ".".join(str(byte) for byte in bytes(heads) + last.to_bytes(room, "big"))


def _bad(text: str, why: str) -> MessageError:
    return MessageError(MessageCode.BAD_IDENTITY, f"{text[:60]!r} is no peer identity: {why}")
