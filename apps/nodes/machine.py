"""What this computer says of the node: disks, processes, engines, versions. Read where it is cheap, on request."""

import json
import os
import platform
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings
from django.db import DatabaseError, connection
from kombu import Connection
from kombu.exceptions import OperationalError

from apps.common.disks import Disk, disk

__all__ = ["Disk", "Engine", "Process", "broker", "disk", "engines", "processes", "versions", "volumes"]

# Where Linux tells when a process began: field 22 of stat, in ticks (proc(5)).
START_FIELD = 22
BROKER_TIMEOUT_S = 1.0


def volumes() -> list[tuple[str, Disk]]:
    """The node's disks, each once, with the folder that is named for it: the store's first."""
    node = settings.NODE
    folders = (
        ("content", node.content_dir),
        ("spool", node.spool_dir),
        ("media", node.media_dir),
        ("log", node.log_dir),
        *((("database", node.postgres_dir),) if not node.database_url else ()),
    )
    found, seen = [], set()
    for name, folder in folders:
        space = disk(folder)
        if space is not None and (place := _device(folder)) not in seen:
            seen.add(place)
            found.append((name, space))
    return found


def _device(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.stat().st_dev


@dataclass(frozen=True, slots=True)
class Process:
    """``stopped``: it is there and does nothing, by a signal or a debugger."""

    name: str
    pid: int
    alive: bool
    memory: int | None
    stopped: bool = False


def processes() -> list[Process]:
    """Those that ``manage.py up`` wrote down; empty where something else runs them."""
    try:
        rows = json.loads((settings.NODE.run_dir / "processes.json").read_text(encoding="utf-8"))
        found = [(str(row["name"]), int(row["pid"]), int(row["start"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [_process(name, pid, start) for name, pid, start in found]


def _process(name: str, pid: int, start: int) -> Process:
    alive = _began(pid) == start
    return Process(name, pid, alive, _memory(pid), alive and _fields(pid)[:1] in (["T"], ["t"]))


def _began(pid: int) -> int | None:
    try:
        return int(_fields(pid)[START_FIELD - 3])
    except (ValueError, IndexError):
        return None


def _fields(pid: int) -> list[str]:
    """Of its ``stat``, from its state on; none where it is not there."""
    try:
        # The name in brackets may hold blanks and brackets of its own.
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _memory(pid: int) -> int | None:
    """Resident bytes."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def up_seconds() -> int:
    """How long the process that answers has been there; 0 where nobody can tell."""
    began = _began(os.getpid())
    if began is None:
        return 0
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return max(0, int(since_boot - began / os.sysconf("SC_CLK_TCK")))


def system() -> str:
    """``Linux 6.1``"""
    return f"{platform.system()} {platform.release()}"


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    version: str
    size: int | None
    embedded: bool
    works: bool


def engines() -> list[Engine]:
    return [_database(), broker()]


def _database() -> Engine:
    embedded = not settings.NODE.database_url
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
    except DatabaseError:
        return Engine("PostgreSQL", "", None, embedded, works=False)
    return Engine("PostgreSQL", version, size, embedded, works=True)


def broker() -> Engine:
    embedded = not settings.NODE.broker_url
    options = {"socket_connect_timeout": BROKER_TIMEOUT_S, "socket_timeout": BROKER_TIMEOUT_S}
    try:
        with Connection(
            settings.BROKER.url, connect_timeout=BROKER_TIMEOUT_S, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
            client = getattr(broker.default_channel, "client", None)
            about = client.info("server") if client is not None else {}
    except (OperationalError, OSError):
        return Engine("Valkey", "", None, embedded, works=False)
    version = about.get("valkey_version") or about.get("redis_version", "")
    return Engine("Valkey" if "valkey_version" in about else "Broker", version, None, embedded, works=True)


def versions() -> dict[str, str]:
    """Of the programs that this page itself runs on."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        own = tomllib.load(file)["project"]["version"]
    return {
        "LOCKSS Portal": own,
        "Python": platform.python_version(),
        "Django": django.get_version(),
        platform.system(): platform.release(),
    }
