"""The keys of sessions: drawn for an hour, held in memory alone, and thrown away.

Processes that part from one make the same keys, so that a reader whom now one and now another answers has one session:
each hour's key comes of a chain that is only followed forwards, and what it was an hour before is known to nobody.
"""

import datetime as dt
import hashlib
import secrets

# Deliveries of the hour before may still be waiting to be written.
HELD = 2
# Beyond that a clock was set wrong, and the key is drawn anew.
MOST_HOURS = 100_000
_shared: list[tuple[int, bytes]] = []


def share(moment: dt.datetime) -> None:
    """Where each process that parts from this one will begin its chain."""
    _shared[:] = [(_hour(moment), secrets.token_bytes(32))]


def forget() -> None:
    """For the process that they parted from, which counts nothing itself."""
    _shared.clear()


def _hour(moment: dt.datetime) -> int:
    return int(moment.timestamp() // 3_600)


class Keys:
    """Proxies and content host share none: who reads through both has a session in each."""

    def __init__(self) -> None:
        self._at, self._chain = _shared.pop() if _shared else (None, secrets.token_bytes(32))
        self._keys: dict[int, bytes] = {}

    def of(self, moment: dt.datetime) -> bytes:
        hour = _hour(moment)
        key = self._keys.get(hour)
        if key is None:
            key = self._keys[hour] = self._drawn(hour)
            for old in sorted(self._keys)[:-HELD]:
                del self._keys[old]
        return key

    def _drawn(self, hour: int) -> bytes:
        at = hour if self._at is None else self._at
        if not 0 <= hour - at < MOST_HOURS:
            return secrets.token_bytes(32)
        while at < hour:
            # Whatever was not asked for in between is gone with its hour.
            at, self._chain = at + 1, hashlib.sha256(b"next" + self._chain).digest()
        key = hashlib.sha256(b"key" + self._chain).digest()
        self._at, self._chain = at + 1, hashlib.sha256(b"next" + self._chain).digest()
        return key
