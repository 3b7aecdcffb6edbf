"""Which processes an ``up`` started, so that the next one can end what an accident left behind."""

import json
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from lockss_portal.supervisor.identity import ProcessId

PATIENCE_S = 10.0


def write(file: Path, children: Iterable[tuple[str, ProcessId]]) -> None:
    """Replaced in one step: a kill leaves the old or the new list."""
    rows = [{"name": name, "pid": found.pid, "start": found.start} for name, found in children]
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    partial.rename(file)


def read(file: Path) -> list[tuple[str, ProcessId]]:
    """A damaged list is an empty one."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [(str(row["name"]), ProcessId(int(row["pid"]), int(row["start"]))) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def end_leftovers(file: Path) -> list[str]:
    """End what still runs of the recorded list; the names of what was ended."""
    left = [(name, found) for name, found in read(file) if found.runs()]
    for _, found in left:
        found.send(signal.SIGTERM)
    end = time.monotonic() + PATIENCE_S
    while any(found.runs() for _, found in left) and time.monotonic() < end:
        time.sleep(0.05)
    for _, found in left:
        if found.runs():
            _kill_group(found)
    return [name for name, _ in left]


def _kill_group(found: ProcessId) -> None:
    """Children lead a process group of their own."""
    try:
        if os.getpgid(found.pid) == found.pid:
            os.killpg(found.pid, signal.SIGKILL)
        else:
            found.send(signal.SIGKILL)
    except ProcessLookupError:
        pass
