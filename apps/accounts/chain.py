"""The audit record as a chain: every sealed event carries the digest of the one before it and its own.

Pure functions; ``services.sealing`` writes the seals, ``services.verifying`` compares them. A digest is
``SHA-256(digest before || canonical JSON of the event)``: keys sorted, no blanks, UTF-8, moments in UTC with
microseconds. It is made from what the database gives back, not from what was handed to it: a number may come back in
another shape.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

# Before the first event there is nothing: 32 zero bytes.
ROOT = bytes(32)
_WRITE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
FIELDS = ("id", "at", "user_id", "username", "action", "subject", "before", "after", "request_id")


def canonical(event: Any) -> bytes:
    """``event`` has the attributes FIELDS."""
    said = {name: getattr(event, name) for name in FIELDS}
    said["at"] = said["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    return _WRITE(said).encode()


def digest(previous: bytes, event: Any) -> bytes:
    return hashlib.sha256(previous + canonical(event)).digest()


def links(previous: bytes, events: Iterable[Any]) -> Iterator[tuple[Any, bytes, bytes]]:
    """(event, digest before it, its own) for each, in the order given."""
    for event in events:
        own = digest(previous, event)
        yield event, previous, own
        previous = own
