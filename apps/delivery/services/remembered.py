"""Answers of the look-up that the next reader may have as well: a page's pictures and sheets are asked for together.

An answer is good for SERVING_REMEMBERED_S and for as long as nobody has said anything else about serving. What a
crawl or a check finds meanwhile counts that much later; bytes are checked whenever they are read.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

from django.conf import settings

T = TypeVar("T")
MOST = 4_000


class Remembered:
    """The answers that were asked for last, at most ``most``. Any thread may ask."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def peek(self, key: Hashable) -> object | None:
        """The answer, if a good one is there."""
        known = self._found.get(key)
        if known is None or time.monotonic() - known[0] >= settings.SERVING_REMEMBERED_S:
            return None
        return known[1]

    def get(
        self, key: Hashable, make: Callable[[], T], *, worth: Callable[[T], bool] = lambda _found: True
    ) -> T:
        """The answer to ``key``, by ``make`` where none is good any more; kept where it is ``worth`` it."""
        asked = time.monotonic()
        known = self._found.get(key)
        if known is not None and asked - known[0] < settings.SERVING_REMEMBERED_S:
            return known[1]  # type: ignore[return-value]
        found = make()
        if worth(found):
            with self._lock:
                self._found.pop(key, None)
                self._found[key] = (asked, found)
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
        return found

    def clear(self) -> None:
        with self._lock:
            self._found.clear()
