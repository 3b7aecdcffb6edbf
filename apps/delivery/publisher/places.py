"""How many requests may be on their way at once: in all, and to one host (rulings C7).

Who waits for a busy host takes no place of the whole, so that a dead publisher never delays the readers of another.
"""

import asyncio
from collections import defaultdict

IN_ALL = 200
PER_HOST = 10


class Places:
    """Counts what is on its way; of one event loop."""

    def __init__(self, in_all: int = IN_ALL, per_host: int = PER_HOST) -> None:
        self._all = asyncio.Semaphore(in_all)
        self._per_host = per_host
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._users: defaultdict[str, int] = defaultdict(int)

    def __len__(self) -> int:
        """How many hosts are known; none stays known when nobody asks it."""
        return len(self._hosts)

    async def take(self, host: str, wait: float) -> bool:
        """A place, at once or within ``wait`` seconds; False: there was none. Whoever got one gives it back."""
        of_host = self._hosts.setdefault(host, asyncio.Semaphore(self._per_host))
        self._users[host] += 1
        got_host = got = False
        try:
            if wait <= 0 and (of_host.locked() or self._all.locked()):
                return False
            async with asyncio.timeout(wait if wait > 0 else None):
                got_host = await of_host.acquire()
                got = await self._all.acquire()
        except TimeoutError:
            return False
        finally:
            if not got:
                if got_host:
                    of_host.release()
                self._forget(host)
        return True

    def give_back(self, host: str) -> None:
        self._all.release()
        self._hosts[host].release()
        self._forget(host)

    def _forget(self, host: str) -> None:
        self._users[host] -= 1
        if not self._users[host]:
            del self._users[host], self._hosts[host]
