"""Which URLs a sampled (proof-of-possession) poll asks for (lcap-v3 §5.7)."""

from apps.lockss.lcap.algorithms import DEFAULT_ALLOWED, digest_factory
from apps.lockss.lcap.errors import HashCode, HashError


class Sampler:
    """``includes(url)`` for one poll; poller and voter come to the same choice from the POLL message.

    HashError for a modulus below 1 and for an algorithm not in ``allowed``.
    """

    def __init__(
        self,
        sample_nonce: bytes,
        modulus: int,
        algorithm: str,
        allowed: frozenset[str] = DEFAULT_ALLOWED,
    ) -> None:
        if modulus < 1:
            raise HashError(HashCode.BAD_MODULUS, f"modulus {modulus}, expected 1 or more")
        self._modulus = modulus
        self._seeded = digest_factory(algorithm, allowed)()
        self._seeded.update(sample_nonce)

    def includes(self, url: str) -> bool:
        digest = self._seeded.copy()
        digest.update(url.encode("utf-8", "replace"))
        # Signed, as Java reads it: read as unsigned, other URLs would be chosen for most moduli.
        return int.from_bytes(digest.digest()[:4], "big", signed=True) % self._modulus == 0
