"""Messages built by hand, sound or broken, and what the codec makes of them."""

import hashlib

import pytest

from apps.lockss.errors import PeerError
from apps.lockss.lcap.codec import decode
from apps.lockss.lcap.errors import MessageError
from apps.lockss.lcap.head import COUNTS, PREFIX
from apps.lockss.lcap.limits import Limits

COMMENT = "Sat Nov 21 03:17:45 UTC 2026"


def prefixed(raw: bytes, blocks: int = 0, repair: int = 0, minor: int = 5) -> bytes:
    digest = hashlib.sha1(raw).digest()
    return PREFIX.pack(b"lpm", 3, minor, digest, len(raw)) + raw + COUNTS.pack(blocks, repair)


def outcome(raw: bytes):
    """The message or None; anything raised but a fault of the peer's fails the test."""
    try:
        return decode(raw)
    except PeerError as error:
        assert isinstance(error, MessageError) and error.offset is not None and 0 <= error.offset <= len(raw)  # noqa: PT017, PT018
        return None


def fault(raw: bytes, limits: Limits | None = None):
    with pytest.raises(MessageError) as caught:
        decode(raw, limits or Limits())
    return caught.value.code, caught.value.offset
