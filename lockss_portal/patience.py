"""How long the servers of people wait for one answer of the database: a server that is stopped, or whose disk hangs, takes
connections and says nothing, and would hold every thread for ever.

Workers have all the time; they are not meant here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db.backends.signals import connection_created
from psycopg.errors import _WaitTimeout  # what ``wait`` is documented to raise

LONGEST_S = 60.0
# Readers of the content host and of the proxies have gone elsewhere by then.
READERS_S = 15.0
CANCEL_S = 1.0
_mine = threading.local()


def begin(seconds: float = LONGEST_S) -> None:
    """For every connection that this process makes from now on."""

    def limit(*, connection: Any, **_: object) -> None:
        _limit(connection.connection, seconds)

    connection_created.connect(limit, weak=False, dispatch_uid="patience")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Less for what this thread asks inside."""
    before = getattr(_mine, "seconds", None)
    _mine.seconds = seconds
    try:
        yield
    finally:
        _mine.seconds = before


def _limit(raw: psycopg.Connection, seconds: float) -> None:
    patient = raw.wait

    def wait(gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return patient(gen, interval, timeout)
        own = getattr(_mine, "seconds", None)
        most = seconds if own is None else min(own, seconds)
        try:
            return patient(gen, interval, most)
        except _WaitTimeout:
            # The answer may still come, and would be taken for that of the next question.
            with suppress(psycopg.Error):
                raw.cancel_safe(timeout=CANCEL_S)
            raw.close()
            raise psycopg.OperationalError(f"no answer of the database within {most:g} s") from None

    raw.wait = wait  # type: ignore[method-assign]
