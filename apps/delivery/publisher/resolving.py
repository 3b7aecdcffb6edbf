"""Names of hosts, looked up in threads of their own: one look-up a name at a time.

A name server that does not answer holds one thread, however many readers ask for that host; the others have the rest.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

THREADS = 64
_FLAGS = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_Infos = list[tuple[int, int, int, str, tuple]]


class SharedResolver(AbstractResolver):
    """Gives the system's answer; judging it is the guard's."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="names")
        self._asked: dict[tuple[str, int], asyncio.Future[_Infos]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        key = (host, int(family))
        asked = self._asked.get(key)
        if asked is None:
            asked = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, family)
            self._asked[key] = asked
            asked.add_done_callback(lambda done: self._told(key, done))
        # Who loses patience must not end the look-up of those who wait with him.
        infos = await asyncio.shield(asked)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=family_found,
                proto=proto,
                flags=_FLAGS,
            )
            for family_found, _kind, proto, _name, address in infos
            # A scope means link-local, which the guard would refuse anyway.
            if family_found != socket.AF_INET6 or (len(address) == 4 and not address[3])
        ]

    def _told(self, key: tuple[str, int], done: asyncio.Future[_Infos]) -> None:
        self._asked.pop(key, None)
        if not done.cancelled():
            done.exception()

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, family: int) -> _Infos:
    return socket.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
