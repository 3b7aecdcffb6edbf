"""Chance for the core: nonces and draws from the system's generator (deployed nodes use a predictable one)."""

import secrets
from collections.abc import Iterator

NONCE_BYTES = 20


def nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def draw() -> float:
    """From 0.0 up to but not including 1.0."""
    return secrets.randbits(53) / (1 << 53)


def draws() -> Iterator[float]:
    while True:
        yield draw()
