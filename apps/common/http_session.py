"""A ``requests`` session behind the guard, for libraries that speak with one: whom it may reach is settled before a
connection is made, after the look-up of the name, so that no answer of a stranger leads into a private network.
"""

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import create_connection

from apps.common.http_guard import Guard
from apps.lockss.fetch import parse_target


def guarded_session(guard: Guard, *, seconds: float) -> requests.Session:
    """No redirect is followed, no proxy asked. What the guard refuses ends as ``requests.ConnectionError``."""
    session = _Session(guard, seconds)
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(guard))
    return session


class _Session(requests.Session):
    def __init__(self, guard: Guard, seconds: float) -> None:
        super().__init__()
        self._guard, self._seconds = guard, seconds

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        target = parse_target(url if isinstance(url, str) else url.decode())
        if target is None:
            raise requests.ConnectionError("not an address that can be asked")
        if (refused := self._guard.refuses_target(target)) is not None:
            raise requests.ConnectionError(refused)
        kwargs |= {"timeout": self._seconds, "allow_redirects": False}
        return super().request(method, url, *args, **kwargs)

    def merge_environment_settings(self, *args: Any, **kwargs: Any) -> Any:
        """A proxy would look the name up by itself; the certificates of the environment stay."""
        return {**super().merge_environment_settings(*args, **kwargs), "proxies": {}}


class _Adapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **more)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)


def _pools(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(guard, self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(guard, self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(guard: Guard, connection: HTTPConnection) -> socket.socket:
    """To one of the judged addresses; the name is not looked up again. TLS goes on with the name."""
    host, port = connection.host.strip("[]"), connection.port
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    trouble: OSError | None = None
    for each in guard.judged(host, port, found):
        try:
            return create_connection(
                (each, port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            trouble = error
    raise trouble or OSError("no address")
