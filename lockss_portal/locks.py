"""Advisory locks of the database: one holder in the whole node, freed when its connection ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import psycopg

from lockss_portal.conf.schema import Node
from lockss_portal.engines.node import database_settings

# "LOCK" in ASCII: keeps our numbers apart from those of other users of the same server.
SPACE = 0x4C4F434B


class Lock(IntEnum):
    MIGRATE = 1
    BEAT = 2
    LOOKOUT = 3


def connect(node: Node) -> psycopg.Connection:
    """A connection outside Django's, in autocommit mode."""
    given = database_settings(node)
    parameters = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    wanted = {name: str(given[key]) for key, name in parameters.items() if given.get(key)}
    return psycopg.connect(**wanted, autocommit=True, connect_timeout=10)


@contextmanager
def held(connection: psycopg.Connection, lock: Lock) -> Iterator[None]:
    """Waits until nobody else holds it."""
    connection.execute("SELECT pg_advisory_lock(%s, %s)", (SPACE, int(lock)))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", (SPACE, int(lock)))
