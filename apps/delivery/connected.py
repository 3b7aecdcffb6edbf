"""Threads that last have connections that last (performance §9)."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


def kept_connected(work: Callable[[], T]) -> T:
    """Once more with a new connection where the old one turned out dead: servers restart."""
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
        return work()
