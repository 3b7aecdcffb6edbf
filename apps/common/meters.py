"""Counters of what processes do, summed over all of them in files of the run folder; read by /metrics.

A counter may start at zero again, which Prometheus knows of; nothing else hangs on it. What cannot be counted because
its file cannot be written is passed over: work goes before counting.
"""

import fcntl
import logging
import os
import socket
import time
from collections import defaultdict
from pathlib import Path

from django.conf import settings

# Read by prometheus_client when it is imported: the values lie in files, one a process.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.NODE.run_dir / "metrics"))

from prometheus_client import CollectorRegistry, Counter, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

log = logging.getLogger(__name__)
HOST = socket.gethostname().replace("_", "-")


def _process() -> str:
    return f"{HOST}-{os.getpid()}"


# Containers that share the run folder have the same process numbers.
values.ValueClass = values.MultiProcessValue(_process)
# Files of processes that are gone are added up when there are more, so that reading stays cheap.
MOST_FILES = 32
GONE = "counter_gone.db"
LONGEST_SILENCE_S = 86_400

_registry = CollectorRegistry()
_JOBS = Counter("lockss_jobs", "Jobs that ended, by kind and end", ["kind", "end"], registry=_registry)
_SECONDS = Counter("lockss_job_seconds", "Time spent on jobs, by kind", ["kind"], registry=_registry)
_REQUESTS = Counter(
    "lockss_requests", "Requests the portal answered, by class of status", ["status"], registry=_registry
)


def folder() -> Path:
    return Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])


def count_job(kind: str, end: str, seconds: float) -> None:
    _carefully(lambda: (_JOBS.labels(kind, end).inc(), _SECONDS.labels(kind).inc(max(0.0, seconds))))


def count_request(status: int) -> None:
    _carefully(lambda: _REQUESTS.labels(f"{status // 100}xx").inc())


def _carefully(act) -> None:
    try:
        folder().mkdir(parents=True, exist_ok=True)
        act()
    except (OSError, ValueError):
        log.debug("not counted", exc_info=True)


def register(registry: CollectorRegistry) -> None:
    """Let the counters of all processes be read from ``registry``."""
    folder().mkdir(parents=True, exist_ok=True)
    add_up_gone()
    MultiProcessCollector(registry, str(folder()))


def add_up_gone() -> int:
    """Put the files of processes that are gone into one; returns how many. A kill within loses what they counted."""
    files = sorted(folder().glob("counter_*.db"))
    if len(files) <= MOST_FILES:
        return 0
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        gone = [file for file in folder().glob("counter_*.db") if file.name != GONE and not _lives(file)]
        sums: dict[str, float] = defaultdict(float)
        for file in [*gone, folder() / GONE]:
            if file.exists():
                for key, value, _stamp, _place in MmapedDict.read_all_values_from_file(str(file)):
                    sums[key] += value
        fresh = folder() / "gone.new"
        fresh.unlink(missing_ok=True)
        added = MmapedDict(str(fresh))
        for key, value in sums.items():
            added.write_value(key, value, 0.0)
        added.close()
        # First away, then added up: what is counted twice would look like work, what is lost like a restart.
        for file in gone:
            file.unlink()
        fresh.replace(folder() / GONE)
    return len(gone)


def _lives(file: Path) -> bool:
    host, _dash, pid = file.stem.partition("_")[2].rpartition("-")
    if host == HOST:
        return pid.isdigit() and Path(f"/proc/{pid}").exists()
    # Of another computer nothing is known but when it last counted something.
    return time.time() - file.stat().st_mtime < LONGEST_SILENCE_S
