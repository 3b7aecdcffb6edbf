"""What asks the database or the disk runs in a few lasting threads, each with one lasting connection (performance §9)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from apps.delivery.connected import kept_connected
from apps.delivery.proxy.values import UnavailableError

T = TypeVar("T")
THREADS = 8
pool = ThreadPoolExecutor(THREADS, thread_name_prefix="proxy")


async def in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work)


async def with_database(work: Callable[[], T]) -> T:
    """Raises UnavailableError where the database does not answer."""
    try:
        return await in_thread(lambda: kept_connected(work))
    except (OperationalError, InterfaceError) as error:
        raise UnavailableError(str(error)[:200]) from error
