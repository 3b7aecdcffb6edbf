"""Names of hash algorithms on the wire and the digests behind them (lcap-v3 §5.10)."""

import hashlib
from collections.abc import Callable
from typing import Protocol, Self

from apps.lockss.lcap.errors import HashCode, HashError


class Digest(Protocol):
    """What the block hasher asks of a hashlib object."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...

    def copy(self) -> Self: ...


# Names of the Java Cryptography Architecture, in upper case, to names of hashlib.
_KNOWN = {
    "SHA": "sha1",
    "SHA1": "sha1",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
    "MD5": "md5",
}
# MD5 and the cut-down variants are understood, but a peer does not choose them for us.
DEFAULT_ALLOWED = frozenset({"sha1", "sha256", "sha512"})


def digest_factory(name: str, allowed: frozenset[str] = DEFAULT_ALLOWED) -> Callable[[], Digest]:
    """A maker of empty digests for an algorithm named as in a message, in any case.

    HashError (UNSUPPORTED_ALGORITHM) for unknown names and for those not among ``allowed`` hashlib names.
    """
    known = _KNOWN.get(name.strip().upper())
    if known is None or known not in allowed:
        raise HashError(HashCode.UNSUPPORTED_ALGORITHM, f"hash algorithm {name[:40]!r}")

    def make() -> Digest:
        return hashlib.new(known, usedforsecurity=False)

    return make


def is_supported(name: str, allowed: frozenset[str] = DEFAULT_ALLOWED) -> bool:
    """Whether an invitation that names this algorithm can be accepted."""
    return _KNOWN.get(name.strip().upper()) in allowed
