"""The database behind the event loop: one thread, one connection, and patience while it restarts."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
T = TypeVar("T")
LONGEST_WAIT = 10.0


class Database:
    """``await db(function, **arguments)`` runs services in order; a lost connection is tried again.

    While the database is away callers wait, so nothing more is read from the peers: back-pressure, not loss.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lcapd-db")

    async def __call__(self, function: Callable[..., T], /, **arguments) -> T:
        wait = 0.2
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    self._thread, lambda: function(**arguments)
                )
            except (OperationalError, InterfaceError) as error:
                log.warning("the database does not answer (%s); trying again in %.1f s", error, wait)
                await self._run(_close)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def close(self) -> None:
        await self._run(_close)
        self._thread.shutdown(wait=True)

    async def _run(self, function: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, function)


def _close() -> None:
    # Looked up here: each thread has a connection of its own behind this name.
    connection.close()
