"""Typed values inside a property block (lcap-v3 §3.3, table of value types).

Deployed nodes fall back to a default where a number does not parse, and give up the whole message where
Base64 does not; both are kept.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import Limits

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)
_INT32 = 1 << 31
_INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class Fields:
    """A decoded property block that is read by type; ``at`` is where the block stands in the message."""

    entries: Mapping[str, str]
    at: int
    limits: Limits

    def text(self, key: str, default: str = "") -> str:
        return self.entries.get(key, default)

    def int32(self, key: str, default: int = 0) -> int:
        return self._integer(key, default, _INT32)

    def int64(self, key: str, default: int = 0) -> int:
        return self._integer(key, default, _INT64)

    def _integer(self, key: str, default: int, bound: int) -> int:
        text = self.entries.get(key, "")
        if not _INTEGER.fullmatch(text):
            return default
        value = int(text)
        return value if -bound <= value < bound else default

    def flag(self, key: str) -> bool:
        return self.entries.get(key, "").lower() == "true"

    def share(self, key: str) -> float | None:
        """A fraction from 0.0 to 1.0; None when absent, negative or no such number."""
        text = self.entries.get(key, "")
        if not _DOUBLE.fullmatch(text):
            return None
        value = float(text)
        return value if 0.0 <= value <= 1.0 else None

    def raw(self, key: str) -> bytes:
        text = self.entries.get(key, "")
        return from_base64(text, key, self.at) if text else b""

    def nonce(self, key: str) -> bytes:
        value = self.raw(key)
        if len(value) > self.limits.max_nonce:
            raise MessageError(
                MessageCode.OVER_LIMIT, f"{key} has {len(value)} bytes, over {self.limits.max_nonce}", self.at
            )
        return value

    def peer(self, key: str) -> PeerId | None:
        text = self.entries.get(key)
        if text is None:
            return None
        try:
            return PeerId.parse(text)
        except MessageError as error:
            raise MessageError(error.code, f"{key}: {error.message}", self.at) from None

    def words(self, key: str, separator: str) -> list[str]:
        """The non-empty parts of a list, without blanks around them."""
        parts = (part.strip() for part in self.entries.get(key, "").split(separator))
        return [part for part in parts if part]


def from_base64(text: str, what: str, at: int) -> bytes:
    """Strict: standard alphabet, padded, no line breaks; MessageError (BAD_VALUE) otherwise."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise MessageError(MessageCode.BAD_VALUE, f"{what} is not Base64", at) from None


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
