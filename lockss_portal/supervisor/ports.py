"""Listening sockets of the portal, the content host and the proxies, held by ``up`` and handed down.

So a port, once told to somebody, stays ours while a child restarts, and no two nodes can race for it.
"""

import errno
import socket
from dataclasses import dataclass

TRIES = 100
BACKLOG = 512


class PortTakenError(Exception):
    """The text names the setting."""


@dataclass(frozen=True, slots=True)
class Listener:
    socket: socket.socket
    port: int


def listen(host: str, port: int, setting: str, *, movable: bool, why: str = "") -> Listener:
    """The wanted port, or the next free one if it is ``movable``; 0 takes any. ``why`` a taken one stays wanted."""
    last = min(port + TRIES, 65_535) if movable and port else port
    for candidate in range(port, last + 1):
        try:
            found = _bound(host, candidate)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise PortTakenError(
                    f"{setting}: cannot listen at {host} port {candidate}: {error.strerror}"
                ) from None
            continue
        return Listener(found, found.getsockname()[1])
    raise PortTakenError(
        f"{setting}: port {port} at {host} is taken; give another by LOCKSS_{setting.upper()}{why}"
    )


def listen_at(place: str, setting: str) -> Listener:
    """A fixed ``host:port``: others have it in their settings."""
    host, _, port = place.rpartition(":")
    return listen(host.strip("[]"), int(port), setting, movable=False)


def check_free(host: str, port: int, setting: str) -> None:
    """For a port that its process binds itself and that cannot move: peers know the node by it."""
    why = " (peers know the node by it, so it does not move to a free one as web_port does)"
    listen(host, port, setting, movable=False, why=why).socket.close()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections have it from their listener. Without it an answer in two writes waits for the reader's
        # delayed acknowledgement, 40 ms each; asyncio would set it only where it is told that this is TCP.
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.bind((host, port))
        found.listen(BACKLOG)
    except OSError:
        found.close()
        raise
    return found
