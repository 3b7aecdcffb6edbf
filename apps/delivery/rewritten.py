"""Bodies whose links were exchanged, kept for the next reader: in memory, up to a bound (delivery-rulings, C19).

Nothing here says who may read: the verdict is asked before every look at it.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from apps.delivery.headers import Fields

MOST_BYTES = 64 << 20
# What an entry costs beside its body: fields, key, bookkeeping.
_BESIDE = 4_096

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """``body`` with its links before what differs between readers is put in; ``fields`` but for length and tag."""

    fields: Fields
    body: bytes


class RewrittenBodies:
    """The ones that were asked for last, at most ``most`` bytes of them. Any thread may ask."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Key, kept: Kept) -> None:
        cost = _cost(kept)
        if cost > self._most:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self.size += cost - (_cost(old) if old else 0)
            self._kept[key] = kept
            while self.size > self._most:
                self.size -= _cost(self._kept.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.size = 0


def _cost(kept: Kept) -> int:
    return len(kept.body) + _BESIDE
