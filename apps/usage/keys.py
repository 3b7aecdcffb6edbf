"""The keys of sessions: drawn for an hour, held in this process alone, and thrown away."""

import datetime as dt
import secrets

# Deliveries of the hour before may still be waiting to be written.
HELD = 2


class Keys:
    """Not shared between processes: who reads through proxy and content host has a session in each."""

    def __init__(self) -> None:
        self._keys: dict[dt.datetime, bytes] = {}

    def of(self, moment: dt.datetime) -> bytes:
        hour = moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
        key = self._keys.get(hour)
        if key is None:
            key = self._keys[hour] = secrets.token_bytes(32)
            for old in sorted(self._keys)[:-HELD]:
                del self._keys[old]
        return key
