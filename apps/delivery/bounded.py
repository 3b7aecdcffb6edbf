"""Bodies in memory up to a bound; those that nobody asked for longest go first."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, Protocol, TypeVar

# What an entry costs beside its body: fields, key, bookkeeping.
BESIDE = 4_096

Key = tuple[object, ...]


class HasBody(Protocol):
    @property
    def body(self) -> bytes: ...


T = TypeVar("T", bound=HasBody)


class Bounded(Generic[T]):
    """At most ``most`` bytes of them. Any thread may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, T] = OrderedDict()
        self._lock = Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> T | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Key, kept: T) -> None:
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


def _cost(kept: HasBody) -> int:
    return len(kept.body) + BESIDE
