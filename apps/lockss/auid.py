"""AU identity: plugin key and canonical parameters, byte for byte as deployed nodes make it (tdb.md §3.4, plugins.md §7)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self
from urllib.parse import unquote_plus

from apps.lockss.errors import LocalError

_UNSAFE = re.compile(r"[^A-Za-z0-9\-_* ]")
_ENCODED = re.compile(r"(?:[A-Za-z0-9\-_*+]|%[0-9A-F]{2})*", re.ASCII)
SLUG_LENGTH = 20


class AuidCode(StrEnum):
    BAD_AUID = "auid-unreadable"


class AuidError(LocalError):
    """A text that is no AUID."""


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=65_536)
def encode(text: str) -> str:
    """One key or value: blanks as ``+``, everything but ASCII letters, digits and ``-_*`` as ``%XX`` of UTF-8."""
    return _UNSAFE.sub(_escape, text).replace(" ", "+")


def canonical(params: Mapping[str, str]) -> str:
    """``key~value`` joined by ``&``, keys in UTF-16 order as Java sorts them."""
    keys = sorted(params, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "&".join(f"{encode(key)}~{encode(params[key])}" for key in keys)


@dataclass(frozen=True, slots=True)
class AuId:
    """``plugin_id`` with dots; ``params`` are the raw values of the definitional parameters, in canonical order."""

    plugin_id: str
    params: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, plugin_id: str, params: Mapping[str, str]) -> Self:
        keys = sorted(params, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return cls(plugin_id, tuple((key, params[key]) for key in keys))

    @classmethod
    def parse(cls, text: str) -> Self:
        """AuidError unless ``str`` of the result is just this text."""
        key, mark, rest = text.partition("&")
        pairs = [part.split("~") for part in rest.split("&")] if rest else []
        sound = (
            key
            and mark
            and pairs
            and all(len(p) == 2 and all(_ENCODED.fullmatch(t) for t in p) for p in pairs)
        )
        if not sound:
            raise AuidError(AuidCode.BAD_AUID, f"{text[:200]!r}: expected plugin|key&name~value&…")
        params = {unquote_plus(name): unquote_plus(value) for name, value in pairs}
        found = cls.of(key.replace("|", "."), params)
        if str(found) != text:
            raise AuidError(AuidCode.BAD_AUID, f"{text[:200]!r} is not in canonical form")
        return found

    def __str__(self) -> str:
        return make_auid(self.plugin_id, dict(self.params))

    @property
    def slug(self) -> str:
        return slug_of(str(self))


def make_auid(plugin_id: str, params: Mapping[str, str]) -> str:
    return f"{plugin_id.replace('.', '|')}&{canonical(params)}"


def slug_of(auid: str) -> str:
    """The AU's part of an address: first 20 hex digits of SHA-256 (decisions 13)."""
    return hashlib.sha256(auid.encode("utf-8", "surrogatepass")).hexdigest()[:SLUG_LENGTH]
