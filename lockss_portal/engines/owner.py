"""Starts an engine for as long as a process lives that is not its parent.

Used by every command but ``up``: the first that needs the database starts a *guard*, which starts the server
and ends it when the owner ends, also by kill -9. The next command uses what runs or starts its own.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockss_portal.engines import places, postgres
from lockss_portal.engines.postgres import Cluster
from lockss_portal.engines.user import EngineError, run_as
from lockss_portal.supervisor.identity import ProcessId

GUARD = Path(__file__).with_name("guard.py")
START_TIMEOUT = 60.0
LOOK_EVERY = 0.02


def ensure_postgres(cluster: Cluster, owner: ProcessId, log: Path, remove: tuple[Path, ...] = ()) -> None:
    """Return when the server answers. ``remove`` are folders that go when the owner has ended."""
    if postgres.ready(cluster):
        return
    places.make_private(cluster.sockets, run_as())
    log.parent.mkdir(parents=True, exist_ok=True)
    with only_one(cluster.sockets / "start.lock"):
        _wait_for_end_of_last(cluster)
        if postgres.ready(cluster):
            return
        postgres.initialise(cluster)
        _wait_until_ready(cluster, _start_guard(cluster, owner, log, remove), log)


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a file lock that the kernel frees when we end."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _start_guard(cluster: Cluster, owner: ProcessId, log: Path, remove: tuple[Path, ...]) -> subprocess.Popen:
    arguments = [str(owner.pid), str(owner.start), *map(str, remove), "--"]
    with log.open("ab") as out:
        return subprocess.Popen(
            # Parent 0: the guard puts its own id there.
            [sys.executable, "-I", "-S", str(GUARD), *arguments, *postgres.wrapped(cluster, parent=0)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=postgres.environment(),
            cwd="/",
            start_new_session=True,
        )


def _wait_until_ready(cluster: Cluster, guard: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT
    while not postgres.ready(cluster):
        if guard.poll() is not None or time.monotonic() > end:
            raise EngineError(f"PostgreSQL did not start: {_last_line(log)} ({log})")
        time.sleep(LOOK_EVERY)
    # The guard outlives us by design: no warning about a child that still runs.
    guard.returncode = 0


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else "no word"


def _wait_for_end_of_last(cluster: Cluster) -> None:
    """A server that is stopping refuses us; wait until it is gone or answers."""
    end = time.monotonic() + START_TIMEOUT
    while postgres.running_pid(cluster) and not postgres.ready(cluster):
        if time.monotonic() > end:
            raise EngineError(f"PostgreSQL in {cluster.data} neither stops nor answers")
        time.sleep(LOOK_EVERY)
